/** What every tool that runs an existing plan does. */
import type { ActionKind } from '../core/action.ts';
import { type PlanId, parsePlanId } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import { isRefusal } from '../core/refusal.ts';
import { mayUse, planNotFound } from '../core/usable-plan.ts';
import { readPlan } from '../lifecycle/recover.ts';
import { viewPlan } from './plan-view.ts';
import { refused, type ToolResult } from './result.ts';
import type { ToolContext } from './tool.ts';

/** Starts the plan's one run, waits within the budget, and answers with its end or `running`. */
export async function runAndAnswer(
  ctx: ToolContext,
  planIdText: string,
  caller: Caller,
  runs: readonly ActionKind[],
): Promise<ToolResult> {
  const id = parsePlanId(planIdText);
  if (id === null) return refused(planNotFound());
  const work = await ctx.engine.run(id, caller, runs);
  if (isRefusal(work)) return refused(work, await about(ctx, id, caller));
  const settled = await work.settled(ctx.waitBudgetMs);
  if (isRefusal(settled)) return refused(settled, await about(ctx, id, caller));
  const plan = await readPlan(ctx, id);
  if (plan === null) throw new Error('a plan that just ran cannot be read');
  return viewPlan(ctx, plan, settled.state);
}

/** A refusal still says what it is about, to the agent whose plan it is. */
async function about(ctx: ToolContext, id: PlanId, caller: Caller): Promise<Partial<ToolResult>> {
  const plan = await readPlan(ctx, id);
  if (plan === null || !mayUse(plan, caller, ctx.policy)) return {};
  const reasons = 'reasons' in plan ? { reasons: plan.reasons, digest: plan.digest } : {};
  return { plan_id: id, expires_at: plan.expires_at, ...reasons };
}
