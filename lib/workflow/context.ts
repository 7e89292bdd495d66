/** What judging and authorising in the cloud works with, beyond what it does on one machine. */
import type { PlanId } from '../core/ids.ts';
import type { Cluster } from '../executor/kubectl/cluster.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import type { Hasher } from '../ports/signing.ts';
import type { Blobs } from '../ports/store.ts';
import type { Builds, JobBox } from './job.ts';
import type { SourceRule } from './source.ts';

export interface WorkflowContext extends LifecycleContext {
  /** Frozen inputs; `blobs` holds what is redacted. */
  readonly frozen: Blobs;
  readonly box: JobBox;
  readonly builds: Builds;
  /** Whether a plan that is not there has a record all the same, one that nobody judged so. */
  readonly isRewritten: (planId: PlanId) => Promise<boolean>;
  readonly sources: readonly SourceRule[];
  /** The cluster that kubectl talks to, as its configuration says; null where there is none. */
  readonly cluster: Cluster | null;
  /** 32 bytes in hex: what secret values are hashed with in digests; and the same as a function. */
  readonly digestKey: string;
  readonly digestHasher: Hasher;
  /** After which an execution of the machine is certainly over, in milliseconds. */
  readonly attemptMs: number;
}
