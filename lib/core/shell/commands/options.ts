import type { Field } from '../fields.ts';
import { hasGlob } from '../paths.ts';
import { isSecretName } from '../secrets.ts';
import type { CallContext, Outcome } from './rule.ts';
import { unknownWord } from './words.ts';

/**
 * What an option's value is: literal text, a number, a file whose content is read, a path that is only
 * looked at, a file-name pattern, or a `filter`: one that leaves out what it matches where it begins with `!`.
 * `any` is text that may start with a dash though it is a word of its own:
 * only where every version of the program takes the next word, whatever it is.
 */
export type ValueKind = 'text' | 'any' | 'number' | 'read' | 'look' | 'pattern' | 'filter';

interface Option {
  readonly takes: 'nothing' | 'value' | 'maybe' | 'pair';
  readonly kind: ValueKind;
}

export type OptionTable = ReadonlyMap<string, Option>;

/**
 * A table from its short notation: `-alh` three plain letters, `-w:number` a letter with a value,
 * `-I?text` a letter with an optional value attached, `--color?text`, `--max:number`, `--all`. `--arg+text` takes
 * the two words behind it.
 */
export function optionTable(notation: string): OptionTable {
  const table = new Map<string, Option>();
  for (const token of notation.split(/\s+/)) {
    if (token === '') continue;
    const parts = /^(--?)([^:?+]+)(?:([:?+])([a-z]+))?$/.exec(token);
    const kind = parts?.[4] ?? 'text';
    if (parts === null || !isValueKind(kind)) throw new Error(`bad option notation: ${token}`);
    const [, dashes, names = '', mark] = parts;
    const takes = mark === ':' ? 'value' : mark === '?' ? 'maybe' : mark === '+' ? 'pair' : 'nothing';
    for (const name of dashes === '--' ? [names] : names) table.set(name, { takes, kind });
  }
  return table;
}

function isValueKind(kind: string): kind is ValueKind {
  return ['text', 'any', 'number', 'read', 'look', 'pattern', 'filter'].includes(kind);
}

export interface ReadOptions {
  readonly ok: true;
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly Field[];
  /** Files that option values make the program open. */
  readonly paths: readonly string[];
  /** Where the `--` stands that ends the options; null where there is none. */
  readonly end: number | null;
}

