import { parse } from 'unbash';
import { lower } from './lower.ts';
import type { Node } from './tree.ts';

/** Longer commands are not read: nested substitutions make parsing superlinear. In UTF-16 units. */
export const MAX_COMMAND_LENGTH = 8 * 1024;

export type Parsed =
  | { readonly ok: true; readonly tree: Node }
  /** `tree` is the parser's best effort, good enough to search for blocked commands and nothing else. */
  | { readonly ok: false; readonly problem: string; readonly instead: string; readonly tree: Node | null };

/**
 * Control, format (zero-width, bidi), private-use and surrogate characters, separators other than space, tab
 * and newline, and letters that show as nothing. They make a person and a shell read different commands.
 */
const UNREADABLE =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Zs}]|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u2800|\u3164|\uffa0/u;
const PLAIN = /^[\x20-\x7e\t\n]*$/;
const ORDINARY_SPACE = /[ \t\n]/g;
/** Deepest nesting of quotes, braces and parentheses that is worth parsing. */
const MAX_DEPTH = 40;

/** Reads one command text. Never throws; whatever is not certain is `ok: false`. */
export function parseShell(text: string): Parsed {
  if (text.length > MAX_COMMAND_LENGTH) {
    return refuse(
      `the command is longer than ${MAX_COMMAND_LENGTH} characters`,
      'Split it into shorter commands.',
    );
  }
  const strange = PLAIN.test(text) ? null : UNREADABLE.exec(text.replace(ORDINARY_SPACE, ''));
  if (strange !== null) {
    const code = (strange[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return refuse(
      `the command holds the unreadable character U+${code}`,
      'Write it in plain visible characters.',
    );
  }
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text))
    return refuse('the command ends in a backslash', 'Finish the line.');
  if (deepest(text) > MAX_DEPTH) return refuse('the command nests too deeply', 'Use several plain commands.');
  try {
    const script = parse(text);
    const lowered = lower(script, text);
    if (lowered.problem === null) return { ok: true, tree: lowered.tree };
    return { ...refuse(lowered.problem, 'Mend the quoting or the syntax.'), tree: lowered.tree };
  } catch (error) {
    if (error instanceof RangeError)
      return refuse('the command nests too deeply', 'Use several plain commands.');
    throw error;
  }
}

function refuse(problem: string, instead: string): Parsed & { ok: false } {
  return { ok: false, problem, instead, tree: null };
}

function deepest(text: string): number {
  let depth = 0;
  let most = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 0x28 || c === 0x7b) {
      depth += 1;
      if (depth > most) most = depth;
    } else if ((c === 0x29 || c === 0x7d) && depth > 0) depth -= 1;
  }
  return most;
}
