/** What a fetched source becomes: scanned and sent to be planned, stopped, or handed to the call that needs it. */
import type { Action, TerraformTarget } from '../core/action.ts';
import type { Digest } from '../core/canonical.ts';
import { isRefusal, refuse } from '../core/refusal.ts';
import { parseManifest } from '../executor/kubectl/frozen.ts';
import { loadSnapshot } from '../executor/terraform/snapshot.ts';
import { appliedAction, scannedAction } from '../lifecycle/planned-action.ts';
import { replacePlan } from '../lifecycle/record-plan.ts';
import { stoppedByModules, stoppedByScan } from '../lifecycle/stopped-plan.ts';
import { type Attempt, endAttempt, type StepAnswer, sendToLane } from './attempt.ts';
import { observe, snapshotOf } from './begin.ts';
import type { WorkflowContext } from './context.ts';
import { endRun, failAttempt } from './fail.ts';
import type { JobResult, Parcel } from './job.ts';
import { type PackedSnapshot, planJob, runJob } from './jobs.ts';
import { collected, keepAll, ParcelBlobs } from './parcel-blobs.ts';
import { type Planning, planningOf } from './planning.ts';
import { recordProduced } from './produced.ts';

type Fetched = Extract<JobResult, { kind: 'fetched' }>;

export async function takeFetched(
  ctx: WorkflowContext,
  attempt: Attempt,
  fetched: Fetched,
  parcel: Parcel,
): Promise<StepAnswer> {
  if (attempt.value.run_id !== null) return takeTree(ctx, attempt, fetched, parcel);
  const plan = await planningOf(ctx, attempt);
  if (plan === null) return endAttempt(ctx, attempt);
  if (plan.action.kind === 'kubectl-apply') return takeFile(ctx, attempt, plan, fetched, parcel);
  if (!('args' in plan.action)) return endAttempt(ctx, attempt);
  const snapshot = await snapshotIn(parcel, fetched.content);
  if (snapshot === null || `${snapshot.value.rootModule}` !== plan.action.cwd) return unusable(ctx, attempt);
  await keepAll(ctx.frozen, snapshot.blobs);
  return scanAndPlan(ctx, attempt, plan, snapshot, fetched.commit);
}

async function scanAndPlan(
  ctx: WorkflowContext,
  attempt: Attempt,
  plan: Planning,
  snapshot: PackedSnapshot,
  commit: string,
): Promise<StepAnswer> {
  if (!('args' in plan.action)) throw new Error('only terraform plans are scanned');
  const target = { ...plan.action, commit };
  const request = { target, destroy: plan.action.kind === 'terraform-destroy' };
  const scanned = scannedAction(withoutKind(request));
  const stopped = await stoppedByScan(ctx, scanned, snapshot.value);
  if (stopped !== null) {
    await replacePlan(ctx, plan, stopped, scanned);
    return endAttempt(ctx, attempt);
  }
  const { job, blobs } = planJob(ctx, plan.plan_id, appliedAction(withoutKind(request)), snapshot);
  return sendToLane(ctx, attempt, job, blobs, { source: { content: snapshot.value.address, commit } });
}

/** The kind of an action is said by what is asked for, not carried along with its target. */
function withoutKind({ target, destroy }: { target: Action & TerraformTarget; destroy: boolean }) {
  const { kind: _, ...rest } = target;
  return { target: rest, destroy };
}

/** A run that goes on after its modules were fetched. */
export async function takeModules(
  ctx: WorkflowContext,
  attempt: Attempt,
  { content }: Extract<JobResult, { kind: 'modules' }>,
  parcel: Parcel,
): Promise<StepAnswer> {
  const { subject, source: known, plan_id } = attempt.value;
  const action = subject?.action;
  if (action?.kind !== 'terraform-plan' || known === null) return unusable(ctx, attempt);
  const approved = await snapshotOf(ctx, known.content);
  const snapshot = await snapshotIn(parcel, content);
  if (snapshot === null || snapshot.value.modules?.source !== approved.value.address)
    return unusable(ctx, attempt);
  await keepAll(ctx.frozen, snapshot.blobs);
  const again = await stoppedByModules(ctx, action, approved.value, snapshot.value);
  if (again !== null) {
    const produced_plan = await recordProduced(ctx, attempt, action, again);
    return endRun(ctx, attempt, { exit_code: null, output: null, stderr: null, error: null, produced_plan });
  }
  const { job, blobs } = planJob(ctx, plan_id, action, snapshot);
  const source = { content, commit: known.commit };
  return sendToLane(ctx, attempt, job, blobs, { source });
}

async function takeFile(
  ctx: WorkflowContext,
  attempt: Attempt,
  plan: Planning,
  { content, commit }: Fetched,
  parcel: Parcel,
): Promise<StepAnswer> {
  const bytes = await new ParcelBlobs(parcel.blobs).get(content);
  if (bytes === null || plan.action.kind !== 'kubectl-apply') return unusable(ctx, attempt);
  const manifest = parseManifest(bytes, plan.action);
  if (isRefusal(manifest)) return failAttempt(ctx, attempt, manifest);
  const withSource = { ...attempt, value: { ...attempt.value, source: { content, commit } } };
  return observe(ctx, withSource, plan, content, new Map([[content, bytes]]));
}

/** The files that an authorised shell command may look at. */
async function takeTree(
  ctx: WorkflowContext,
  attempt: Attempt,
  { content, commit }: Fetched,
  parcel: Parcel,
): Promise<StepAnswer> {
  const { run_id, subject } = attempt.value;
  const plan = subject?.authorized ?? null;
  const run = run_id === null ? null : ((await ctx.store.get('run', run_id))?.value ?? null);
  const bytes = await new ParcelBlobs(parcel.blobs).get(content);
  if (bytes === null || plan === null || run === null) return unusable(ctx, attempt);
  await ctx.frozen.put(bytes);
  const { job, blobs } = await runJob(ctx, plan, run.approval_id, content);
  return sendToLane(ctx, attempt, job, blobs, { source: { content, commit } });
}

/** Null where the parcel does not hold all of it. */
async function snapshotIn(parcel: Parcel, address: Digest): Promise<PackedSnapshot | null> {
  const found = await collected(new ParcelBlobs(parcel.blobs), (blobs) => loadSnapshot(address, blobs)).catch(
    () => null,
  );
  return found === null || found.value === null ? null : { value: found.value, blobs: found.blobs };
}

function unusable(ctx: WorkflowContext, attempt: Attempt): Promise<StepAnswer> {
  const problem = refuse(
    'source_not_found',
    'The source did not come back whole. Try again, or tell the operator.',
  );
  return failAttempt(ctx, attempt, problem);
}
