/** The context of the functions that judge and authorise, made once for an instance and once more for each call. */

import { ownMatcher } from '../core/own.ts';
import { clusterOf } from '../executor/kubectl/configured-cluster.ts';
import { sweepSecrets } from '../executor/sweep.ts';
import { InFlight } from '../lifecycle/in-flight.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Notices } from '../ports/people.ts';
import type { Clock, Liveness, Random } from '../ports/process.ts';
import type { VoteVerifier } from '../ports/signing.ts';
import type { Blobs, Store } from '../ports/store.ts';
import type { WorkflowContext } from '../workflow/context.ts';
import { frozenLanes } from '../workflow/frozen-lanes.ts';
import type { Builds, JobBox } from '../workflow/job.ts';
import { keyedHasher } from '../workflow/keyed-hasher.ts';
import type { Deployment } from './deployment.ts';
import { ownResources } from './own-resources.ts';

export interface JudgingParts {
  readonly deployment: Deployment;
  readonly store: Store;
  readonly isRewritten: WorkflowContext['isRewritten'];
  readonly audit: AuditLog;
  readonly frozen: Blobs;
  readonly outputs: Blobs;
  readonly box: JobBox;
  readonly builds: Builds;
  readonly verifier: VoteVerifier;
  readonly notices: Notices;
  /** 32 bytes in hex. */
  readonly digestKey: string;
  readonly random: Random;
  readonly report: (message: string) => void;
}

/** Longer than the machine's own time-out: an execution of this age is over. */
const ATTEMPT_MS = 5 * 3_600_000;

/** `attemptId` is who owns what is claimed; `now` stands still while one step is taken. */
export function judgingContext(parts: JudgingParts, attemptId: string, now: Date): WorkflowContext {
  const { deployment, frozen, outputs, digestKey } = parts;
  const { environment, policy, sources, config } = deployment;
  const digestHasher = keyedHasher(digestKey);
  const clock: Clock = { now: () => now };
  const liveness: Liveness = {
    self: { host: 'run-machine', pid: 0, started: attemptId },
    // Whether a machine still runs is told by its end, or found by the sweep.
    isAlive: () => true,
  };
  const own = ownMatcher(ownResources(config));
  const cluster = config.clusters[0];
  const { store, isRewritten, audit, box, builds, verifier, notices, random, report } = parts;
  return {
    environment,
    policy,
    own,
    store,
    isRewritten,
    audit,
    blobs: outputs,
    frozen,
    box,
    builds,
    verifier,
    notices,
    hasher: digestHasher,
    digestHasher,
    digestKey,
    sources,
    cluster: cluster === undefined ? null : clusterOf({ name: cluster.name, ...cluster.eks }),
    clock,
    random,
    liveness,
    inFlight: new InFlight(),
    sweep: sweepSecrets,
    report,
    // A workspace is held for as long as the machine that holds it may run: its builds may wait for their turn.
    runTimeoutMs: ATTEMPT_MS,
    attemptMs: ATTEMPT_MS,
    ...frozenLanes({ environment, frozen, digestHasher, own, sweep: sweepSecrets }),
  };
}
