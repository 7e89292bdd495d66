/** What an expression calls and what it is made of, read from its tokens. */

import { isSign } from './body.ts';
import type { Token } from './token.ts';

export interface Call {
  /** As written, namespaces included and white space left out: `file`, `core::file`, `provider::aws::arn_parse`. */
  readonly name: string;
  readonly args: readonly (readonly Token[])[];
  readonly line: number;
}

/** Every function call, those inside templates, arguments, keys and directives included. */
export function callsIn(tokens: readonly Token[]): readonly Call[] {
  const calls: Call[] = [];
  eachRun(tokens, (run) => {
    const code = run.filter((token) => token.kind !== 'newline');
    code.forEach((token, index) => {
      if (!isSign(token, '(')) return;
      const name = nameBefore(code, index);
      if (name !== null) calls.push({ name, args: argumentsAfter(code, index), line: token.line });
    });
  });
  return calls;
}

/** Whether a `for` binds this name, so that a reference to it is not terraform's own object. */
export function bindsName(tokens: readonly Token[], name: string): boolean {
  const known = boundNames.get(tokens);
  if (known !== undefined) return known.has(name);
  const names = new Set<string>();
  eachRun(tokens, (run) => {
    let binding = false;
    for (const token of run) {
      if (token.kind !== 'word') continue;
      if (token.text === 'for') binding = true;
      else if (token.text === 'in') binding = false;
      else if (binding) names.add(token.text);
    }
  });
  boundNames.set(tokens, names);
  return names.has(name);
}

/** An expression with ten thousand calls is asked as often; what it binds stays the same. */
const boundNames = new WeakMap<readonly Token[], ReadonlySet<string>>();

export interface Entry {
  /** Null for a key that is computed. */
  readonly key: string | null;
  readonly value: readonly Token[];
}

/** The entries of an object constructor, or null where the expression is something else. */
export function objectEntries(tokens: readonly Token[]): readonly Entry[] | null {
  const inner = between(tokens, '{', '}');
  if (inner === null) return null;
  const first = inner.find((token) => token.kind !== 'newline');
  if (first?.kind === 'word' && first.text === 'for') return null;
  const entries: Entry[] = [];
  for (const part of split(inner, true)) {
    const at = topLevelIndex(part, (token) => isSign(token, '=') || isSign(token, ':'));
    if (at === -1) entries.push({ key: null, value: part });
    else entries.push({ key: keyOf(part.slice(0, at)), value: part.slice(at + 1) });
  }
  return entries;
}

/** The items of a list constructor, or null where the expression is something else. */
export function listItems(tokens: readonly Token[]): readonly (readonly Token[])[] | null {
  const inner = between(tokens, '[', ']');
  if (inner === null) return null;
  const first = inner.find((token) => token.kind !== 'newline');
  if (first?.kind === 'word' && first.text === 'for') return null;
  return split(inner, false);
}

function keyOf(tokens: readonly Token[]): string | null {
  const code = tokens.filter((token) => token.kind !== 'newline');
  const [token] = code;
  if (code.length !== 1 || token === undefined) return null;
  if (token.kind === 'word') return token.text;
  if (token.kind !== 'text') return null;
  let text = '';
  for (const part of token.parts) {
    if (part.kind !== 'literal') return null;
    text += part.text;
  }
  return text;
}

function eachRun(tokens: readonly Token[], visit: (run: readonly Token[]) => void): void {
  visit(tokens);
  for (const token of tokens) {
    if (token.kind !== 'text') continue;
    for (const part of token.parts) if (part.kind !== 'literal') eachRun(part.tokens, visit);
  }
}

/** `for x in (…)` and `if (…)` are the two places where a word before a parenthesis is no function. */
function nameBefore(code: readonly Token[], open: number): string | null {
  let at = open - 1;
  const last = code[at];
  if (last?.kind !== 'word') return null;
  let name = last.text;
  while (isSign(code[at - 1], '::')) {
    const namespace = code[at - 2];
    name = `${namespace?.kind === 'word' ? namespace.text : ''}::${name}`;
    at -= 2;
  }
  return name === 'in' || name === 'if' ? null : name;
}

function argumentsAfter(code: readonly Token[], open: number): readonly (readonly Token[])[] {
  const close = topLevelIndex(code, (token) => isSign(token, ')'), open + 1);
  return split(code.slice(open + 1, close === -1 ? undefined : close), false);
}

function between(tokens: readonly Token[], open: string, close: string): readonly Token[] | null {
  const code = trim(tokens);
  if (!isSign(code[0], open) || !isSign(code.at(-1), close)) return null;
  const inner = code.slice(1, -1);
  return topLevelIndex(inner, (token) => isSign(token, close)) === -1 ? inner : null;
}

function trim(tokens: readonly Token[]): readonly Token[] {
  let start = 0;
  let end = tokens.length;
  while (tokens[start]?.kind === 'newline') start++;
  while (end > start && tokens[end - 1]?.kind === 'newline') end--;
  return tokens.slice(start, end);
}

function split(tokens: readonly Token[], atNewlines: boolean): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    depth += step(token);
    const separates = depth === 0 && (isSign(token, ',') || (atNewlines && token.kind === 'newline'));
    if (separates) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.some((token) => token.kind !== 'newline'));
}

function topLevelIndex(tokens: readonly Token[], found: (token: Token) => boolean, from = 0): number {
  let depth = 0;
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    if (depth === 0 && found(token)) return index;
    depth += step(token);
  }
  return -1;
}

function step(token: Token): number {
  if (token.kind !== 'sign') return 0;
  return '{[('.includes(token.text) ? 1 : '}])'.includes(token.text) ? -1 : 0;
}
