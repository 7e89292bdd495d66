/** From a plan id to a run that has started: authorise, audit, claim, start. */
import type { ActionKind } from '../core/action.ts';
import type { AuthorizedPlan } from '../core/authorize.ts';
import { type PlanId, type RunId, runIdOf } from '../core/ids.ts';
import type { Caller, JudgedPlan } from '../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import type { RunResult } from '../core/run.ts';
import type { Lease } from '../ports/lanes.ts';
import { authorizeNow, claimAudited } from './authorize-now.ts';
import { releaseLease } from './claim.ts';
import type { LifecycleContext } from './context.ts';
import { finishRun } from './finish.ts';

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
    const lease = await claimAudited(ctx, authorized, caller);
    if (isRefusal(lease)) return lease;
    ctx.inFlight.start(runId, (signal) => carryOut(ctx, lease, authorized, signal));
    return { runId, plan: authorized.plan };
  } finally {
    ctx.inFlight.release(runId);
  }
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
