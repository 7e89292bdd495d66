/** Why a plan is not there for those who judge: nobody made it, or somebody has changed it. */
import type { PlanId } from '../core/ids.ts';
import type { Refusal } from '../core/refusal.ts';
import { planNotFound, planRewritten } from '../core/usable-plan.ts';
import type { WorkflowContext } from './context.ts';

export async function whyMissing(ctx: WorkflowContext, planId: PlanId): Promise<Refusal> {
  return (await ctx.isRewritten(planId)) ? planRewritten() : planNotFound();
}
