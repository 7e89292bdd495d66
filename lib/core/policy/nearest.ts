/**
 * The valid name that a mistyped one most likely meant, or null where none is near enough to be a guess.
 * Near: at most two slips, or a third of the longer name for long ones.
 */
export function nearestName(given: string, valid: readonly string[]): string | null {
  const typed = given.slice(0, MAX_LENGTH).toLowerCase();
  let best: { name: string; slips: number } | null = null;
  for (const name of valid) {
    const slips = slipsBetween(typed, name.slice(0, MAX_LENGTH).toLowerCase());
    if (best === null || slips < best.slips) best = { name, slips };
  }
  if (best === null) return null;
  return best.slips <= Math.max(2, Math.floor(Math.max(typed.length, best.name.length) / 3))
    ? best.name
    : null;
}

const MAX_LENGTH = 80;

/** Damerau-Levenshtein distance (optimal string alignment): insert, drop, change, or swap two neighbours. */
export function slipsBetween(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
