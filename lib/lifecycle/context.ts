/** What the lifecycle works with: one environment's ports, policy and settings. */
import type { OwnMatcher } from '../core/own.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { ActionLane, Executor, TerraformLane } from '../ports/lanes.ts';
import type { Notices } from '../ports/people.ts';
import type { Clock, Liveness, Random } from '../ports/process.ts';
import type { Hasher, VoteVerifier } from '../ports/signing.ts';
import type { Blobs, Store } from '../ports/store.ts';
import type { InFlight } from './in-flight.ts';

/** What reading records, asking humans and proposing work needs: all that the side that serves agents has. */
export interface RecordsContext {
  readonly environment: string;
  readonly policy: Policy;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly audit: AuditLog;
  readonly hasher: Hasher;
  readonly verifier: VoteVerifier;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly random: Random;
  readonly liveness: Liveness;
  readonly inFlight: InFlight;
  /** Reports what nobody waits for (a record that could not be written after a run, …). */
  readonly report: (message: string) => void;
}

/** And what judging and running needs. */
export interface LifecycleContext extends RecordsContext {
  /** What belongs to the gateway itself: no plan may touch it. */
  readonly own: OwnMatcher;
  readonly executor: Executor;
  /** The lane, or why terraform cannot be used here as one sentence. Looked up when it is first needed. */
  readonly terraform: () => Promise<TerraformLane | { readonly unavailable: string }>;
  /** The lanes of kubectl and the shell, likewise. */
  readonly kubectl: () => Promise<ActionLane | { readonly unavailable: string }>;
  readonly shell: () => Promise<ActionLane | { readonly unavailable: string }>;
  /** Removes what a secret scanner finds. Rejects where it cannot look. */
  readonly sweep: (text: string) => Promise<string>;
  /** How long one run may take, in milliseconds. */
  readonly runTimeoutMs: number;
}
