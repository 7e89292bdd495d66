/** What every kubectl and shell tool does with its parsed action. */
import { isRefusal } from '../core/refusal.ts';
import type { ActRequest } from '../lifecycle/engine.ts';
import { readPlan } from '../lifecycle/recover.ts';
import { viewPlan } from './plan-view.ts';
import { refused, type ToolResult } from './result.ts';
import type { ToolContext } from './tool.ts';

export async function actAndAnswer(
  ctx: ToolContext,
  request: Omit<ActRequest, 'planId'> & { readonly planId: string | undefined },
): Promise<ToolResult> {
  const { planId } = request;
  const about = planId === undefined ? {} : { plan_id: planId };
  const work = await ctx.engine.act({ ...request, planId: planId ?? null });
  if (isRefusal(work)) return refused(work, about);
  const settled = await work.settled(ctx.waitBudgetMs);
  if (isRefusal(settled)) return refused(settled, about);
  const plan = await readPlan(ctx, work.planId);
  if (plan === null) throw new Error('a plan that was just written cannot be read');
  const view = await viewPlan(ctx, plan, settled.state);
  return view.executed || settled.state === 'going' ? view : { ...view, success: false };
}
