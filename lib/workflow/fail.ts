/** Ending an attempt that came to nothing: its plan or its run says why. */
import type { Action } from '../core/action.ts';
import type { AttemptRecord } from '../core/attempt.ts';
import { type RunId, runIdOf } from '../core/ids.ts';
import { type ErrorCode, refuse } from '../core/refusal.ts';
import type { RunResult } from '../core/run.ts';
import { isOwnRun, leasedResource, releaseLease } from '../lifecycle/claim.ts';
import { finishRun } from '../lifecycle/finish.ts';
import { failedOutcome } from '../lifecycle/planned-plan.ts';
import { putText, redacted } from '../lifecycle/put-text.ts';
import { replacePlan } from '../lifecycle/record-plan.ts';
import { type Attempt, endAttempt, refuseAttempt, type StepAnswer } from './attempt.ts';
import type { WorkflowContext } from './context.ts';

/** `text`: what a tool printed, unredacted. */
export async function failAttempt(
  ctx: WorkflowContext,
  attempt: Attempt,
  problem: { readonly code: ErrorCode; readonly why: string },
  text = '',
): Promise<StepAnswer> {
  const { code, why } = problem;
  if ((await claimedBy(ctx, attempt.value)) !== null) {
    const shown = await redacted(ctx, text, []);
    return endRun(ctx, attempt, {
      exit_code: null,
      output: null,
      stderr: shown === '' ? null : await putText(ctx, shown),
      error: { code, message: await redacted(ctx, why, []) },
      produced_plan: null,
    });
  }
  const plan = (await ctx.store.get('plan', attempt.value.plan_id))?.value ?? null;
  if (plan?.state === 'planning') {
    await replacePlan(ctx, plan, await failedOutcome(ctx, code, why, text));
    return endAttempt(ctx, attempt);
  }
  // It may have died between its claims: whoever comes next need not wait for what it never began.
  await letGo(ctx, plan?.action ?? null, runIdOf(attempt.value.plan_id));
  return refuseAttempt(ctx, attempt, refuse(code, why));
}

/** Records how the run ended, and lets the next one at its workspace. Rejects while the record says that it runs. */
export async function endRun(
  ctx: WorkflowContext,
  attempt: Attempt,
  result: RunResult,
  cancelled = false,
): Promise<StepAnswer> {
  const { plan_id, subject } = attempt.value;
  const runId = await claimedBy(ctx, attempt.value);
  if (runId === null) throw new Error('an attempt without a run cannot end one');
  await recordEnd(ctx, runId, result, cancelled);
  const action = subject?.action ?? (await ctx.store.get('plan', plan_id))?.value.action ?? null;
  await letGo(ctx, action, runId);
  return endAttempt(ctx, attempt);
}

/** The run that this attempt claimed, also where it died before its own record could say so. */
export async function claimedBy(
  ctx: WorkflowContext,
  { run_id, plan_id }: Pick<AttemptRecord, 'run_id' | 'plan_id'>,
): Promise<RunId | null> {
  if (run_id !== null) return run_id;
  const id = runIdOf(plan_id);
  return isOwnRun(ctx, (await ctx.store.get('run', id))?.value ?? null) ? id : null;
}

export async function recordEnd(
  ctx: WorkflowContext,
  runId: RunId,
  result: RunResult,
  cancelled: boolean,
): Promise<void> {
  await finishRun(ctx, runId, result, cancelled);
  // An attempt that is over is not looked at again: it may be over only once its run is.
  const state = (await ctx.store.get('run', runId))?.value.state;
  if (state === 'running') throw new Error(`the end of ${runId} could not be recorded`);
}

async function letGo(ctx: WorkflowContext, action: Action | null, runId: RunId): Promise<void> {
  const resource = action === null ? null : leasedResource(action);
  if (resource !== null) await releaseLease(ctx, resource, runId);
}
