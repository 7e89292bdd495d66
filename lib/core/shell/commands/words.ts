import type { Field } from '../fields.ts';
import type { Problem } from './rule.ts';

/** Null when every word is literal; else what is wrong with the first that is not. */
export function wordProblem(args: readonly Field[]): Problem | null {
  const odd = args.find((arg) => arg.kind !== 'literal');
  return odd === undefined ? null : unknownWord(odd);
}

/** A word that is not known before it runs, and what to write in its place. */
export function unknownWord(field: Field): Problem {
  const glob = field.kind === 'glob';
  const { source, why } = field;
  return {
    rule: glob ? 'word.pattern' : 'word.dynamic',
    class: 'shell_not_read_only',
    message: glob
      ? `the pattern ${source} may become any number of words here`
      : `the word ${source} holds ${why}, which is not known before it runs`,
    instead: glob ? 'Quote it if it is meant for the program; otherwise write the names out.' : instead(why),
  };
}

function instead(why: string): string {
  if (/home/.test(why)) return 'Name a file inside the workspace, by its path relative to cwd.';
  if (why === 'a command substitution')
    return 'Run the inner command in a call of its own, then write its result here.';
  if (why === 'a process substitution') return 'Use a pipe, or run the inner command in a call of its own.';
  if (/which holds a glob/.test(why)) return 'Quote it, as in "$x".';
  if (/variable|\$IFS/.test(why))
    return 'Write the value itself: commands get no environment of the gateway.';
  if (why.startsWith('$')) return 'Quote it with \'…\' or "…".';
  return 'Write the word out.';
}
