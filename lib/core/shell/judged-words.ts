import type { Field } from './fields.ts';
import type { JudgedWord } from './script.ts';

/** The word to run; null for one that is only known when it runs. */
export function wordOf(field: Field): JudgedWord | null {
  if (field.kind === 'literal') return { kind: 'text', text: field.text };
  return field.kind === 'glob' ? { kind: 'glob', pattern: field.pattern } : null;
}

/** `--include=*.ts` is passed on as it is: a file that is named like an option is never meant. */
export function optionAsText(field: Field): Field {
  return field.kind === 'glob' && /^--[\w-]+=/.test(field.text) ? { ...field, kind: 'literal' } : field;
}

/** `at`: the word before which the guards go; null for behind the last. */
export function guarded(
  words: readonly JudgedWord[],
  guards: readonly string[],
  at: number | null,
): readonly JudgedWord[] {
  if (guards.length === 0) return words;
  const more = wordsOf(guards);
  return at === null ? [...words, ...more] : [...words.slice(0, at), ...more, ...words.slice(at)];
}

/** The lists of guards never change, and there are few of them. */
const WORDS = new WeakMap<readonly string[], readonly JudgedWord[]>();

function wordsOf(guards: readonly string[]): readonly JudgedWord[] {
  const known = WORDS.get(guards);
  if (known !== undefined) return known;
  const words = guards.map((text): JudgedWord => ({ kind: 'text', text }));
  WORDS.set(guards, words);
  return words;
}
