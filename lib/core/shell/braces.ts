/** The most words one brace expression may become; beyond it the word is not understood. */
const MAX_WORDS = 64;

/**
 * Brace expansion on the source text of one word: `a{b,c}` → `ab`, `ac`; `{1..3}` → `1 2 3`. Quotes and
 * escapes are kept, so the results can be parsed as words again. Null when it grows beyond the limit, or when
 * shells may differ about it.
 */
export function expandBraces(source: string): readonly string[] | null {
  const brace = firstBrace(source);
  if (brace === null) return [source];
  if (brace === 'unsure') return null;
  const tails = expandBraces(brace.tail);
  if (tails === null) return null;
  const words: string[] = [];
  for (const part of brace.parts) {
    const inner = brace.plain ? [part] : expandBraces(part);
    if (inner === null) return null;
    for (const middle of inner) for (const tail of tails) words.push(brace.head + middle + tail);
    if (words.length > MAX_WORDS) return null;
  }
  return words;
}

/** Whether a word may be a brace expression at all. */
export function mayHaveBraces(text: string): boolean {
  const open = text.indexOf('{');
  return open >= 0 && text.indexOf('}', open) > 0 && (text.includes(',', open) || text.includes('..', open));
}

interface Brace {
  readonly head: string;
  readonly parts: readonly string[];
  /** The parts hold no braces that count. */
  readonly plain: boolean;
  readonly tail: string;
}

function firstBrace(text: string): Brace | 'unsure' | null {
  for (let i = 0; i < text.length; i = skip(text, i)) {
    if (text[i] !== '{' || text[i - 1] === '$' || (i === 0 && text[1] === '}')) continue;
    const found = alternatives(text, i);
    if (found === null) continue;
    const { parts, end } = found;
    const [head, tail] = [text.slice(0, i), text.slice(end)];
    if (parts === 'unsure') return 'unsure';
    if (parts === 'plain') return { head, parts: [text.slice(i, end)], plain: true, tail };
    return { head, parts, plain: false, tail };
  }
  return null;
}

/**
 * What the brace at `start` stands for, and where it ends; null where it does not end. As in bash, a closing
 * brace counts only behind a comma or `..` of its own level: `{a},b}` is `a}` and `b`.
 */
function alternatives(
  text: string,
  start: number,
): { readonly parts: readonly string[] | 'plain' | 'unsure'; readonly end: number } | null {
  const parts: string[] = [];
  let [depth, from, steps] = [0, start + 1, false];
  for (let i = start + 1; i < text.length; i = skip(text, i)) {
    const c = text[i];
    if (c === '{') depth += 1;
    else if (c === '}' && depth > 0) depth -= 1;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    } else if (c === '.' && depth === 0 && text[i + 1] === '.' && text[i + 2] !== '}') steps = true;
    else if (c === '}' && (parts.length > 0 || steps)) {
      const last = text.slice(from, i);
      if (parts.length > 0) return { parts: [...parts, last], end: i + 1 };
      if (last.includes(',')) return { parts: 'unsure', end: i + 1 };
      return { parts: range(last), end: i + 1 };
    }
  }
  return null;
}

function range(body: string): readonly string[] | 'plain' | 'unsure' {
  const parts = /^(-?\d{1,6}|[a-zA-Z])\.\.(-?\d{1,6}|[a-zA-Z])(?:\.\.(-?\d{1,6}))?$/.exec(body);
  if (parts === null) return /^[-+\w]+\.\.[-+\w]+(?:\.\.[-+\w]*)?$/.test(body) ? 'unsure' : 'plain';
  const [, low = '', high = '', by = '1'] = parts;
  const numbers = /\d$/.test(low) && /\d$/.test(high);
  const letters = /^(?:[a-z]{2}|[A-Z]{2})$/.test(low + high);
  if (!numbers && !letters) return 'unsure';
  const [first, last] = numbers ? [Number(low), Number(high)] : [low.charCodeAt(0), high.charCodeAt(0)];
  const step = Math.max(1, Math.abs(Number(by)));
  const padded = numbers && [low, high].some((text) => /^-?0\d/.test(text));
  const width = padded ? Math.max(low.length, high.length) : 0;
  const found: string[] = [];
  for (let n = first; first <= last ? n <= last : n >= last; n += first <= last ? step : -step) {
    found.push(numbers ? number(n, width) : String.fromCharCode(n));
    if (found.length > MAX_WORDS) break;
  }
  return found;
}

function number(value: number, width: number): string {
  const sign = value < 0 ? '-' : '';
  return sign + String(Math.abs(value)).padStart(width - sign.length, '0');
}

/** The index after the character, quoted run or substitution that starts at `i`. */
function skip(text: string, i: number): number {
  const c = text[i];
  if (c === '\\') return i + 2;
  if (c === "'") return after(text, i + 1, "'");
  if (c === '`') return after(text, i + 1, '`');
  if (c === '"') {
    let at = i + 1;
    while (at < text.length && text[at] !== '"') at = text[at] === '\\' ? at + 2 : at + 1;
    return at + 1;
  }
  if (c === '$' && (text[i + 1] === '(' || text[i + 1] === '{')) {
    const close = text[i + 1] === '(' ? ')' : '}';
    let depth = 0;
    for (let at = i + 1; at < text.length; at += 1) {
      if (text[at] === text[i + 1]) depth += 1;
      else if (text[at] === close) {
        depth -= 1;
        if (depth === 0) return at + 1;
      }
    }
    return text.length;
  }
  return i + 1;
}

function after(text: string, from: number, quote: string): number {
  const end = text.indexOf(quote, from);
  return end < 0 ? text.length : end + 1;
}
