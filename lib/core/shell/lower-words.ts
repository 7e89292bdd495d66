import type * as U from 'unbash';
import { parse } from 'unbash';
import { arithmeticValue } from './arithmetic.ts';
import { expandBraces, mayHaveBraces } from './braces.ts';
import type { Node, ParameterUse, Piece, Word } from './tree.ts';

/** The surroundings of one source text while it is lowered. */
export interface Reading {
  /** The source that positions in the tree point into. */
  readonly text: string;
  /** Reports a syntax error. */
  readonly push: (fault: string) => void;
  /** The same without its here-documents, which lie between the parts of a tree. */
  readonly spaced: string;
  /** The same for another source text. */
  readonly at: (text: string, spaced: string) => Reading;
  /** Lowers a script nested in a word. */
  readonly script: (script: U.ParsedScript) => Node;
  /** Lowers the scripts inside any other node. */
  readonly nested: (node: U.SyntaxNode) => Node[];
}

/** One source word becomes several by brace expansion. */
export function lowerWord(word: U.Word, reading: Reading): Word[] {
  if (!mayHaveBraces(word.text)) return [lowerPieces(word, reading)];
  const texts = expandBraces(word.text);
  if (texts?.length === 1 && texts[0] === word.text) return [lowerPieces(word, reading)];
  const words = texts?.map((text) => reparse(text, reading)) ?? [null];
  if (words.every((one) => one !== null)) return words;
  return [
    {
      pieces: [{ k: 'unknown', why: 'a brace expression', nested: reading.nested(word) }],
      source: word.text,
    },
  ];
}

function reparse(text: string, reading: Reading): Word | null {
  if (text === '') return { pieces: [], source: '' };
  const source = `: ${text}`;
  const [statement, ...others] = parse(source).commands;
  if (statement?.command.type !== 'Command' || others.length > 0) return null;
  const [only, ...more] = statement.command.suffix;
  if (only?.type !== 'Word' || more.length > 0) return null;
  return { ...lowerPieces(only, reading.at(source, source)), generated: true };
}

/**
 * Where `$[` has no end, a shell refuses the text and the parser takes it for ordinary letters; a line that is
 * continued behind a `$` may become a variable or a command substitution.
 */
