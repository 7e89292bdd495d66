/** From a plan id to a run that has started: authorise, audit, claim, start. */
import type { ActionKind } from '../core/action.ts';
import { type AuthorizedPlan, authorize, type Evidence } from '../core/authorize.ts';
import { type PlanId, type RunId, runIdOf } from '../core/ids.ts';
import { type Caller, isExpired, type JudgedPlan, type PlanRecord } from '../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import type { RunResult } from '../core/run.ts';
import type { Lease } from '../ports.ts';
import { approvalFor } from './approvals.ts';
import { claim, releaseLease } from './claim.ts';
import type { LifecycleContext } from './context.ts';
import { finishRun } from './finish.ts';
import { readPlan, readRun } from './recover.ts';

export interface RunStarted {
  readonly runId: RunId;
  readonly plan: JudgedPlan;
}

/**
 * Starts the one run that a plan may have. Resolves once it has started (or was refused); the run goes on by
 * itself, whether or not the caller stays. `runs` names the kinds of action that the calling tool runs.
 */
export async function runPlan(
  ctx: LifecycleContext,
  planId: PlanId,
  caller: Caller,
  runs: readonly ActionKind[],
): Promise<RunStarted | Refusal> {
  const runId = runIdOf(planId);
  if (ctx.inFlight.has(runId)) return startedAlready(planId);
  ctx.inFlight.claim(runId);
  try {
    const authorized = await authorizeNow(ctx, planId, caller, runs);
    if (isRefusal(authorized)) return authorized;
    const audit = await ctx.audit.append({
      at: ctx.clock.now().toISOString(),
      actor: `agent:${caller.agent}`,
      environment: ctx.environment,
      type: 'run.authorized',
      data: {
        run_id: runId,
        plan_id: planId,
        digest: authorized.plan.digest,
        approval_id: authorized.approvalId,
        decision: authorized.decision,
        lane: authorized.lane,
      },
    });
    const lease = await claim(ctx, authorized, audit);
    if (isRefusal(lease)) return lease;
    ctx.inFlight.start(runId, (signal) => carryOut(ctx, lease, authorized, signal));
    return { runId, plan: authorized.plan };
  } finally {
    ctx.inFlight.release(runId);
  }
}

async function authorizeNow(
  ctx: LifecycleContext,
  planId: PlanId,
  caller: Caller,
  runs: readonly ActionKind[],
): Promise<AuthorizedPlan | Refusal> {
  const plan = await readPlan(ctx, planId);
  const run = plan === null ? null : await readRun(ctx, runIdOf(planId));
  const view = isJudged(plan) ? await approvalFor(ctx, plan.digest) : null;
  return authorize({
    plan,
    environment: ctx.environment,
    caller,
    runs,
    run,
    evidence: await evidenceFor(ctx, plan, run === null),
    approval: view?.approval ?? null,
    votes: view?.votes ?? [],
    spend: view?.spend ?? null,
    policy: ctx.policy,
    now: ctx.clock.now(),
    verify: (vote) => ctx.verifier.verifyVote(vote),
  });
}

function isJudged(plan: PlanRecord | null): plan is JudgedPlan {
  return plan !== null && plan.state !== 'planning' && plan.state !== 'plan_failed';
}

/** Reading frozen bytes back costs time; a plan that is refused anyway is spared it. */
async function evidenceFor(
  ctx: LifecycleContext,
  plan: PlanRecord | null,
  unused: boolean,
): Promise<Evidence | null> {
  if (!isJudged(plan) || !unused || isExpired(plan, ctx.clock.now())) return null;
  // Loaded when the first plan is to run: it brings the rules for every resource type.
  const { readEvidence } = await import('./evidence.ts');
  return readEvidence(ctx, plan);
}

async function carryOut(
  ctx: LifecycleContext,
  lease: Lease,
  authorized: AuthorizedPlan,
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ctx.runTimeoutMs)]);
  let result: RunResult;
  try {
    result = await execute(ctx, lease, authorized, limit);
  } catch (failure) {
    ctx.report(`run ${authorized.runId} broke: ${String(failure)}`);
    result = brokenRun(failure);
  }
  await finishRun(ctx, authorized.runId, result, signal.aborted);
  if (lease.resource !== null) await releaseLease(ctx, lease.resource, authorized.runId);
}

async function execute(
  ctx: LifecycleContext,
  lease: Lease,
  authorized: AuthorizedPlan,
  signal: AbortSignal,
): Promise<RunResult> {
  if (authorized.plan.action.kind !== 'terraform-plan') return ctx.executor.start(lease, authorized, signal);
  const { resumeTerraformPlan } = await import('./terraform-plan.ts');
  return resumeTerraformPlan(ctx, authorized, signal);
}

function brokenRun(failure: unknown): RunResult {
  return {
    exit_code: null,
    output: null,
    stderr: null,
    error: {
      code: 'execution_failed',
      message: `The executor broke: ${failure instanceof Error ? failure.message : 'unknown'}. Plan again and look at what changed.`,
    },
    produced_plan: null,
  };
}

function startedAlready(planId: PlanId): Refusal {
  return refuse('plan_used', 'This plan is being run right now.', {
    tool: 'gateway_get_plan',
    arguments: { plan_id: planId, wait_seconds: 20 },
  });
}
