/**
 * A call that goes on with a plan gives its required arguments again. What it may leave out and leaves out is
 * taken from the plan, not from the defaults; what it gives must be what was planned.
 */
import { parsePlanId } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import { mayUse } from '../core/usable-plan.ts';
import type { RecordsContext } from '../lifecycle/context.ts';
import { readPlan } from '../lifecycle/recover.ts';
import { plannedCall } from './run-call.ts';

/** The arguments with those of the plan where they were left out; as they are where there is no such plan of this tool. */
export async function repeatedCall(
  ctx: RecordsContext,
  tool: string,
  args: unknown,
  caller: Caller,
): Promise<unknown> {
  if (typeof args !== 'object' || args === null || !('plan_id' in args)) return args;
  const id = typeof args.plan_id === 'string' ? parsePlanId(args.plan_id) : null;
  const plan = id === null ? null : await readPlan(ctx, id);
  if (plan === null || plan.environment !== ctx.environment || !mayUse(plan, caller, ctx.policy)) return args;
  const planned = plannedCall(plan.action);
  if (planned.tool !== tool) return args;
  const { file, ...rest } = planned.arguments;
  // Two ways to say the same thing: whoever gives a manifest did not leave the file out.
  return 'manifest' in args || file === undefined ? { ...rest, ...args } : { ...rest, file, ...args };
}
