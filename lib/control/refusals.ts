/**
 * Refused attempts of strangers are in the audit, but strangers cannot fill it: of each kind the first few in a
 * minute are recorded one by one, then one event says that more are only counted, and how many there were is
 * recorded with the first of a later minute.
 */
export interface RefusalBudget {
  /** Counts one more. `kind` is one of few; nothing that a stranger chose is in it. */
  take(kind: string, now: Date): Taken;
}

export interface Taken {
  /** `each`: this one is recorded. `more`: that there are more is. `nothing`: it is counted. */
  readonly record: 'each' | 'more' | 'nothing';
  /** Those of a minute that is over, of whichever kind, that were only counted. */
  readonly counted: readonly Counted[];
}

export interface Counted {
  readonly kind: string;
  readonly count: number;
  /** When the minute began. */
  readonly minute: string;
}

/** Few, since in the cloud each instance of the function counts for itself. */
export const REFUSALS_A_MINUTE = 10;
const MINUTE_MS = 60_000;

export function refusalBudget(perMinute: number = REFUSALS_A_MINUTE): RefusalBudget {
  let minute = -1;
  let taken = new Map<string, number>();
  const counted = (): Counted[] =>
    [...taken]
      .filter(([, count]) => count > perMinute)
      .map(([kind, count]) => ({
        kind,
        count: count - perMinute,
        minute: new Date(minute * MINUTE_MS).toISOString(),
      }));
  return {
    take(kind, now) {
      const current = Math.floor(now.getTime() / MINUTE_MS);
      const over = current === minute ? [] : counted();
      if (current !== minute) {
        minute = current;
        taken = new Map();
      }
      const count = (taken.get(kind) ?? 0) + 1;
      taken.set(kind, count);
      const record = count <= perMinute ? 'each' : count === perMinute + 1 ? 'more' : 'nothing';
      return { record, counted: over };
    },
  };
}
