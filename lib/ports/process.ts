/** What a process has of its own: time, chance, and whether another still lives. */
import type { Owner } from '../core/plan.ts';

export interface Clock {
  now(): Date;
}

export type Random = (count: number) => Uint8Array;

/** Who this process is, and whether another owner is still alive. */
export interface Liveness {
  readonly self: Owner;
  /** False only where it is certain that the owner is gone. */
  isAlive(owner: Owner): boolean;
}
