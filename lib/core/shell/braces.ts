/** The most words one brace expression may become; beyond it the word is not understood. */
const MAX_WORDS = 64;

/**
 * Brace expansion on the source text of one word: `a{b,c}` → `ab`, `ac`; `{1..3}` → `1 2 3`. Quotes and
 * escapes are kept, so the results can be parsed as words again. Null when it grows beyond the limit.
 */
export function expandBraces(source: string): string[] | null {
  const done: string[] = [];
  const open: string[] = [source];
  while (open.length > 0) {
    const text = open.shift();
    if (text === undefined) break;
    const brace = firstBrace(text);
    if (brace === null) done.push(text);
    else open.unshift(...brace.map((part) => part));
    if (done.length + open.length > MAX_WORDS) return null;
  }
  return done;
}

function firstBrace(text: string): string[] | null {
  for (let i = 0; i < text.length; i = skip(text, i)) {
    if (text[i] !== '{' || text[i - 1] === '$') continue;
    const found = alternatives(text, i);
    if (found === null) continue;
    const head = text.slice(0, i);
    const tail = text.slice(found.end);
    return found.parts.map((part) => head + part + tail);
  }
  return null;
}

function alternatives(text: string, start: number): { parts: string[]; end: number } | null {
  const parts: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let i = start; i < text.length; i = skip(text, i)) {
    const c = text[i];
    if (c === '{') depth += 1;
    else if (c === ',' && depth === 1) {
      parts.push(text.slice(from, i));
      from = i + 1;
    } else if (c === '}') {
      depth -= 1;
      if (depth > 0) continue;
      const last = text.slice(from, i);
      if (parts.length > 0) return { parts: [...parts, last], end: i + 1 };
      const steps = range(last);
      return steps === null ? null : { parts: steps, end: i + 1 };
    }
  }
  return null;
}

function range(body: string): string[] | null {
  const numbers = /^(-?\d{1,6})\.\.(-?\d{1,6})(?:\.\.(-?\d{1,6}))?$/.exec(body);
  const letters = /^([a-zA-Z])\.\.([a-zA-Z])$/.exec(body);
  if (numbers === null && letters === null) return null;
  const first = numbers ? Number(numbers[1]) : (letters?.[1]?.charCodeAt(0) ?? 0);
  const last = numbers ? Number(numbers[2]) : (letters?.[2]?.charCodeAt(0) ?? 0);
  const step = Math.max(1, Math.abs(Number(numbers?.[3] ?? 1)));
  const width = numbers && /^-?0\d/.test(`${numbers[1]}`) ? `${numbers[1]}`.length : 0;
  const steps: string[] = [];
  for (let n = first; first <= last ? n <= last : n >= last; n += first <= last ? step : -step) {
    steps.push(numbers ? `${n}`.padStart(width, '0') : String.fromCharCode(n));
    if (steps.length > MAX_WORDS) break;
  }
  return steps;
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
