/** From a folder to a judged plan, on one machine: freeze, scan, decide whether terraform may even plan, plan, judge. */
import type { TerraformTarget } from '../core/action.ts';
import type { AuthorizedPlan } from '../core/authorize.ts';
import { newPlanId, type PlanId } from '../core/ids.ts';
import type { PlanRecord } from '../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import type { RunResult } from '../core/run.ts';
import type { Snapshot, TerraformLane } from '../ports/lanes.ts';
import type { LifecycleContext } from './context.ts';
import type { PlanRequest } from './engine.ts';
import { appliedAction, isDestroy, scannedAction } from './planned-action.ts';
import { failedOutcome, judgedOutcome } from './planned-plan.ts';
import { putText, redacted } from './put-text.ts';
import { recordPlan, replacePlan } from './record-plan.ts';
import { lacksModules } from './source-scan.ts';
import { stoppedByModules, stoppedByScan } from './stopped-plan.ts';

/**
 * Starts a plan. Resolves when the source is frozen and scanned: with the id of a plan that is being made
 * (it goes on by itself), or that waits for a human or is blocked because of what the scan found.
 */
export async function startTerraformPlan(
  ctx: LifecycleContext,
  request: PlanRequest,
): Promise<PlanId | Refusal> {
  const lane = await ctx.terraform();
  if ('unavailable' in lane) return refuse('tool_unavailable', lane.unavailable);
  const snapshot = await lane.snapshot(request.target);
  if (isRefusal(snapshot)) return snapshot;
  const action = scannedAction(request);
  const stopped = await stoppedByScan(ctx, action, snapshot);
  if (stopped !== null) return recordPlan(ctx, request.caller, action, stopped);
  return beginPlanning(ctx, lane, request, snapshot);
}

/**
 * Goes on with a plan that the scan had stopped and a human then approved. Makes a plan of its own: the
 * terraform plan, or, where modules had to be downloaded and the scan finds more in them, one that stops again.
 */
export async function resumeTerraformPlan(
  ctx: LifecycleContext,
  authorized: AuthorizedPlan,
  signal: AbortSignal,
): Promise<RunResult> {
  const { plan } = authorized;
  const { action } = plan;
  const result = { exit_code: null, output: null, stderr: null, error: null, produced_plan: null };
  const lane = await ctx.terraform();
  if ('unavailable' in lane)
    return { ...result, error: { code: 'tool_unavailable', message: lane.unavailable } };
  if (plan.frozen.kind !== 'terraform-scan' || action.kind !== 'terraform-plan') {
    return { ...result, error: { code: 'plan_not_ready', message: 'This plan did not stop at the scan.' } };
  }
  const approved = await lane.reopen(plan.frozen.snapshot);
  if (approved === null)
    return { ...result, error: { code: 'plan_tampered', message: 'The frozen source is gone. Plan again.' } };
  const snapshot = (await lacksModules(ctx, approved, action.args))
    ? await lane.fetchModules(plan.plan_id, action, approved.address, signal)
    : approved;
  if (isRefusal(snapshot)) {
    const error = { code: snapshot.code, message: await redacted(ctx, snapshot.why, []) };
    const text = await redacted(ctx, snapshot.text, []);
    return { ...result, stderr: text === '' ? null : await putText(ctx, text), error };
  }
  const again = await stoppedByModules(ctx, action, approved, snapshot);
  if (again !== null) {
    return { ...result, produced_plan: await recordPlan(ctx, plan.caller, action, again) };
  }
  const destroy = action.args.some((each) => each.flag === 'destroy');
  const request = { caller: plan.caller, target: action, destroy };
  const produced = await openPlanning(ctx, request);
  await planAndRecord(ctx, lane, produced, request, snapshot, signal);
  ctx.inFlight.release(produced.plan_id);
  const made = await ctx.store.get('plan', produced.plan_id);
  const failed = made?.value.state === 'plan_failed' ? made.value.failure : null;
  return { ...result, error: failed, produced_plan: produced.plan_id };
}

async function beginPlanning(
  ctx: LifecycleContext,
  lane: TerraformLane,
  request: PlanRequest,
  snapshot: Snapshot,
): Promise<PlanId> {
  const planning = await openPlanning(ctx, request);
  ctx.inFlight.start(planning.plan_id, (signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ctx.runTimeoutMs)]);
    return planAndRecord(ctx, lane, planning, request, snapshot, limit);
  });
  return planning.plan_id;
}

async function openPlanning(ctx: LifecycleContext, request: PlanRequest): Promise<PlanRecord> {
  const planId = newPlanId(ctx.random);
  ctx.inFlight.claim(planId);
  await recordPlan(
    ctx,
    request.caller,
    appliedAction(request),
    { state: 'planning', owner: ctx.liveness.self },
    planId,
  );
  const record = await ctx.store.get('plan', planId);
  if (record === null) throw new Error('a plan that was just written cannot be read');
  return record.value;
}

async function planAndRecord(
  ctx: LifecycleContext,
  lane: TerraformLane,
  planning: PlanRecord,
  request: PlanRequest,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<void> {
  const target: TerraformTarget & { destroy: boolean } = { ...request.target, destroy: isDestroy(request) };
  const plan = { ...planning, action: appliedAction(request) };
  try {
    const planned = await lane.plan(planning.plan_id, target, snapshot.address, signal);
    const outcome = isRefusal(planned)
      ? await failedOutcome(ctx, planned.code, planned.why, planned.text)
      : await judgedOutcome(ctx, plan, snapshot, planned);
    await replacePlan(ctx, planning, outcome);
  } catch (failure) {
    ctx.report(`plan ${planning.plan_id} broke: ${String(failure)}`);
    const why = 'Planning broke inside the gateway. Plan again.';
    await replacePlan(ctx, planning, await failedOutcome(ctx, 'execution_failed', why, ''));
  }
}
