import type { Field } from '../fields.ts';
import { hasGlob, normalPath } from '../paths.ts';
import { isSecretName } from '../secrets.ts';
import { accept, type CallContext, type CommandRule, type Outcome, refuse } from './rule.ts';
import { unknownWord } from './words.ts';

/**
 * What an option's value is: any literal text, a number, a file whose content is read, a path that is only
 * looked at, or a file-name pattern.
 */
export type ValueKind = 'text' | 'number' | 'read' | 'look' | 'pattern';

interface Option {
  readonly takes: 'nothing' | 'value' | 'maybe';
  readonly kind: ValueKind;
}

export type OptionTable = ReadonlyMap<string, Option>;

/**
 * A table from its short notation: `-alh` three plain letters, `-w:number` a letter with a value,
 * `-I?text` a letter with an optional value attached, `--color?text`, `--max:number`, `--all`.
 */
export function optionTable(notation: string): OptionTable {
  const table = new Map<string, Option>();
  for (const token of notation.split(/\s+/)) {
    if (token === '') continue;
    const parts = /^(--?)([^:?]+)(?:([:?])([a-z]+))?$/.exec(token);
    const kind = parts?.[4] ?? 'text';
    if (parts === null || !isValueKind(kind)) throw new Error(`bad option notation: ${token}`);
    const [, dashes, names = '', mark] = parts;
    const takes = mark === ':' ? 'value' : mark === '?' ? 'maybe' : 'nothing';
    for (const name of dashes === '--' ? [names] : names) table.set(name, { takes, kind });
  }
  return table;
}

function isValueKind(kind: string): kind is ValueKind {
  return ['text', 'number', 'read', 'look', 'pattern'].includes(kind);
}

export interface ReadOptions {
  readonly ok: true;
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly Field[];
  /** Files that option values make the program open. */
  readonly paths: readonly string[];
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
    if (option.kind === 'pattern' && isSecretName(text) && hasGlob(text))
      return deny(text, 'the pattern could match secret files', PATTERN);
    if (option.kind === 'pattern' && isSecretName(text))
      return deny(text, 'the pattern names secret files', PATTERN);
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
  let ended = false;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (arg === undefined) break;
    if (arg.kind === 'dynamic') return unknown(arg);
    const text = arg.text;
    if (ended || text === '-' || !text.startsWith('-')) {
      operands.push(arg);
      continue;
    }
    if (arg.kind !== 'literal') return unknown(arg);
    if (text === '--') {
      ended = true;
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
      if (cut >= 0 && option.takes === 'nothing')
        return deny(text, 'the option takes no value', 'Leave the value out.');
      if (cut < 0 && option.takes === 'value') {
        if (next === undefined) return deny(text, 'the option needs a value', 'Give it its value.');
        i += 1;
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
      if (rest === '') i += 1;
      const value = rest === '' && next !== undefined ? next : { ...arg, text: rest };
      const refused = take(letter, option, value);
      if (refused !== null) return refused;
      break;
    }
  }
  return { ok: true, flags, values, operands, paths };
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

export interface PlainSpec {
  readonly options: string;
  /** `-5` means a count. */
  readonly digits?: boolean;
  /** What the operands are: file content, names only, any literal text, or none at all. */
  readonly operands: 'read' | 'look' | 'text' | 'none';
  /** Operands before the files that are text, such as a search pattern. */
  readonly leading?: number;
  /** No leading text operand when one of these options is given. */
  readonly unless?: readonly string[];
  readonly most?: number;
  readonly least?: number;
  /** Walks folders when one of these options is given; `true` for always. */
  readonly recursive?: readonly string[] | true;
  readonly check?: (read: ReadOptions) => string | null;
  /** Given where it walks folders. */
  readonly guards?: (read: ReadOptions) => readonly string[];
  /** The guards are always given. */
  readonly guarded?: boolean;
  readonly needsSandbox?: (read: ReadOptions) => boolean;
}

/** The rule for a program whose options and operands say all about it. */
export function plain(program: string, spec: PlainSpec): CommandRule {
  const table = optionTable(spec.options);
  return (args, context) => {
    const read = readOptions(program, table, args, context, spec.digits ?? false);
    if (!read.ok) return read;
    const { operands } = read;
    const most = spec.operands === 'none' ? 0 : (spec.most ?? Number.POSITIVE_INFINITY);
    if (operands.length > most)
      return refuse(
        `${program}.operands`,
        `${program}: one operand too many (${operands[most]?.source})`,
        most === 0 ? `Use ${program} without operands.` : `Give at most ${most}.`,
      );
    if (operands.length < (spec.least ?? 0))
      return refuse(`${program}.operands`, `${program}: an operand is missing`, 'Add it.');
    const glob = most < 3 ? operands.find((operand) => operand.kind !== 'literal') : undefined;
    if (glob !== undefined) {
      const message = `${program}: ${glob.source} may match more files than it takes`;
      return refuse(`${program}.operands`, message, 'Name the file.');
    }
    const complaint = spec.check?.(read) ?? null;
    if (complaint !== null) return refuse(`${program}.options`, `${program}: ${complaint}`);
    const texts = spec.unless?.some((flag) => read.flags.has(flag)) ? 0 : (spec.leading ?? 0);
    const walks = spec.recursive === true || (spec.recursive?.some((flag) => read.flags.has(flag)) ?? false);
    const paths = [...read.paths];
    for (const [i, operand] of operands.entries()) {
      if (i < texts || spec.operands === 'text') {
        if (operand.kind !== 'literal') return { ok: false, problem: unknownWord(operand) };
        continue;
      }
      if (operand.text === '-') continue;
      const problem = spec.operands === 'read' ? context.read(operand) : context.look(operand);
      if (problem !== null) return { ok: false, problem };
      const reach = walks ? tooWide(operand.text, spec.operands === 'read') : null;
      if (reach !== null)
        return refuse(
          `${program}.reach`,
          `${program}: ${reach} (${operand.source})`,
          'Name a folder inside the workspace.',
        );
      if (operand.kind === 'literal') paths.push(operand.text);
    }
    const guards = walks || spec.guarded === true ? (spec.guards?.(read) ?? []) : [];
    return accept(paths, guards, spec.needsSandbox?.(read) ?? false);
  };
}

/** Why a walk from this folder is too wide, or null. */
export function tooWide(path: string, content: boolean): string | null {
  const normal = normalPath(path);
  if (
    /^\/$|^\/(?:home|root|proc|sys|dev|run|boot|Users)(?:\/|$)/.test(normal) ||
    /^\/[^/]*[*?[]/.test(normal)
  ) {
    return 'a search over the whole machine or a home is not read-only enough';
  }
  if (content && normal.startsWith('/')) return 'a content search outside the workspace can show secrets';
  if (/^(?:\.\.\/)*\.\.$/.test(normal) && (content || normal.length > 5))
    return 'a search above the workspace is too wide';
  return null;
}
