import type { Fields } from './fields.ts';

type Read<T> = { ok: true; value: T } | { ok: false; problem: string };

interface Placed {
  readonly address: string;
  readonly deposed: string | null;
  readonly before: Fields | null;
  readonly after: Fields | null;
}

interface Seen {
  readonly before: boolean;
  readonly after: boolean;
}

const SEEN: readonly Seen[] = [
  { before: false, after: false },
  { before: true, after: false },
  { before: false, after: true },
  { before: true, after: true },
];

/** Which objects of an address are in the changes, and were surveyed there: they are in the state again. */
export function seenIn(changes: readonly Placed[]): Read<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  let index = -1;
  for (const { address, deposed, before, after } of changes) {
    index++;
    const kind = SEEN[(before === null ? 0 : 1) + (after === null ? 0 : 2)];
    if (deposed !== null || kind === undefined) continue;
    if (seen.has(address)) {
      return { ok: false, problem: `resource_changes[${index}] (${address}) is there twice` };
    }
    seen.set(address, kind);
  }
  return { ok: true, value: seen };
}
