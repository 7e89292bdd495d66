import { fetches } from './fetches.ts';
import { escapeGlob } from './glob-text.ts';
import type { Scope } from './scope.ts';
import type { Node, Piece, Word } from './tree.ts';

/** Stands for the unknown home directory inside `Field.text`. The parser refuses private-use characters. */
export const HOME = '\uE000';
/** Stands for text that only a running shell would know. */
export const UNKNOWN = '\uE001';

/** A word after expansion, as far as it can be known without running anything. */
export interface Field {
  /** Best knowledge of the text; may hold HOME, UNKNOWN and glob characters. */
  readonly text: string;
  /** For a glob: the same with all that was quoted escaped. Empty otherwise. */
  readonly pattern: string;
  /** `literal`: certain. `glob`: literal but for `*`, `?`, `[…]`. `dynamic`: only a running shell knows. */
  readonly kind: 'literal' | 'glob' | 'dynamic';
  /** What makes it dynamic, for messages; empty otherwise. */
  readonly why: string;
  readonly source: string;
  readonly pieces: readonly Piece[];
  /** Scripts inside the word, in order. */
  readonly nested: readonly Node[];
  /** The text comes, in part, from a command that reads the network. */
  readonly fetched: boolean;
  /** Some of the text came out of a variable. */
  readonly expanded: boolean;
}

/** A field for text that a rule derived itself, such as an operand of a here-document. */
export function literalField(text: string): Field {
  return {
    text,
    pattern: '',
    kind: 'literal',
    why: '',
    source: text,
    pieces: [],
    nested: [],
    fetched: false,
    expanded: false,
  };
}

const NONE: readonly Node[] = [];
/** Of one word; as long as a command may be. */
const MAX_TEXT = 8 * 1024;
/** Of one command; more than its text can hold, unless variables are multiplied. */
const MAX_FIELDS = 4 * 1024;
const TOO_MANY = 'more words than are followed';

export function resolveAll(words: readonly Word[], scope: Scope): Field[] {
  const fields: Field[] = [];
  for (const word of words) {
    for (const field of resolve(word, scope)) fields.push(field);
    if (fields.length > MAX_FIELDS) {
      const { source } = word;
      return [
        ...fields.slice(0, MAX_FIELDS),
        { ...literalField(UNKNOWN), kind: 'dynamic', why: TOO_MANY, source },
      ];
    }
  }
  return fields;
}

/** One word → the fields it expands to: one, or several when an unquoted variable holds spaces. */
export function resolve(word: Word, scope: Scope): Field[] {
  const [only] = word.pieces;
  if (word.pieces.length === 1 && only?.k === 'text' && !only.odd) {
    const { source, pieces } = word;
    return [
      {
        text: only.v,
        pattern: '',
        kind: 'literal',
        why: '',
        source,
        pieces,
        nested: NONE,
        fetched: false,
        expanded: false,
      },
    ];
  }
  const parts = [new Draft()];
  for (const piece of word.pieces) {
    const draft = parts[parts.length - 1] ?? new Draft();
    const [first = '', ...rest] = draft.add(piece, scope);
    draft.append(first, piece.k === 'glob');
    for (const text of rest) {
      const next = new Draft();
      next.text = text;
      next.doubt('an unquoted variable that splits into words');
      parts.push(next);
    }
    if (rest.length > 0) draft.doubt('an unquoted variable that splits into words');
  }
  const kept = parts.filter((draft) => draft.text !== '' || draft.quoted || parts.length === 1);
  return kept.map((draft) => draft.finish(word));
}

/** Joins the fields of one word, as an assignment or a here-string does. */
export function resolveJoined(word: Word, scope: Scope): Field {
  const fields = resolve(word, scope);
  const [only] = fields;
  if (fields.length === 1 && only !== undefined) return only;
  return {
    text: fields
      .map((field) => field.text)
      .join(' ')
      .slice(0, MAX_TEXT),
    pattern: '',
    kind: fields.some((field) => field.kind === 'dynamic') ? 'dynamic' : 'literal',
    why: fields.find((field) => field.why !== '')?.why ?? '',
    source: word.source,
    pieces: word.pieces,
    nested: fields.flatMap((field) => field.nested),
    fetched: fields.some((field) => field.fetched),
    expanded: true,
  };
}

class Draft {
  text = '';
  pattern = '';
  quoted = false;
  why = '';
  glob = false;
  fetched = false;
  expanded = false;
  nested: Node[] = [];

  /** A variable that holds itself many times over would grow without end. */
  append(text: string, isPattern: boolean): void {
    if (this.text.length + text.length > MAX_TEXT) {
      this.doubt('a value that grows too long');
      return;
    }
    this.text += text;
    this.pattern += isPattern ? text : escapeGlob(text);
  }

