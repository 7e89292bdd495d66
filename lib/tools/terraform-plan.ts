import { z } from 'zod';
import { mayUse } from '../core/authorize.ts';
import { canonicalJson } from '../core/canonical.ts';
import { type PlanId, parsePlanId } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import { isRefusal, refuse } from '../core/refusal.ts';
import { readPlan } from '../lifecycle/recover.ts';
import { runPlan } from '../lifecycle/run-plan.ts';
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
  const target = parseTarget(args);
  if (isRefusal(target)) return refused(target);
  // Loaded when the first plan is asked for: it brings the rules for every resource type.
  const { startTerraformPlan } = await import('../lifecycle/terraform-plan.ts');
  const started = await startTerraformPlan(ctx, { caller, target, destroy: false });
  return isRefusal(started) ? refused(started) : answerWhenPlanned(ctx, started);
}

/** Waits within the budget and shows the plan, made or still being made. */
export async function answerWhenPlanned(ctx: ToolContext, id: PlanId): Promise<ToolResult> {
  await ctx.inFlight.settled(id, ctx.waitBudgetMs);
  const made = await readPlan(ctx, id);
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
    const target = parseTarget(args);
    if (isRefusal(target)) return refused(target);
    const { kind: _, ...frozen } = stopped.action;
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
  const started = await runPlan(ctx, id ?? ('' as PlanId), caller, ['terraform-plan']);
  if (isRefusal(started)) return refused(started, id === null ? {} : { plan_id: id });
  await ctx.inFlight.settled(started.runId, ctx.waitBudgetMs);
  const run = (await ctx.store.get('run', started.runId))?.value;
  const produced = run !== undefined && run.state !== 'running' ? run.result.produced_plan : null;
  if (produced !== null) return { ...(await answerWhenPlanned(ctx, produced)), run_id: started.runId };
  const again = await readPlan(ctx, started.plan.plan_id);
  if (again === null) throw new Error('a plan that just ran cannot be read');
  return viewPlan(ctx, again);
}
