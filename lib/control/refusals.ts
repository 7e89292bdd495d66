/**
 * Refused attempts of strangers are in the audit, but strangers cannot fill it: of so many in a minute the first
 * are recorded, then one that says so, then none until the minute is over.
 */
export interface RefusalBudget {
  /** `record`: one more event. `last`: the event that says that more are not recorded. `drop`: none. */
  take(now: Date): 'record' | 'last' | 'drop';
}

export function refusalBudget(perMinute: number): RefusalBudget {
  let minute = -1;
  let taken = 0;
  return {
    take(now) {
      const current = Math.floor(now.getTime() / 60_000);
      if (current !== minute) {
        minute = current;
        taken = 0;
      }
      taken += 1;
      if (taken <= perMinute) return 'record';
      return taken === perMinute + 1 ? 'last' : 'drop';
    },
  };
}
