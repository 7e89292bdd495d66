import type { CallContext, Problem } from './commands/rule.ts';
import type { Field } from './fields.ts';
import { joinPath } from './paths.ts';
import { isSecretPath } from './secrets.ts';

/**
 * What may be read from where a command stands.
 * @param folders every folder, relative to the caller's, in which it may run after the `cd`s so far
 */
export function reachFrom(folders: readonly string[]): CallContext {
  return {
    read: (field) => {
      if (field.kind === 'dynamic') return notLiteral(field);
      const secret = folders.some((folder) => isSecretPath(joinPath(folder, field.text)));
      return secret ? secretProblem(field.source || field.text) : null;
    },
    look: (field) => {
      if (field.kind === 'dynamic') return notLiteral(field);
      return folders.some((folder) => HIDDEN.test(joinPath(folder, field.text)))
        ? secretProblem(field.source)
        : null;
    },
  };
}

/** Folders whose very names are not for agents. */
const HIDDEN =
  /^\/(?:root|proc\/[^/]+\/(?:environ|root|cwd|fd|mem)|run\/secrets|var\/run\/secrets|var\/lib\/kubelet|etc\/(?:ssl\/private|kubernetes))(?:\/|$)|^\/(?:home|Users)\/[^/]+\/\./;

function notLiteral(field: Field): Problem {
  return {
    rule: 'word.dynamic',
    class: 'shell_not_read_only',
    message: `the word ${field.source} holds ${field.why}, which is not known before it runs`,
    instead: 'Write the word out.',
  };
}

export function secretProblem(path: string): Problem {
  return {
    rule: 'secret.path',
    class: 'secret_read',
    message: `${path} is, or could match, a file that holds secrets or lies outside the workspace`,
    instead: 'Read ordinary files inside the workspace, by name.',
  };
}
