import { type Field, UNKNOWN } from './fields.ts';
import { baseName } from './paths.ts';

/** One program call: its name without folder, and its words. */
export interface Invocation {
  readonly name: string;
  /** The first word itself. */
  readonly program: Field;
  readonly args: readonly Field[];
}

/** The call as the agent wrote it. */
export function sourceOf({ program, args }: Invocation): string {
  return [program, ...args].map((field) => field.source).join(' ');
}

/** Null for an empty call. Text that cannot be known counts as nothing: `su$x` is read as `su`. */
export function invocation(fields: readonly Field[]): Invocation | null {
  const [first, ...args] = fields;
  if (first === undefined) return null;
  const known = first.text.includes(UNKNOWN) ? first.text.replaceAll(UNKNOWN, '') : first.text;
  const name = baseName(known);
  return { name: name.endsWith('.exe') ? name.slice(0, -4) : name, program: first, args };
}

export interface LooseOptions {
  /** Short letters and long names seen, without dashes. */
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, Field>;
  readonly operands: readonly Field[];
}

/**
 * A forgiving read of options, for finding what must be blocked: clusters are split, long names may be
 * abbreviated (the caller compares prefixes), unknown letters take no value.
 * @param valued letters and long names that take a value
 * @param stop end at the first operand, as programs that run another program do
 */
export function looseOptions(
  args: readonly Field[],
  valued: ReadonlySet<string>,
  stop: boolean,
): LooseOptions {
  const flags = new Set<string>();
  const values = new Map<string, Field>();
  const operands: Field[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (arg === undefined) break;
    const text = arg.text;
    if (text === '--') {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (text.startsWith('--')) {
      const [name = '', ...value] = text.slice(2).split('=');
      flags.add(name);
      const next = args[i + 1];
      if (value.length > 0) values.set(name, { ...arg, text: value.join('=') });
      else if (valued.has(name) && next !== undefined) {
        values.set(name, next);
        i += 1;
      }
    } else if (/^-./.test(text)) {
      for (let at = 1; at < text.length; at += 1) {
        const letter = text[at] ?? '';
        flags.add(letter);
        if (!valued.has(letter)) continue;
        const rest = text.slice(at + 1);
        const next = args[i + 1];
        if (rest !== '') values.set(letter, { ...arg, text: rest });
        else if (next !== undefined) {
          values.set(letter, next);
          i += 1;
        }
        break;
      }
    } else if (stop) {
      operands.push(...args.slice(i));
      break;
    } else operands.push(arg);
  }
  return { flags, values, operands };
}

/** True when a long flag was given, in full or abbreviated to at least `least` letters. */
export function hasLong(flags: ReadonlySet<string>, name: string, least: number): boolean {
  for (const flag of flags) if (flag.length >= least && flag.length > 1 && name.startsWith(flag)) return true;
  return false;
}
