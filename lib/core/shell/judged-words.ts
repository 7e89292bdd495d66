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

/** Guards that are options go before `--`, all others to the end. */
export function guarded(words: readonly JudgedWord[], guards: readonly string[]): readonly JudgedWord[] {
  if (guards.length === 0) return words;
  const more = wordsOf(guards);
  const end = guards[0]?.startsWith('-')
    ? words.findIndex((word) => word.kind === 'text' && word.text === '--')
    : -1;
  return end < 0 ? [...words, ...more] : [...words.slice(0, end), ...more, ...words.slice(end)];
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
