/** A plan that an agent proposed and that is not judged yet. */
import type { PlanRecord } from '../core/plan.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Attempt } from './attempt.ts';
import type { WorkflowContext } from './context.ts';

export type Planning = Extract<PlanRecord, { state: 'planning' }>;

/** The plan of this attempt while it is being made, with the action that the attempt began with. */
export async function planningOf(ctx: WorkflowContext, attempt: Attempt): Promise<Planning | null> {
  const { plan_id, subject } = attempt.value;
  const plan = (await ctx.store.get('plan', plan_id))?.value ?? null;
  return plan?.state === 'planning' && subject !== null ? { ...plan, action: subject.action } : null;
}

export const NO_CLUSTER_HERE: Refusal = refuse(
  'tool_unavailable',
  'This gateway has no cluster. The operator must configure one.',
);