  doubt(why: string): void {
    if (this.why === '') this.why = why;
  }

  /** The texts that the piece adds: the first joins the current field, each other starts a new one. */
  add(piece: Piece, scope: Scope): readonly string[] {
    switch (piece.k) {
      case 'text':
        if (piece.quoted) this.quoted = true;
        if (piece.odd) this.doubt('$\'…\' or $"…" quoting');
        return [piece.v];
      case 'glob':
        this.glob = true;
        return [piece.v];
      case 'home':
        this.doubt('a home directory (~)');
        return [HOME];
      case 'var':
        this.nested.push(...piece.nested);
        if (piece.quoted) this.quoted = true;
        return this.variable(piece, scope);
      case 'command': {
        this.doubt('a command substitution');
        if (piece.quoted) this.quoted = true;
        this.nested.push(piece.body);
        if (fetches(piece.body)) this.fetched = true;
        const known = constantOutput(piece.body, scope);
        return known === null ? [UNKNOWN] : piece.quoted ? [known] : known.split(/\s+/);
      }
      case 'process':
        this.doubt('a process substitution');
        this.nested.push(piece.body);
        if (fetches(piece.body)) this.fetched = true;
        return [UNKNOWN];
      case 'unknown':
        this.doubt(piece.why);
        this.nested.push(...piece.nested);
        return [UNKNOWN];
    }
  }

  private variable(piece: Piece & { k: 'var' }, scope: Scope): readonly string[] {
    this.expanded = true;
    const { name, use, quoted } = piece;
    const value = scope.get(name);
    if (name === 'IFS' && !quoted && value === undefined) {
      this.doubt('$IFS');
      return ['', ''];
    }
    if (
      use.k === 'slice' &&
      use.from === 0 &&
      use.length === 1 &&
      ['HOME', 'PWD', 'PATH', 'SHELL'].includes(name)
    ) {
      this.doubt(`the variable ${piece.source}`);
      return ['/'];
    }
    if (value === undefined || use.k === 'other' || use.k === 'slice') {
      const home = name === 'HOME' && (use.k === 'value' || use.k === 'about') && value === undefined;
      this.doubt(home ? 'the home directory ($HOME)' : `the variable ${piece.source}`);
      return [home ? HOME : UNKNOWN];
    }
    if (value.fetched) this.fetched = true;
    if (!value.certain || use.k !== 'value') this.doubt(`the variable ${piece.source}`);
    if (quoted) return [value.text];
    if (scope.has('IFS')) this.doubt('a variable split by a changed IFS');
    if (/[*?[]/.test(value.text)) this.doubt(`the variable ${piece.source}, which holds a glob`);
    return value.text.split(/[ \t\n]+/);
  }

  finish(word: Word): Field {
    const kind = this.why !== '' ? 'dynamic' : this.glob ? 'glob' : 'literal';
    const { text, why, nested, fetched, expanded } = this;
    const pattern = kind === 'glob' ? this.pattern : '';
    return { text, pattern, kind, why, source: word.source, pieces: word.pieces, nested, fetched, expanded };
  }
}

/** `$(echo rm)`, `$(printf rm)`, `$(which rm)`: what they print is known without running them. */
function constantOutput(body: Node, scope: Scope): string | null {
  if (body.k !== 'simple' || body.redirects.length > 0 || body.assigns.length > 0) return null;
  if (body.words.some((word) => word.pieces.some((piece) => piece.k === 'command' || piece.k === 'process')))
    return null;
  const fields = resolveAll(body.words, scope);
  if (fields.some((field) => field.text.includes(UNKNOWN))) return null;
  return printedText(fields.map((field) => field.text));
}

/** What an `echo`, `printf` or lookup argv prints, as near as the block list needs; null for other programs. */
export function printedText(argv: readonly string[]): string | null {
  const [name = '', ...args] = argv;
  if (name === 'echo') {
    const from = args.findIndex((arg) => !/^-[neE]+$/.test(arg));
    const text = from < 0 ? '' : args.slice(from).join(' ');
    return args.slice(0, Math.max(from, 0)).some((arg) => arg.includes('e')) ? decoded(text) : text;
  }
  if (name === 'printf') {
    const [format = '', ...values] = args[0] === '--' ? args.slice(1) : args;
    let next = 0;
    const text = decoded(format).replace(/%[sbd%]/g, (spec) =>
      spec === '%%' ? '%' : (values[next++] ?? ''),
    );
    return next < values.length && next > 0 ? `${text}${values.slice(next).join('')}` : text;
  }
  if (name === 'which' || (name === 'command' && args[0] === '-v')) return args[args.length - 1] ?? null;
  return null;
}

function decoded(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{1,2})|0?([0-7]{1,3})|(.))/g, (all, hex, octal, letter) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    const known: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };
    return known[letter] ?? all;
  });
}
