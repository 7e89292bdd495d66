/**
 * Text from outside, made safe to look at: what cannot be seen or would reorder its neighbours is shown as
 * `\u{…}`. Escaping for HTML is `html`'s work, not this file's.
 */

/** One line: every control, format, invisible and odd space character becomes visible. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** Several lines: as `visible`, but line ends and tabs stay. */
export function visibleLines(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(HIDDEN, (found) => (/[\n\t]/.test(found) ? found : escaped(found)));
}

/** A value from a plan as one visible line, cut to `limit` characters. */
export function shownValue(value: unknown, limit = 200): string {
  const text = visible(JSON.stringify(value) ?? 'unknown');
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

/** `2026-01-31 13:05 UTC`. */
export function clockTime(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso)
    ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
    : visible(iso.slice(0, 40));
}

/** `in 23 h 59 min`, `5 min ago`. */
export function fromNow(iso: string, now: Date): string {
  const minutes = Math.floor(Math.abs(Date.parse(iso) - now.getTime()) / 60_000);
  if (!Number.isFinite(minutes)) return 'at an unknown time';
  const span = minutes < 1 ? 'less than a minute' : spanOf(minutes);
  return Date.parse(iso) > now.getTime() ? `in ${span}` : `${span} ago`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function spanOf(minutes: number): string {
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  if (days > 0) return hours > 0 ? `${counted(days, 'day')} ${hours} h` : counted(days, 'day');
  if (hours > 0) return minutes % 60 > 0 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${minutes} min`;
}

// \p{C}: control, format (bidi and zero-width among them), surrogate, private, unassigned. U+2800 looks blank.
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

function escaped(found: string): string {
  return `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`;
}
