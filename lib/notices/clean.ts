/**
 * Every text that leaves the gateway passes here: secrets out by name and by shape, what cannot be seen made
 * visible, and cut to what a channel and a reader can take. Escaping for a format is each renderer's own work.
 */
import { visible, visibleLines } from '../control/pages/text.ts';
import { redactAssignments } from '../core/redact.ts';

export interface Cleaner {
  /** One line. */
  line(text: string, limit?: number): Promise<string>;
  /** Several lines; line ends and tabs stay. */
  lines(text: string, limit?: number): Promise<string>;
}

/** `sweep` takes out what looks like a secret. Where it fails, the text is not shown. */
export function cleaner(sweep: (text: string) => Promise<string>): Cleaner {
  const clean = async (text: string, limit: number, show: (text: string) => string) => {
    const given = text.slice(0, MAX_READ);
    try {
      return cut(show(await sweep(redactAssignments(given))), limit);
    } catch {
      return NOT_SWEPT;
    }
  };
  return {
    line: (text, limit = 300) => clean(text, limit, visible),
    lines: (text, limit = 1000) => clean(text, limit, visibleLines),
  };
}

/** Cut at `limit` UTF-16 units, never inside a character. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = limit - 1;
  return `${text.slice(0, isHigh(text.charCodeAt(end - 1)) ? end - 1 : end)}…`;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** More than any limit here: a secret that is cut in two is still recognised in what is shown of it. */
const MAX_READ = 20_000;
const NOT_SWEPT = '(not shown: it could not be checked for secrets)';
