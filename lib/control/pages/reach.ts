/** How many depend on a change, whether or not all of them are listed. */
import type { BlastRadius } from '../../core/finding.ts';
import { counted } from './text.ts';

export function reachCounts({ direct, all, total }: BlastRadius): {
  readonly direct: number;
  readonly all: number;
} {
  return total ?? { direct: direct.length, all: all.length };
}

/** `3 resources, 1 of them directly`. */
export function reachWords(radius: BlastRadius): string {
  const { direct, all } = reachCounts(radius);
  return `${counted(all, 'resource')}, ${direct === all ? 'directly' : `${direct} of them directly`}`;
}
