/**
 * Tokens of HCL native syntax and of its templates.
 *
 * The reader keeps what a converter to JSON loses: comments between a function's name and its parenthesis,
 * nested templates, duplicate object keys. It follows the HCL scanner and throws `Unreadable` wherever the two
 * could part, because a text that is read differently here and by terraform is a hole.
 */

import { endItem, type Level, level } from './expression-size.ts';
import { type Newline, type Part, type Text, type Token, Unreadable, type Word } from './token.ts';

/** Brackets, blocks and templates inside each other; deeper text overflows the stack of the parser behind us. */
const MAX_DEPTH = 40;
/** Operators and steps (`.a`, `[0]`, `::a`) of one expression and the deepest of those inside it; the same reason. */
const MAX_STEPS = 500;
const MAX_PREFIXES = 20;
const MAX_DIRECTIVES = 200;
/** A number is computed with all its digits: one with a large exponent would never be done. */
const MAX_NUMBER_LENGTH = 40;
const MAX_EXPONENT_DIGITS = 3;
/** Numbers with an exponent in one file: each may be written out as a thousand digits. */
const MAX_EXPONENTS = 200;
/** Each `[*]` or `.*` nests all that follows it. */
const STEPS_OF_A_SPLAT = 25;
/** Tokens, escapes and lines of one file: HCL's parser takes some ten microseconds over each. */
const MAX_PIECES = 22_000;
/** HCL's parser goes over the text of a template again for each of its lines and escapes: so many of them, all told. */
const MAX_REREAD = 10_000_000;

/** The tokens of a whole file in native syntax. Throws `Unreadable`. */
export function tokenize(source: string): readonly Token[] {
  const lexer = new Lexer(source.startsWith('\uFEFF') ? source.slice(1) : source);
  return lexer.tokens('end');
}

/** A bare template (a JSON string, a templatefile's content): `\` is no escape in it. Throws `Unreadable`. */
export function templateOf(source: string, line = 1): Text {
  return new Lexer(source, line).bareTemplate();
}

/** UTF-8 without replacement characters; throws `Unreadable` for other bytes. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable('the bytes are not UTF-8');
  }
}

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const HEREDOC = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;
const SIGNS = '{}[]()=.,:?!<>&|+-*/%~';
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

class Lexer {
  private at = 0;
  private depth = 0;
  /** Steps of the text or interpolation that was read last. */
  private inner = 0;
  private prefixes = 0;
  private directives = 0;
  private exponents = 0;
  private pieces = 0;
  private reread = 0;
  private readonly source: string;
  private line: number;

  constructor(source: string, line = 1) {
    this.source = source;
    this.line = line;
  }

  /** Reads code up to the end of the source, or up to the `}` that closes an interpolation. */
  tokens(until: 'end' | 'brace'): readonly Token[] {
    const out: Token[] = [];
    let here = level(null, until === 'end');
    const around: Level[] = [];
    for (;;) {
      const char = this.source[this.at];
      if (char === undefined) {
        if (until === 'end' && around.length === 0) return out;
        throw this.unreadable('unclosed bracket or template');
      }
      if (until === 'brace' && around.length === 0 && char === '}') {
        this.at++;
        this.inner = Math.max(here.most, here.steps);
        return out;
      }
      const token = this.token(char);
      if (char !== ' ' && char !== '\t') this.piece();
      if (token === null) continue;
      if (token.kind === 'sign') here = this.bracket(token.text, here, around);
      else this.count(token, here);
      out.push(token);
    }
  }

  bareTemplate(): Text {
    const line = this.line;
    return { kind: 'text', form: 'bare', parts: this.parts({ kind: 'bare' }), line };
  }

