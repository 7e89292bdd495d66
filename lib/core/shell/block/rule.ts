import type { Sight } from './scan.ts';

/** A blocked call: the rule, why, and what an agent may do instead. */
export interface BlockHit {
  readonly rule: string;
  readonly message: string;
  readonly instead: string;
}

/** One entry of the built-in block list. No policy can shrink it. */
export type BlockRule = (sight: Sight) => BlockHit | null;
