/** The machine's step that judges a plan from its frozen bytes, claims it, and hands it to its lane. */
import type { AuthorizedPlan } from '../core/authorize.ts';
import { isRefusal } from '../core/refusal.ts';
import { authorizeNow, claimAudited } from '../lifecycle/authorize-now.ts';
import { lacksModules } from '../lifecycle/source-scan.ts';
import type { Lease } from '../ports/lanes.ts';
import {
  type Attempt,
  answerOf,
  type Opening,
  openAttempt,
  refuseAttempt,
  type StepAnswer,
  sendToLane,
} from './attempt.ts';
import { snapshotOf } from './begin.ts';
import type { WorkflowContext } from './context.ts';
import { planJob, runJob } from './jobs.ts';
import { whyMissing } from './missing-plan.ts';
import { sourceNameOf } from './source.ts';
import { unlessTooLarge } from './too-large.ts';

/** Called again for the same attempt, it goes on where it was: claims are made once. */
export async function authorizeStep(ctx: WorkflowContext, opening: Opening): Promise<StepAnswer> {
  const attempt = await openAttempt(ctx, opening);
  const { stage, plan_id, caller, runs } = attempt.value;
  if (stage.state !== 'begun' && stage.state !== 'judged') return answerOf(stage);
  const authorized = await authorizeNow(ctx, plan_id, caller, runs, true);
  if (isRefusal(authorized)) {
    const missing = authorized.code === 'plan_not_found';
    return refuseAttempt(ctx, attempt, missing ? await whyMissing(ctx, plan_id) : authorized);
  }
  const lease = await claimAudited(ctx, authorized, caller, true);
  if (isRefusal(lease)) return refuseAttempt(ctx, attempt, lease);
  return unlessTooLarge(ctx, attempt, handOver(ctx, attempt, lease, authorized));
}

/** Nothing is handed over without a lease. */
async function handOver(
  ctx: WorkflowContext,
  attempt: Attempt,
  lease: Lease,
  { plan, approvalId }: AuthorizedPlan,
): Promise<StepAnswer> {
  const { environment } = ctx;
  const { action, frozen } = plan;
  const subject = { action, input: null, authorized: null };
  const claimed = { run_id: lease.run_id, subject };
  if (action.kind === 'terraform-plan' && frozen.kind === 'terraform-scan') {
    const snapshot = await snapshotOf(ctx, frozen.snapshot);
    const source = { content: frozen.snapshot, commit: action.commit ?? '' };
    if (await lacksModules(ctx, snapshot.value, action.args)) {
      const job = {
        kind: 'fetch-modules',
        environment,
        plan_id: plan.plan_id,
        target: action,
        snapshot: frozen.snapshot,
      } as const;
      return sendToLane(ctx, attempt, job, snapshot.blobs, { ...claimed, source });
    }
    const { job, blobs } = planJob(ctx, plan.plan_id, action, snapshot);
    return sendToLane(ctx, attempt, job, blobs, { ...claimed, source });
  }
  if (action.kind === 'shell' && action.cwd !== '.') {
    const job = {
      kind: 'fetch-source',
      environment,
      source: sourceNameOf(action.cwd),
      cwd: action.cwd,
      ref: null,
      want: 'tree',
    } as const;
    return sendToLane(ctx, attempt, job, new Map(), {
      ...claimed,
      subject: { ...subject, authorized: plan },
    });
  }
  const { job, blobs } = await runJob(ctx, plan, approvalId, null);
  return sendToLane(ctx, attempt, job, blobs, claimed);
}
