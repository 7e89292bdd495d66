/** What every kubectl and shell tool does with its parsed action. */
import type { Action } from '../core/action.ts';
import type { Caller } from '../core/plan.ts';
import { isRefusal } from '../core/refusal.ts';
import { act } from '../lifecycle/act.ts';
import { readPlan } from '../lifecycle/recover.ts';
import type { ActionInput, ActionLane } from '../ports.ts';
import { viewPlan } from './plan-view.ts';
import { refused, type ToolResult } from './result.ts';
import type { ToolContext } from './tool.ts';

export async function actAndAnswer(
  ctx: ToolContext,
  lane: ActionLane | { readonly unavailable: string },
  request: {
    readonly caller: Caller;
    readonly action: Action;
    readonly input: ActionInput;
    readonly planId: string | undefined;
  },
): Promise<ToolResult> {
  const acted = await act(ctx, lane, { ...request, planId: request.planId ?? null });
  if (isRefusal(acted))
    return refused(acted, request.planId === undefined ? {} : { plan_id: request.planId });
  if (acted.run !== null) await ctx.inFlight.settled(acted.run.runId, ctx.waitBudgetMs);
  const plan = await readPlan(ctx, acted.planId);
  if (plan === null) throw new Error('a plan that was just written cannot be read');
  const view = await viewPlan(ctx, plan);
  return view.executed ? view : { ...view, success: false };
}
