import type { Field } from '../fields.ts';
import { normalPath } from '../paths.ts';
import { isInSettings } from '../secrets.ts';
import { optionTable, type ReadOptions, readOptions } from './options.ts';
import { accept, type CommandRule, refuse } from './rule.ts';
import { unknownWord } from './words.ts';

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
  /** Options come first: the program, or one of that name elsewhere, takes what follows an operand for a file to write. */
  readonly optionsFirst?: boolean;
  /** False where each option letter stands alone. */
  readonly clusters?: boolean;
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
    if (args.length === 1 && asksAboutItself(args[0])) return accept();
    const cluster = spec.clusters === false ? args.find(isCluster) : undefined;
    if (cluster !== undefined)
      return refuse(
        `${program}.options`,
        `${program}: ${cluster.source} is not one option`,
        'Write each option, and its value, as a word of its own.',
      );
    const read = readOptions(program, table, args, context, spec.digits ?? false);
    if (!read.ok) return read;
    const { operands } = read;
    const late = spec.optionsFirst === true ? lateOption(args, operands) : undefined;
    if (late !== undefined)
      return refuse(
        `${program}.options`,
        `${program}: the option ${late.source} stands behind a file`,
        'Put the options before the file.',
      );
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
      const content = spec.operands === 'read';
      const open = content && (walks || spec.guarded === true) && isInSettings(normalPath(operand.text));
      const reach = open ? SETTINGS : walks ? tooWide(operand.text, content) : null;
      if (reach !== null)
        return refuse(
          `${program}.reach`,
          `${program}: ${reach} (${operand.source})`,
          'Name a folder inside the workspace.',
        );
      if (operand.kind === 'literal') paths.push(operand.text);
    }
    const guards = walks || spec.guarded === true ? (spec.guards?.(read) ?? []) : [];
    return accept(paths, guards, spec.needsSandbox?.(read) ?? false, read.end);
  };
}

function isCluster({ text }: Field): boolean {
  return /^-[^-]./.test(text);
}

/** The first option behind an operand. */
function lateOption(args: readonly Field[], operands: readonly Field[]): Field | undefined {
  const [first] = operands;
  const from = first === undefined ? -1 : args.indexOf(first);
  return from < 0 ? undefined : args.slice(from + 1).find((arg) => !operands.includes(arg));
}

/** `--help` or `--version`, alone. */
function asksAboutItself(only: Field | undefined): boolean {
  return only?.kind === 'literal' && /^--(?:help|version)$/.test(only.text);
}

const SETTINGS = "git's folder and .config hold settings, which can be secret";

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
