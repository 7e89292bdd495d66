/** The jobs that need frozen inputs along, each with the blobs that its lane will read. */
import type { Action, TerraformTarget } from '../core/action.ts';
import type { Digest } from '../core/canonical.ts';
import type { ApprovalId, PlanId } from '../core/ids.ts';
import type { JudgedPlan } from '../core/plan.ts';
import { loadSnapshot } from '../executor/terraform/snapshot.ts';
import type { Snapshot } from '../ports/lanes.ts';
import type { Blobs } from '../ports/store.ts';
import type { WorkflowContext } from './context.ts';
import type { Job } from './job.ts';
import { collected } from './parcel-blobs.ts';

export interface Packed {
  readonly job: Job;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

export interface PackedSnapshot {
  readonly value: Snapshot;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

export function planJob(
  ctx: WorkflowContext,
  planId: PlanId,
  target: Action & TerraformTarget,
  snapshot: PackedSnapshot,
): Packed {
  const destroy = target.args.some((each) => each.flag === 'destroy');
  const { environment, digestKey } = ctx;
  const job: Job = {
    kind: 'plan',
    environment,
    plan_id: planId,
    target: { ...target, destroy },
    snapshot: snapshot.value.address,
    digest_key: digestKey,
  };
  return { job, blobs: snapshot.blobs };
}

/** `tree`: the packed files that a shell command may look at. */
export async function runJob(
  ctx: WorkflowContext,
  plan: JudgedPlan,
  approvalId: ApprovalId | null,
  tree: Digest | null,
): Promise<Packed> {
  const { blobs } = await collected(ctx.frozen, async (frozen) => {
    for (const address of [...(await inputsOf(plan, frozen)), ...(tree === null ? [] : [tree])]) {
      if ((await frozen.get(address)) === null) throw new Error(`the frozen ${address} is gone`);
    }
  });
  const { environment, digestKey } = ctx;
  const job: Job = { kind: 'run', environment, plan, approval_id: approvalId, tree, digest_key: digestKey };
  return { job, blobs };
}

/** The blobs that a plan froze; those of a snapshot are read on the way. */
async function inputsOf({ frozen }: JudgedPlan, blobs: Blobs): Promise<Digest[]> {
  switch (frozen.kind) {
    case 'terraform':
      if ((await loadSnapshot(frozen.snapshot, blobs)) === null) throw new Error('the frozen source is gone');
      return [frozen.artifact, frozen.planJson];
    case 'terraform-scan':
      if ((await loadSnapshot(frozen.snapshot, blobs)) === null) throw new Error('the frozen source is gone');
      return [];
    case 'kubectl':
      return [frozen.manifest, frozen.diff].filter((address) => address !== null);
    case 'shell':
      return [];
  }
}
