/** Ending an attempt that came to nothing: its plan or its run says why. */
import { type ErrorCode, refuse } from '../core/refusal.ts';
import type { RunResult } from '../core/run.ts';
import { leasedResource, releaseLease } from '../lifecycle/claim.ts';
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
  const { run_id, plan_id } = attempt.value;
  if (run_id !== null) {
    const shown = await redacted(ctx, text, []);
    return endRun(ctx, attempt, {
      exit_code: null,
      output: null,
      stderr: shown === '' ? null : await putText(ctx, shown),
      error: { code, message: await redacted(ctx, why, []) },
      produced_plan: null,
    });
  }
  const plan = (await ctx.store.get('plan', plan_id))?.value ?? null;
  if (plan?.state !== 'planning') return refuseAttempt(ctx, attempt, refuse(code, why));
  await replacePlan(ctx, plan, await failedOutcome(ctx, code, why, text));
  return endAttempt(ctx, attempt);
}

/** Records how the run ended, and lets the next one at its workspace. */
export async function endRun(
  ctx: WorkflowContext,
  attempt: Attempt,
  result: RunResult,
  cancelled = false,
): Promise<StepAnswer> {
  const { run_id, plan_id } = attempt.value;
  if (run_id === null) throw new Error('an attempt without a run cannot end one');
  await finishRun(ctx, run_id, result, cancelled);
  const plan = (await ctx.store.get('plan', plan_id))?.value;
  const resource = plan === undefined ? null : leasedResource(plan.action);
  if (resource !== null) await releaseLease(ctx, resource, run_id);
  return endAttempt(ctx, attempt);
}
