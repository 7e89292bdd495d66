/** The plan that an approved, resumed terraform plan leads to. Its id follows from the run's: one run, one plan. */
import { createHash } from 'node:crypto';
import type { Action } from '../core/action.ts';
import { base32, type PlanId, parsePlanId, type RunId } from '../core/ids.ts';
import { type PlanOutcome, recordPlan } from '../lifecycle/record-plan.ts';
import type { Attempt } from './attempt.ts';
import type { WorkflowContext } from './context.ts';

export async function recordProduced(
  ctx: WorkflowContext,
  attempt: Attempt,
  action: Action,
  outcome: PlanOutcome,
): Promise<PlanId> {
  const { run_id, plan_id } = attempt.value;
  if (run_id === null) throw new Error('only a run produces a plan');
  const id = producedBy(run_id);
  // A step that is taken twice finds what it recorded.
  if ((await ctx.store.get('plan', id)) !== null) return id;
  const stopped = (await ctx.store.get('plan', plan_id))?.value;
  return recordPlan(ctx, stopped?.caller ?? attempt.value.caller, action, outcome, id);
}

function producedBy(run: RunId): PlanId {
  const id = parsePlanId(
    `plan_${base32(createHash('sha256').update(`plan of ${run}`).digest().subarray(0, 16))}`,
  );
  if (id === null) throw new Error('no plan id');
  return id;
}
