import * as z from 'zod';
import type { TerraformTarget } from '../core/action.ts';
import { parsePlanId } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import { mayUse } from '../core/usable-plan.ts';
import { readPlan } from '../lifecycle/recover.ts';
import { cwd, planId, ref, workspace } from './arguments.ts';
import { refused } from './result.ts';
import { runAndAnswer } from './run-tool.ts';
import { answerWhenPlanned } from './terraform-plan.ts';
import { parseTarget } from './terraform-target.ts';
import { defineTool, type ToolContext } from './tool.ts';

export const terraformDestroy = defineTool({
  name: 'gateway_terraform_destroy',
  title: 'Destroy what a workspace manages',
  description:
    'Without plan_id: makes a destroy plan and says what would be lost; nothing is destroyed. With the plan_id of an approved destroy plan: carries it out, once. Policy may forbid it altogether.',
  input: z.strictObject({
    cwd,
    workspace,
    ref,
    plan_id: planId.optional().describe('A destroy plan that has been approved.'),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  handle: async (ctx, args, caller) => {
    const target = parseTarget(args, ctx.engine.refs);
    if (isRefusal(target)) return refused(target);
    if (args.plan_id !== undefined) {
      const changed = await refuseChanged(ctx, args.plan_id, target, caller);
      return changed === null
        ? runAndAnswer(ctx, args.plan_id, caller, ['terraform-destroy'])
        : refused(changed, { plan_id: args.plan_id });
    }
    const work = await ctx.engine.plan({ caller, target, destroy: true });
    if (isRefusal(work)) return refused(work);
    const planned = await answerWhenPlanned(ctx, work);
    return planned.status === 'needs_approval' ? { ...planned, success: false } : planned;
  },
});

/** Null for all that `runAndAnswer` judges, an unknown plan too. */
async function refuseChanged(
  ctx: ToolContext,
  planIdText: string,
  { cwd, workspace, ref }: TerraformTarget,
  caller: Caller,
): Promise<Refusal | null> {
  const id = parsePlanId(planIdText);
  const plan = id === null ? null : await readPlan(ctx, id);
  if (id === null || plan?.action.kind !== 'terraform-destroy' || !mayUse(plan, caller, ctx.policy))
    return null;
  const { action } = plan;
  if (action.cwd === cwd && action.workspace === workspace && action.ref === ref) return null;
  return refuse(
    'arguments_changed',
    'The arguments differ from those of the destroy plan. Give plan_id alone, or plan anew without it.',
    { tool: 'gateway_terraform_destroy', arguments: { plan_id: id } },
  );
}