/** Reads options exactly: no abbreviations, every letter of a cluster known. The first unknown one is a refusal. */
export function readOptions(
  program: string,
  table: OptionTable,
  args: readonly Field[],
  context: CallContext,
  digits: boolean,
): ReadOptions | (Outcome & { readonly ok: false }) {
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  const operands: Field[] = [];
  const paths: string[] = [];
  const deny = (word: string, why: string, instead = known(program, table)): Outcome & { ok: false } => ({
    ok: false,
    problem: {
      rule: `${program}.options`,
      class: 'shell_not_read_only',
      message: `${program}: ${why} (${word})`,
      instead,
    },
  });
  const unknown = (word: Field): Outcome & { ok: false } => ({ ok: false, problem: unknownWord(word) });
  const take = (name: string, option: Option, value: Field): (Outcome & { ok: false }) | null => {
    if (value.kind !== 'literal') return unknown(value);
    const text = value.text;
    if (option.kind === 'number' && !/^[+-]?\d[\d.]*[a-zA-Z]{0,3}$/.test(text))
      return deny(text, `-${name} takes a number`, 'Write a plain number.');
    const picks = option.kind === 'pattern' || (option.kind === 'filter' && !text.startsWith('!'));
    if (picks && isSecretName(text) && hasGlob(text))
      return deny(text, 'the pattern could match secret files', PATTERN);
    if (picks && isSecretName(text)) return deny(text, 'the pattern names secret files', PATTERN);
    if (option.kind === 'read' || option.kind === 'look') {
      const problem = option.kind === 'read' ? context.read(value) : context.look(value);
      if (problem !== null) return { ok: false, problem };
      paths.push(text);
    }
    values.set(name, [...(values.get(name) ?? []), text]);
    return null;
  };
  // The Go option library reads -o=json as -o json.
  const pflag = /^(?:kubectl|yq)/.test(program);
  let end: number | null = null;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (arg === undefined) break;
    if (arg.kind === 'dynamic') return unknown(arg);
    const text = arg.text;
    if (end !== null || text === '-' || !text.startsWith('-')) {
      operands.push(arg);
      continue;
    }
    if (arg.kind !== 'literal') return unknown(arg);
    if (text === '--') {
      end = i;
      continue;
    }
    if (digits && (/^-\d+$/.test(text) || (program === 'tail' && /^-\d+f$/.test(text)))) {
      flags.add('#');
      continue;
    }
    const next = args[i + 1];
    if (text.startsWith('--')) {
      const cut = text.indexOf('=');
      const name = cut < 0 ? text.slice(2) : text.slice(2, cut);
      const option = name.length > 1 ? table.get(name) : undefined;
      if (option === undefined) return deny(text, 'the option is not known to be read-only');
      flags.add(name);
      if (cut >= 0 && (option.takes === 'nothing' || option.takes === 'pair'))
        return deny(text, 'the option takes no value', 'Leave the value out.');
      if (option.takes === 'pair') {
        const both = args.slice(i + 1, i + 3);
        if (both.length < 2)
          return deny(text, 'the option needs a name and a value', 'Give it a name and a value.');
        const odd = both.find((value) => value.kind !== 'literal');
        if (odd !== undefined) return unknown(odd);
        i += 2;
        continue;
      }
      if (cut < 0 && option.takes === 'value') {
        if (next === undefined) return deny(text, 'the option needs a value', 'Give it its value.');
        i += 1;
        if (readsAsOption(option, next))
          return deny(next.text, `it may be an option or the value of ${text}`, ATTACHED);
        const refused = take(name, option, next);
        if (refused !== null) return refused;
      } else if (cut >= 0) {
        const refused = take(name, option, { ...arg, text: text.slice(cut + 1) });
        if (refused !== null) return refused;
      }
      continue;
    }
    for (let at = 1; at < text.length; at += 1) {
      const letter = text[at] ?? '';
      const option = table.get(letter);
      if (option === undefined) return deny(text, `the option letter ${letter} is not known to be read-only`);
      flags.add(letter);
      if (option.takes === 'nothing') continue;
      const rest = pflag ? text.slice(at + 1).replace(/^=/, '') : text.slice(at + 1);
      if (rest === '' && option.takes === 'maybe') break;
      if (rest === '' && next === undefined)
        return deny(text, 'the option needs a value', 'Give it its value.');
      if (rest === '' && next !== undefined && readsAsOption(option, next))
        return deny(next.text, `it may be an option or the value of -${letter}`, ATTACHED);
      if (rest === '') i += 1;
      const value = rest === '' && next !== undefined ? next : { ...arg, text: rest };
      const refused = take(letter, option, value);
      if (refused !== null) return refused;
      break;
    }
  }
  return { ok: true, flags, values, operands, paths, end };
}

const ATTACHED = 'Write the value in one word with its option.';

/** Where a version of the program takes no value there, such a word would be an option that nobody judged. */
function readsAsOption({ kind }: Option, { text }: Field): boolean {
  return kind !== 'any' && kind !== 'number' && text.length > 1 && text.startsWith('-');
}

const PATTERN = 'Name the kind of file that is meant, such as *.tf or *.ts.';

/** The options that would pass, as a hint. */
function known(program: string, table: OptionTable): string {
  const names = [...table.keys()];
  const letters = names.filter((name) => name.length === 1).join('');
  const long = names.filter((name) => name.length > 1).map((name) => `--${name}`);
  const list = [...(letters === '' ? [] : [`-${letters}`]), ...long].join(' ');
  const shown = list.length > 240 ? `${list.slice(0, list.lastIndexOf(' ', 240))} …` : list;
  return list === '' ? `Use ${program} without options.` : `Use ${program} with options out of ${shown}`;
}
