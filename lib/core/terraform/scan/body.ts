/** The structure of a configuration file: attributes and blocks, whatever syntax it was written in. */

import { tokenize } from './lexer.ts';
import { type Part, type Token, Unreadable } from './token.ts';

export interface Attribute {
  readonly name: string;
  readonly tokens: readonly Token[];
  readonly line: number;
}
export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
  readonly line: number;
}
export interface Body {
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
}

/** Reads native syntax. Throws `Unreadable`. */
export function readNative(source: string): Body {
  const cursor = { tokens: tokenize(source), at: 0 };
  return readBody(cursor, false);
}

const MAX_LABELS = 8;

interface Cursor {
  readonly tokens: readonly Token[];
  at: number;
}

function readBody(cursor: Cursor, inBlock: boolean): Body {
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  for (;;) {
    const token = cursor.tokens[cursor.at++];
    if (token === undefined) {
      if (inBlock) throw new Unreadable('a block without an end');
      return { attributes, blocks };
    }
    if (token.kind === 'newline') continue;
    if (inBlock && isSign(token, '}')) return { attributes, blocks };
    if (token.kind !== 'word') throw new Unreadable(`line ${token.line}: neither an argument nor a block`);
    if (isSign(cursor.tokens[cursor.at], '=')) {
      cursor.at++;
      attributes.push({ name: token.text, tokens: readExpression(cursor), line: token.line });
    } else {
      const labels = readLabels(cursor);
      blocks.push({ type: token.text, labels, body: readBody(cursor, true), line: token.line });
    }
  }
}

/** Everything up to a line break or the end of the block, outside brackets. */
function readExpression(cursor: Cursor): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  for (;;) {
    const token = cursor.tokens[cursor.at];
    if (token === undefined) break;
    if (depth === 0 && (token.kind === 'newline' || isSign(token, '}'))) break;
    if (token.kind === 'sign' && '{[('.includes(token.text)) depth++;
    if (token.kind === 'sign' && '}])'.includes(token.text)) depth--;
    tokens.push(token);
    cursor.at++;
  }
  if (tokens.length === 0) throw new Unreadable('an argument without a value');
  return tokens;
}

function readLabels(cursor: Cursor): readonly string[] {
  const labels: string[] = [];
  for (;;) {
    const token = cursor.tokens[cursor.at++];
    if (token === undefined) throw new Unreadable('a block header without a body');
    if (isSign(token, '{')) return labels;
    const label = token.kind === 'word' ? token.text : literalText([token]);
    if (label === null) throw new Unreadable(`line ${token.line}: a block label that is no plain text`);
    // Each label is one more level of what HCL's parser gives, and no block of terraform has more than two.
    if (labels.length === MAX_LABELS) throw new Unreadable(`line ${token.line}: a block with many labels`);
    labels.push(label);
  }
}

export function isSign(token: Token | undefined, text: string): boolean {
  return token !== undefined && token.kind === 'sign' && token.text === text;
}

/** The value of an expression that is one string without interpolation, else null. */
export function literalText(tokens: readonly Token[]): string | null {
  const [token, ...rest] = tokens;
  if (token === undefined || rest.length > 0 || token.kind !== 'text') return null;
  let text = '';
  for (const part of token.parts) {
    if (part.kind !== 'literal') return null;
    text += part.text;
  }
  return text;
}

/** The expression as text for people; interpolations are shown as they were read, not evaluated. */
export function printTokens(tokens: readonly Token[], limit = 160): string {
  const text = tokens.map(printToken).join('');
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function printToken(token: Token): string {
  switch (token.kind) {
    case 'word':
      return token.text === 'in' || token.text === 'if' || token.text === 'for'
        ? ` ${token.text} `
        : token.text;
    case 'sign':
      return token.text;
    case 'newline':
      return ' ';
    case 'text':
      return `"${token.parts.map(printPart).join('')}"`;
  }
}

function printPart(part: Part): string {
  switch (part.kind) {
    case 'literal':
      return part.text;
    case 'interpolation':
      return `\${${part.tokens.map(printToken).join('')}}`;
    case 'directive':
      return `%{${part.tokens.map(printToken).join(' ')}}`;
  }
}
