/** Starting a plan as its own agent would, for a human who broke the glass. */
import { runIdOf } from '../lib/core/ids.ts';
import type { JudgedPlan } from '../lib/core/plan.ts';
import { isRefusal } from '../lib/core/refusal.ts';
import type { ToolContext } from '../lib/tools/tool.ts';

export function startingFrom({ engine }: Pick<ToolContext, 'engine'>) {
  return async (plan: JudgedPlan) => {
    const begun = await engine.run(plan.plan_id, plan.caller, [plan.action.kind]);
    return isRefusal(begun) ? begun : { run_id: runIdOf(plan.plan_id) };
  };
}