export function finished(raw: string, reading: Reading): void {
  if (!raw.includes('$')) return;
  if (/(?:^|[^\\])(?:\\\\)*\$(?:\\\n)*\[/.test(raw)) reading.push('an unfinished $[');
  if (raw.includes('$\\\n')) reading.push('a line that goes on behind a $');
}

/** Unquoted, these characters end a word. */
function unmixed(raw: string, reading: Reading): void {
  if (/[()<>;&|\s]/.test(raw) && /(?:^|[^\\])(?:\\\\)*[()<>;&| \t]|(?:^|[^\\])\n/.test(raw))
    reading.push(`a misplaced character in ${raw.slice(0, 40)}`);
}

const TILDE = /^~[A-Za-z0-9_.+-]*(?=\/|$)/;

export function lowerPieces(word: U.Word, reading: Reading): Word {
  const tilde = word.text.startsWith('~') ? TILDE.exec(word.text.replaceAll('\\\n', ''))?.[0] : undefined;
  const raw: Piece[] = word.parts
    ? lowerParts(word.parts, false, reading)
    : [{ k: 'text', v: word.value, quoted: /['"\\]/.test(word.text), odd: false }];
  if (word.parts === undefined) {
    finished(word.text, reading);
    unmixed(word.text, reading);
  }
  const [first] = raw;
  if (tilde === undefined || first?.k !== 'text') return { pieces: raw, source: word.text };
  const rest: Piece = { k: 'text', v: first.v.slice(tilde.length), quoted: first.quoted, odd: first.odd };
  return { pieces: [{ k: 'home' }, rest, ...raw.slice(1)], source: word.text };
}

export function lowerParts(parts: readonly U.WordPart[], quoted: boolean, reading: Reading): Piece[] {
  return parts.flatMap((part, i) => {
    const next = parts[i + 1];
    if (part.type === 'SimpleExpansion' && next?.type === 'Literal' && next.text.startsWith('\\\n'))
      reading.push('a line that goes on inside the name of a variable');
    return lowerPart(part, quoted, reading);
  });
}

function lowerPart(part: U.WordPart, quoted: boolean, reading: Reading): Piece[] {
  switch (part.type) {
    case 'Literal':
      finished(part.text, reading);
      if (!quoted) unmixed(part.text, reading);
      return [{ k: 'text', v: part.value, quoted: quoted || part.text !== part.value, odd: false }];
    case 'SingleQuoted':
      return [quotedText(part.value)];
    case 'DoubleQuoted':
      return part.parts.length === 0 ? [quotedText('')] : lowerParts(part.parts, true, reading);
    case 'AnsiCQuoted':
      // A tab or a newline alone is how a separator is written; it can hide nothing.
      if (part.text === "$'\\t'" || part.text === "$'\\n'") return [quotedText(part.value)];
      return [{ k: 'text', v: part.value.replaceAll('\\\n', ''), quoted: true, odd: true }];
    case 'LocaleString':
      return [{ k: 'text', v: '', quoted: true, odd: true }, ...lowerParts(part.parts, true, reading)];
    case 'Glob':
      if (part.kind === 'bracket' && part.parts.some((inner) => inner.type !== 'Literal')) {
        return [
          { k: 'unknown', why: 'a bracket expression that is not literal', nested: reading.nested(part) },
        ];
      }
      return quoted ? [quotedText(part.value)] : [{ k: 'glob', v: part.text }];
    case 'SimpleExpansion':
      return [
        { k: 'var', name: part.text.slice(1), use: { k: 'value' }, quoted, nested: [], source: part.text },
      ];
    case 'ParameterExpansion': {
      const nested = reading.nested(part);
      return [{ k: 'var', name: part.parameter, use: parameterUse(part), quoted, nested, source: part.text }];
    }
    case 'CommandExpansion': {
      if (part.script === undefined) reading.push('an unreadable command substitution');
      const body: Node = part.script ? reading.script(part.script) : { k: 'list', nodes: [] };
      // `${ cmd; }` runs in the current shell, and only in some versions.
      if (part.text.startsWith('${'))
        return [{ k: 'unknown', why: 'a command substitution in braces', nested: [body] }];
      return [{ k: 'command', body, quoted }];
    }
    case 'ProcessSubstitution': {
      if (part.script === undefined) reading.push('an unreadable process substitution');
      const body: Node = part.script ? reading.script(part.script) : { k: 'list', nodes: [] };
      return [{ k: 'process', direction: part.operator, body }];
    }
    case 'ArithmeticExpansion': {
      const value = part.expression === undefined ? null : arithmeticValue(part.expression);
      if (value !== null) return [quotedText(value)];
      return [{ k: 'unknown', why: 'arithmetic on variables', nested: reading.nested(part) }];
    }
    case 'ExtendedGlob':
      return [{ k: 'unknown', why: 'an extended glob', nested: reading.nested(part) }];
    case 'BraceExpansion':
      return [{ k: 'unknown', why: 'a brace expression', nested: reading.nested(part) }];
  }
}

function parameterUse(part: U.ParameterExpansionPart): ParameterUse {
  if (part.prefix !== undefined || part.index !== undefined) return { k: 'other' };
  const op = part.operation;
  if (op === undefined) return { k: 'value' };
  if (op.type === 'Default' || op.type === 'Remove') return { k: 'about' };
  if (op.type === 'Slice' && /^\d{0,4}$/.test(op.offset.text) && /^\d{0,4}$/.test(op.length?.text ?? '')) {
    return { k: 'slice', from: Number(op.offset.text), length: op.length ? Number(op.length.text) : null };
  }
  return { k: 'other' };
}

export function quotedText(v: string): Piece {
  return { k: 'text', v, quoted: true, odd: false };
}