  private token(char: string): Token | null {
    const line = this.line;
    if (char === ' ' || char === '\t') return this.skip(1);
    if (char === '\n' || this.source.startsWith('\r\n', this.at)) {
      this.at += char === '\n' ? 1 : 2;
      this.line++;
      return { kind: 'newline', line };
    }
    if (char === '#' || this.source.startsWith('//', this.at)) {
      const end = this.source.indexOf('\n', this.at);
      return this.skip((end === -1 ? this.source.length : end) - this.at);
    }
    if (this.source.startsWith('/*', this.at)) {
      const end = this.source.indexOf('*/', this.at + 2);
      if (end === -1) throw this.unreadable('unclosed comment');
      return this.skip(end + 2 - this.at);
    }
    if (char === '"') {
      this.at++;
      this.prefixes = 0;
      const parts = this.nested(() => this.parts({ kind: 'quoted' }));
      return { kind: 'text', form: 'quoted', parts, line };
    }
    const heredoc = this.match(HEREDOC);
    if (heredoc !== null) {
      this.line++;
      const marker = heredoc[2] ?? '';
      const parts = this.nested(() => this.parts({ kind: 'heredoc', marker }));
      return { kind: 'text', form: 'heredoc', parts, line };
    }
    const word = this.match(IDENTIFIER) ?? this.match(NUMBER);
    if (word !== null) {
      if (/^[0-9]/.test(char)) this.judgeNumber(word[0]);
      this.prefixes = 0;
      return { kind: 'word', text: word[0], line };
    }
    if (this.source.startsWith('::', this.at)) {
      this.at += 2;
      return { kind: 'sign', text: '::', line };
    }
    if (!SIGNS.includes(char)) throw this.unreadable(`the character ${JSON.stringify(char)}`);
    this.at++;
    return { kind: 'sign', text: char, line };
  }

  private judgeNumber(text: string): void {
    const exponent = /[eE][+-]?([0-9]+)$/.exec(text)?.[1] ?? '';
    if (text.length > MAX_NUMBER_LENGTH || exponent.length > MAX_EXPONENT_DIGITS)
      throw this.unreadable('a number with too many digits');
    if (exponent !== '' && ++this.exponents > MAX_EXPONENTS)
      throw this.unreadable('too many numbers with an exponent');
  }

  private bracket(sign: string, here: Level, around: Level[]): Level {
    const closes = CLOSING[sign];
    here.empty = false;
    if (closes !== undefined) {
      if (sign === '[') this.step(here, 1);
      around.push(here);
      this.deeper();
      return level(closes, sign === '{');
    }
    if (sign === '}' || sign === ']' || sign === ')') {
      const outer = around.pop();
      if (here.closes !== sign || outer === undefined)
        throw this.unreadable(`a "${sign}" that closes nothing`);
      this.depth--;
      this.step(outer, Math.max(here.most, here.steps));
      return outer;
    }
    if (sign === ',') endItem(here);
    else if (sign === '=') {
      // The second half of `==`; the first may be an argument's own.
      if (this.source[this.at - 2] === '=') this.step(here, 1);
    } else if (sign !== ':' && sign !== '~') {
      const splat = sign === '*' && '.['.includes(this.source[this.at - 2] ?? ' ');
      this.step(here, splat ? STEPS_OF_A_SPLAT : 1);
    }
    if (sign === '!' || sign === '-') {
      if (++this.prefixes > MAX_PREFIXES) throw this.unreadable('a chain of prefixes that is too long');
    } else if (sign !== '.' && sign !== '::' && sign !== ',' && sign !== '=' && sign !== ':' && sign !== '~')
      this.prefixes = 0;
    return here;
  }

  private count(token: Word | Text | Newline, here: Level): void {
    if (token.kind === 'newline') {
      // An expression cannot go on over this line break, so what follows is another one.
      if (here.lines) {
        endItem(here);
        if (here.closes === null) this.directives = 0;
      }
      return;
    }
    if (here.empty && token.kind === 'word' && token.text === 'for') here.lines = false;
    here.empty = false;
    if (token.kind === 'text') this.step(here, this.inner);
  }

  private piece(): void {
    if (++this.pieces > MAX_PIECES) throw this.unreadable('more than is read of one file');
  }

  private step(here: Level, steps: number): void {
    here.steps += steps;
    if (here.steps > MAX_STEPS) throw this.unreadable('an expression with too many operators or steps');
  }

