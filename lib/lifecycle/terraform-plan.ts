/** From a folder to a judged plan: freeze, scan, decide whether terraform may even plan, plan, evaluate, decide. */
import type { Action, TerraformTarget } from '../core/action.ts';
import type { AuthorizedPlan } from '../core/authorize.ts';
import { canonicalJson, type Digest, digestOf } from '../core/canonical.ts';
import { isAtLeast } from '../core/decision.ts';
import type { Finding } from '../core/finding.ts';
import { newPlanId, type PlanId } from '../core/ids.ts';
import type { Caller, JudgedPlan, PlanRecord } from '../core/plan.ts';
import { decide } from '../core/policy/decide.ts';
import { redactAssignments, redactText } from '../core/redact.ts';
import { type ErrorCode, isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import type { RunResult } from '../core/run.ts';
import { sensitiveValues } from '../core/terraform/consequences.ts';
import { judgeTerraformPlan } from '../core/terraform/judge.ts';
import type { Snapshot, TerraformLane, TerraformPlanned } from '../ports.ts';
import { appliedHistory } from './applied-history.ts';
import { capEvaluation } from './cap-evaluation.ts';
import type { LifecycleContext } from './context.ts';
import type { PlanRequest } from './engine.ts';
import { scanDigestParts } from './evidence.ts';
import { recordPlan, replacePlan } from './record-plan.ts';
import { lacksModules, scanSource } from './source-scan.ts';
import { stoppedSourceText } from './stopped-source.ts';

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
  const action: Action = { kind: 'terraform-plan', ...destroyTarget(request) };
  const findings = await scanSource(ctx, snapshot, request.target.args);
  const { decision, reasons } = decide(action, ctx.environment, ctx.policy, findings);
  if (isAtLeast(decision, 'escalate')) {
    return recordStopped(ctx, request.caller, action, snapshot, findings, { decision, reasons });
  }
  return beginPlanning(ctx, lane, request, snapshot);
}

/** A plan that waits for a human, or is blocked, because of what the scan found. */
async function recordStopped(
  ctx: LifecycleContext,
  caller: Caller,
  action: Action,
  snapshot: Snapshot,
  findings: readonly Finding[],
  { decision, reasons }: ReturnType<typeof decide>,
): Promise<PlanId> {
  const digestParts = scanDigestParts(ctx.environment, action, snapshot);
  return recordPlan(ctx, caller, action, {
    state: decision === 'block' ? 'blocked' : 'needs_approval',
    decision,
    reasons,
    evaluation: null,
    evaluationBlob: null,
    digest: digestOf(digestParts),
    digestParts,
    frozen: { kind: 'terraform-scan', snapshot: snapshot.address },
    outputBlob: await putText(ctx, await stoppedSourceText(ctx, snapshot, findings)),
  });
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
  const verdict = await verdictOnMore(ctx, action, approved, snapshot);
  if (verdict !== null) {
    const found = await scanSource(ctx, snapshot, action.args);
    return {
      ...result,
      produced_plan: await recordStopped(ctx, plan.caller, action, snapshot, found, verdict),
    };
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

/**
 * The verdict on a source with its modules, if they bring something that would have stopped the plan beyond
 * what the human approved; else null.
 */
async function verdictOnMore(
  ctx: LifecycleContext,
  action: Action & TerraformTarget,
  approved: Snapshot,
  snapshot: Snapshot,
): Promise<ReturnType<typeof decide> | null> {
  const known = new Set((await scanSource(ctx, approved, action.args)).map((each) => canonicalJson(each)));
  const findings = await scanSource(ctx, snapshot, action.args);
  const more = findings.filter((each) => !known.has(canonicalJson(each)));
  const judge = (found: typeof findings) => decide(action, ctx.environment, ctx.policy, found);
  if (more.length === 0 || !isAtLeast(judge(more).decision, 'escalate')) return null;
  return judge(findings);
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
  const target = { ...request.target, destroy: isDestroy(request) };
  try {
    const planned = await lane.plan(planning.plan_id, target, snapshot.address, signal);
    if (isRefusal(planned)) {
      await fail(ctx, planning, planned.code, planned.why, planned.text);
    } else {
      await judgeAndRecord(ctx, planning, request, snapshot, planned);
    }
  } catch (failure) {
    ctx.report(`plan ${planning.plan_id} broke: ${String(failure)}`);
    await fail(ctx, planning, 'execution_failed', 'Planning broke inside the gateway. Plan again.', '');
  }
}

async function judgeAndRecord(
  ctx: LifecycleContext,
  planning: PlanRecord,
  request: PlanRequest,
  snapshot: Snapshot,
  planned: TerraformPlanned,
): Promise<void> {
  const judged = judgeTerraformPlan({
    action: planning.action,
    environment: ctx.environment,
    policy: ctx.policy,
    planJson: planned.planJson,
    scan: await scanSource(ctx, snapshot, request.target.args),
    history: await appliedHistory(ctx, planning),
  });
  if (!judged.ok) return fail(ctx, planning, 'execution_failed', judged.problem, planned.text);
  const { plan, assessment, decision, reasons } = judged.judgement;
  if (plan.errored) {
    return fail(
      ctx,
      planning,
      'execution_failed',
      'Terraform reports that this plan failed; it cannot be applied.',
      planned.text,
    );
  }
  const text = await redacted(ctx, planned.text, sensitiveValues(plan));
  const done: Omit<JudgedPlan, keyof PlanRecordCommon> = {
    state: decision === 'block' ? 'blocked' : decision === 'escalate' ? 'needs_approval' : 'ready',
    decision,
    reasons,
    evaluation: capEvaluation(assessment.evaluation),
    evaluationBlob: await putText(ctx, JSON.stringify(assessment.evaluation)),
    digest: planned.digest,
    digestParts: planned.digestParts,
    frozen: planned.frozen,
    outputBlob: await putText(ctx, text),
  };
  await replacePlan(ctx, planning, done);
}

type PlanRecordCommon = Pick<
  PlanRecord,
  'plan_id' | 'environment' | 'caller' | 'action' | 'created_at' | 'expires_at' | 'audit'
>;

async function fail(
  ctx: LifecycleContext,
  planning: PlanRecord,
  code: ErrorCode,
  message: string,
  text: string,
): Promise<void> {
  const outputBlob = text === '' ? null : await putText(ctx, await redacted(ctx, text, []));
  const failure = { code, message: await redacted(ctx, message, []) };
  await replacePlan(ctx, planning, { state: 'plan_failed', failure, outputBlob });
}

async function redacted(ctx: LifecycleContext, text: string, secrets: readonly string[]): Promise<string> {
  return ctx.sweep(redactAssignments(redactText(text, secrets)));
}

function putText(ctx: LifecycleContext, text: string): Promise<Digest> {
  return ctx.blobs.put(new TextEncoder().encode(text));
}

function isDestroy(request: PlanRequest): boolean {
  return request.destroy || request.target.args.some((each) => each.flag === 'destroy');
}

/** The target with `-destroy` among its arguments exactly where the plan destroys, however it was asked for. */
function destroyTarget(request: PlanRequest): TerraformTarget {
  const others = request.target.args.filter((each) => each.flag !== 'destroy');
  return { ...request.target, args: isDestroy(request) ? [...others, { flag: 'destroy' }] : others };
}

function appliedAction(request: PlanRequest): Action {
  return { ...destroyTarget(request), kind: isDestroy(request) ? 'terraform-destroy' : 'terraform-apply' };
}
