import * as z from 'zod';
import { isRefusal } from '../core/refusal.ts';
import { cwd, planId, ref, workspace } from './arguments.ts';
import { refused } from './result.ts';
import { runAndAnswer } from './run-tool.ts';
import { answerWhenPlanned } from './terraform-plan.ts';
import { parseTarget } from './terraform-target.ts';
import { defineTool } from './tool.ts';

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
    if (args.plan_id !== undefined) return runAndAnswer(ctx, args.plan_id, caller, ['terraform-destroy']);
    const target = parseTarget(args, ctx.engine.refs);
    if (isRefusal(target)) return refused(target);
    const work = await ctx.engine.plan({ caller, target, destroy: true });
    if (isRefusal(work)) return refused(work);
    const planned = await answerWhenPlanned(ctx, work);
    return planned.status === 'needs_approval' ? { ...planned, success: false } : planned;
  },
});
