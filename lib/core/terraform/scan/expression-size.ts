/** How large the expression that is being read has become: the parser behind us overflows on too large a one. */

/** What one pair of brackets, one interpolation or the whole file holds. */
export interface Level {
  /** The bracket that closes it; null where something else does. */
  readonly closes: string | null;
  /** Whether a line break ends an item; an object with a `for` is one item whatever its lines. */
  lines: boolean;
  empty: boolean;
  /** Steps of the item being read, and the most that a finished one had. */
  steps: number;
  most: number;
}

export const level = (closes: string | null, lines: boolean): Level => ({
  closes,
  lines,
  empty: true,
  steps: 0,
  most: 0,
});

export function endItem(here: Level): void {
  here.most = Math.max(here.most, here.steps);
  here.steps = 0;
}
