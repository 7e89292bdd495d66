import type * as U from 'unbash';
import { forEachChild } from 'unbash';

/**
 * What stands between the parts of a tree. The parser forgives: it passes over a stray `(` or `;` without an
 * error, where a shell would refuse the whole text. Each function is true when nothing was passed over.
 */

export function simpleIsWhole(node: U.Command, text: string): boolean {
  let [from, end] = [-1, -1];
  const follows = ({ pos, end: next, type }: Part & { readonly type: string }): boolean => {
    // Only a redirection may touch the word before it: `x<(ls)` is one word to a shell.
    if (end === pos && (type === 'Word' || type === 'Assignment')) return false;
    const fits = end < 0 || (end < pos ? isBlank(text, end, pos) : !MISREAD.test(text.slice(from, pos + 1)));
    [from, end] = [pos, next];
    return fits;
  };
  if (!node.prefix.every(follows)) return false;
  return (node.name === undefined || follows(node.name)) && node.suffix.every(follows);
}

/** Statements from `from` to `to`: between them one `;` at most, new lines and comments. */
export function listIsWhole(
  statements: readonly U.Statement[],
  text: string,
  from: number,
  to: number,
): boolean {
  let end = from;
  for (const statement of statements) {
    const gap = text.slice(end, statement.pos);
    if (!(end === from ? LINES : BETWEEN).test(gap)) return false;
    end = statement.end;
  }
  return BETWEEN.test(text.slice(end, to));
}

/** The operator of a redirection stands in one piece. */
export function redirectIsWhole({ pos, target }: U.Redirect | U.HereString, text: string): boolean {
  return target === undefined || OPERATOR.test(text.slice(pos, target.pos));
}

export function pipelineIsWhole({ commands, operators }: U.Pipeline, text: string): boolean {
  return operators.every((operator, i) => isJoined(commands[i], commands[i + 1], operator, text));
}

export function logicIsWhole({ commands, operators }: U.AndOr, text: string): boolean {
  return operators.every((operator, i) => isJoined(commands[i], commands[i + 1], operator, text));
}

export function groupIsWhole(node: U.Subshell | U.BraceGroup, text: string): boolean {
  const close = node.type === 'Subshell' ? ')' : '}';
  return (
    leads(text, endOf(node.body), node.end, close) && LINES.test(text.slice(node.pos + 1, node.body.pos))
  );
}

export function ifIsWhole(node: U.If, text: string): boolean {
  const { elif, else: last } = node;
  const chain: readonly (U.If | U.Elif)[] = [node, ...elif];
  const inner = chain.every(({ clause, then }) => leads(text, endOf(clause), then.pos, 'then'));
  const steps = chain.every((part, i) => {
    const next = chain[i + 1];
    if (next !== undefined) return leads(text, endOf(part.then), next.clause.pos, 'elif');
    if (last === undefined) return leads(text, endOf(part.then), node.end, 'fi');
    return leads(text, endOf(part.then), last.pos, 'else') && leads(text, endOf(last), node.end, 'fi');
  });
  return inner && steps;
}

export function forIsWhole({ name, wordlist, body, end }: U.For, text: string): boolean {
  const words = [name, ...(wordlist ?? [])];
  const [first, ...rest] = wordlist ?? [];
  const spaced = rest.every((word, i) => isBlank(text, words[i + 1]?.end ?? 0, word.pos));
  const last = words[words.length - 1]?.end ?? name.end;
  const introduced = first === undefined || IN.test(text.slice(name.end, first.pos));
  const begun = wordlist !== undefined && first === undefined ? true : leads(text, last, body.pos, 'do');
  return spaced && introduced && begun && leads(text, endOf(body), end, 'done');
}

/** The text with the lines of every here-document as spaces, so that positions stay. */
export function withoutHereDocuments(script: U.ParsedScript, text: string): string {
  if (!text.includes('<<')) return text;
  let spaced = text;
  const visit = (node: U.SyntaxNode): void => {
    if (node.type === 'Script' && node !== script && node.source !== undefined) return;
    if (node.type === 'HereDoc') {
      const { body, closing } = node;
      const end = closing?.end ?? body.end;
      spaced = spaced.slice(0, body.pos) + ' '.repeat(end - body.pos) + spaced.slice(end);
    }
    forEachChild(node, visit);
  };
  visit(script);
  return spaced;
}

type Part = { readonly pos: number; readonly end: number };
type Operator = '&&' | '||' | '|' | '|&';

function isBlank(text: string, from: number, to: number): boolean {
  if (to <= from || (to === from + 1 && text.charCodeAt(from) === 0x20)) return true;
  return BLANK.test(text.slice(from, to));
}

function isJoined(left: Part | undefined, right: Part | undefined, by: Operator, text: string): boolean {
  return left !== undefined && right !== undefined && JOINS[by].test(text.slice(left.end, right.pos));
}

function leads(text: string, from: number, to: number, word: string): boolean {
  return BEFORE.get(word)?.test(text.slice(from, to)) ?? false;
}

function endOf({ commands, end }: U.CompoundList): number {
  return commands[commands.length - 1]?.end ?? end;
}

const SPACES = String.raw`(?:[ \t]|\\\n)*`;
const NEW_LINES = String.raw`(?:(?:#[^\n]*)?\n${SPACES})*`;
const SEPARATOR = `${SPACES}(?:;${SPACES})?${NEW_LINES}`;

/** `<2>&1`: a shell reads the number as the descriptor of what follows, and misses the file name. */
const MISREAD = /^(?:\d*|\{\w+\}|&)(?:<{1,3}|>{1,2}|<>|>\|)(?:[ \t]|\\\n)*\d+[<>]$/;
const OPERATOR = /^(?:\d+|\{\w+\})?(?:<|>|>>|<<<|<>|>\||<&|>&|&>>?)(?:[ \t]|\\\n)*$/;
const BLANK = new RegExp(`^${SPACES}$`);
const LINES = new RegExp(`^${SPACES}${NEW_LINES}(?:#[^\n]*)?$`);
const BETWEEN = new RegExp(`^${SEPARATOR}(?:#[^\n]*)?$`);
const IN = new RegExp(`^${SPACES}${NEW_LINES}in${SPACES}$`);
const BEFORE: ReadonlyMap<string, RegExp> = new Map(
  ['then', 'elif', 'else', 'fi', 'do', 'done', String.raw`\}`, String.raw`\)`].map((word) => [
    word.replace('\\', ''),
    new RegExp(`^${SEPARATOR}${word}${SPACES}${NEW_LINES}$`),
  ]),
);
const JOINS: Readonly<Record<Operator, RegExp>> = {
  '&&': joint('&&'),
  '||': joint(String.raw`\|\|`),
  '|': joint(String.raw`\|`),
  '|&': joint(String.raw`\|&`),
};

function joint(operator: string): RegExp {
  return new RegExp(`^${SPACES}${operator}${SPACES}${NEW_LINES}$`);
}
