import type { CallContext, Problem } from './commands/rule.ts';
import { unknownWord } from './commands/words.ts';
import { joinPath } from './paths.ts';
import { isSecretPath } from './secrets.ts';
import { isSubstitution } from './substitution.ts';

/**
 * What may be read from where a command stands.
 * @param folders every folder, relative to the caller's, in which it may run after the `cd`s so far
 */
export function reachFrom(folders: readonly string[]): CallContext {
  return {
    read: (field) => {
      if (field.kind === 'dynamic') return unknownWord(field);
      if (isSubstitution(field)) return null;
      const secret = folders.some((folder) => isSecretPath(joinPath(folder, field.text)));
      return secret ? secretProblem(field.source || field.text) : null;
    },
    look: (field) => {
      if (field.kind === 'dynamic') return unknownWord(field);
      return folders.some((folder) => HIDDEN.test(joinPath(folder, field.text)))
        ? secretProblem(field.source)
        : null;
    },
  };
}

/** Folders whose very names are not for agents. */
const HIDDEN =
  /^\/(?:root|proc\/[^/]+\/(?:environ|root|cwd|fd|mem)|run\/secrets|var\/run\/secrets|var\/lib\/kubelet|etc\/(?:ssl\/private|kubernetes))(?:\/|$)|^\/(?:home|Users)\/[^/]+\/\./;

export function secretProblem(path: string): Problem {
  return {
    rule: 'secret.path',
    class: 'secret_read',
    message: `${path} is, or could match, a file that holds secrets or lies outside the workspace`,
    instead: 'Read ordinary files inside the workspace, by name.',
  };
}