  private parts(
    end: { kind: 'quoted' } | { kind: 'bare' } | { kind: 'heredoc'; marker: string },
  ): readonly Part[] {
    const parts: Part[] = [];
    let again = 0;
    let steps = 0;
    let literal = '';
    let lineStart = end.kind === 'heredoc';
    const flush = () => {
      if (literal !== '') parts.push({ kind: 'literal', text: literal });
      literal = '';
    };
    for (;;) {
      if (end.kind === 'heredoc' && lineStart && this.closesHeredoc(end.marker)) break;
      lineStart = false;
      const char = this.source[this.at];
      if (char === undefined) {
        if (end.kind === 'bare') break;
        throw this.unreadable('a string or heredoc without an end');
      }
      const three = this.source.slice(this.at, this.at + 3);
      if ('$%\\'.includes(char) || (char === '\n' && end.kind === 'heredoc')) {
        this.piece();
        this.reread += ++again;
        if (this.reread > MAX_REREAD) throw this.unreadable('a template with too many lines or escapes');
      }
      if (end.kind === 'quoted' && char === '"') {
        this.at++;
        break;
      } else if (end.kind === 'quoted' && char === '\\') {
        literal += this.escape();
      } else if (three === '$${' || three === '%%{') {
        literal += three.slice(1);
        this.at += 3;
      } else if (three.startsWith('${') || three.startsWith('%{')) {
        flush();
        parts.push(this.interpolation(char === '$' ? 'interpolation' : 'directive'));
        steps = char === '$' ? Math.max(steps, this.inner) : steps + this.inner;
      } else {
        if (char === '\n') {
          if (end.kind === 'quoted') throw this.unreadable('a line break inside a quoted string');
          this.line++;
          lineStart = true;
        }
        literal += char;
        this.at++;
      }
    }
    flush();
    this.inner = steps;
    return parts;
  }

  private interpolation(kind: 'interpolation' | 'directive'): Part {
    this.at += 2;
    if (kind === 'directive' && ++this.directives > MAX_DIRECTIVES)
      throw this.unreadable('a template with too many directives');
    return { kind, tokens: this.nested(() => this.tokens('brace')) };
  }

  private closesHeredoc(marker: string): boolean {
    const end = this.source.indexOf('\n', this.at);
    if (end === -1) return false;
    const text = this.source.slice(this.at, end);
    if (text.replace(/^[ \t]+|[ \t\r]+$/g, '') === marker) {
      this.at = text.endsWith('\r') ? end - 1 : end;
      return true;
    }
    if (text.replace(/^[\s\u0085\uFEFF]+|[\s\u0085\uFEFF]+$/g, '') === marker)
      throw this.unreadable('unusual white space around the end of a heredoc');
    return false;
  }

  private escape(): string {
    const selector = this.source[this.at + 1] ?? '';
    const simple = ESCAPES[selector];
    if (simple !== undefined) {
      this.at += 2;
      return simple;
    }
    const width = selector === 'u' ? 4 : selector === 'U' ? 8 : 0;
    const digits = this.source.slice(this.at + 2, this.at + 2 + width);
    const code = /^[0-9a-fA-F]+$/.test(digits) && digits.length === width ? Number.parseInt(digits, 16) : -1;
    if (width === 0 || code < 0 || code > 0x10ffff) throw this.unreadable('an unknown escape in a string');
    this.at += 2 + width;
    return String.fromCodePoint(code);
  }

  private nested<T>(read: () => T): T {
    this.deeper();
    const result = read();
    this.depth--;
    return result;
  }

  private deeper(): void {
    if (++this.depth > MAX_DEPTH) throw this.unreadable(`nesting deeper than ${MAX_DEPTH}`);
  }

  private skip(length: number): null {
    for (let i = this.at; i < this.at + length; i++) if (this.source[i] === '\n') this.line++;
    this.at += length;
    return null;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  private unreadable(what: string): Unreadable {
    return new Unreadable(`line ${this.line}: ${what}`);
  }
}
