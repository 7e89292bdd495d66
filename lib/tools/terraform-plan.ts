import * as z from 'zod';
import { canonicalJson } from '../core/canonical.ts';
import { parsePlanId, runIdOf } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import { isRefusal, refuse } from '../core/refusal.ts';
import { mayUse, planNotFound } from '../core/usable-plan.ts';
import type { Work } from '../lifecycle/engine.ts';
import { readPlan } from '../lifecycle/recover.ts';
import { cwd, planId, ref, workspace } from './arguments.ts';
import { viewPlan } from './plan-view.ts';
import { refused, type ToolResult } from './result.ts';
import { parseTarget } from './terraform-target.ts';
import { defineTool, type ToolContext } from './tool.ts';

const input = z.strictObject({
  cwd,
  workspace,
  ref,
  args: z
    .array(z.string().max(4096))
    .max(100)
    .optional()
    .describe(
      'Flags of terraform plan: -target, -replace, -var, -var-file (inside cwd), -refresh-only, -refresh, -destroy, -parallelism, -lock-timeout.',
    ),
  plan_id: planId
    .optional()
    .describe('To go on with a plan that was stopped before it ran and has been approved since.'),
});

export const terraformPlan = defineTool({
  name: 'gateway_terraform_plan',
  title: 'Plan a terraform change',
  description:
    'Freezes the source, scans it, runs terraform plan, and says what the change would do, whether it can be undone, and whether a human must approve it. Changes nothing. Answers with a plan_id for gateway_terraform_apply.',
  input,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  handle: (ctx, args, caller) =>
    args.plan_id === undefined ? plan(ctx, args, caller) : goOn(ctx, args, caller, args.plan_id),
});

async function plan(ctx: ToolContext, args: z.output<typeof input>, caller: Caller): Promise<ToolResult> {
  const target = parseTarget(args, ctx.engine.refs);
  if (isRefusal(target)) return refused(target);
  const work = await ctx.engine.plan({ caller, target, destroy: false });
  return isRefusal(work) ? refused(work) : answerWhenPlanned(ctx, work);
}

/** Waits within the budget and shows the plan, made or still being made. */
export async function answerWhenPlanned(ctx: ToolContext, work: Work): Promise<ToolResult> {
  const settled = await work.settled(ctx.waitBudgetMs);
  if (isRefusal(settled)) return refused(settled, { plan_id: work.planId });
  const made = await readPlan(ctx, work.planId);
  if (made === null) throw new Error('a plan that was just written cannot be read');
  return viewPlan(ctx, made);
}

async function goOn(
  ctx: ToolContext,
  args: z.output<typeof input>,
  caller: Caller,
  planIdText: string,
): Promise<ToolResult> {
  const id = parsePlanId(planIdText);
  const stopped = id === null ? null : await readPlan(ctx, id);
  if (id !== null && stopped?.action.kind === 'terraform-plan' && mayUse(stopped, caller, ctx.policy)) {
    const target = parseTarget(args, ctx.engine.refs);
    if (isRefusal(target)) return refused(target);
    const { kind: _kind, commit: _commit, ...frozen } = stopped.action;
    if (canonicalJson(target) !== canonicalJson(frozen)) {
      return refused(
        refuse(
          'arguments_changed',
          'The arguments differ from those of the plan that was approved. Repeat them exactly, or plan anew without plan_id.',
          {
            tool: 'gateway_terraform_plan',
            arguments: { cwd: frozen.cwd, workspace: frozen.workspace, plan_id: id },
          },
        ),
        { plan_id: id },
      );
    }
  }
  if (id === null) return refused(planNotFound());
  const work = await ctx.engine.run(id, caller, ['terraform-plan']);
  if (isRefusal(work)) return refused(work, { plan_id: id });
  const settled = await work.settled(ctx.waitBudgetMs);
  if (isRefusal(settled)) return refused(settled, { plan_id: id });
  const run = (await ctx.store.get('run', runIdOf(id)))?.value;
  const produced = run !== undefined && run.state !== 'running' ? run.result.produced_plan : null;
  const shown = await readPlan(ctx, produced ?? id);
  if (shown === null) throw new Error('a plan that just ran cannot be read');
  const view = await viewPlan(ctx, shown, settled.state);
  return produced === null ? view : { ...view, run_id: runIdOf(id) };
}
