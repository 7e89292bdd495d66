import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Evaluation } from '../core/finding.ts';
import { type PlanId, parsePlanId, runIdOf } from '../core/ids.ts';
import { isExpired, type JudgedPlan, type PlanRecord } from '../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import { mayUse, notYourPlan, planNotFound } from '../core/usable-plan.ts';
import { SHOWN_CHANGES } from '../lifecycle/cap-evaluation.ts';
import { readPlan, readRun } from '../lifecycle/recover.ts';
import { planId } from './arguments.ts';
import { pageAt } from './output-page.ts';
import { viewPlan } from './plan-view.ts';
import { refused, type ToolResult } from './result.ts';
import { defineTool, type ToolContext } from './tool.ts';

const POLL_MS = 100;

export const getPlan = defineTool({
  name: 'gateway_get_plan',
  title: 'Look at a plan',
  description:
    'Shows a plan: its evaluation, approvals, and its run with output. Waits up to wait_seconds for a plan or run in progress. Long outputs and evaluations are paged by cursor.',
  input: z.strictObject({
    plan_id: planId,
    cursor: z.string().max(128).optional().describe('A next_cursor of an earlier answer about this plan.'),
    wait_seconds: z.number().int().min(0).max(20).default(0).describe('Wait this long for work in progress.'),
  }),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  handle: async (ctx, args, caller) => {
    const id = parsePlanId(args.plan_id);
    const found = id === null ? null : await readPlan(ctx, id);
    if (id === null || found === null || found.environment !== ctx.environment)
      return refused(planNotFound());
    if (!mayUse(found, caller, ctx.policy)) {
      return refused(notYourPlan());
    }
    const plan = await settled(ctx, id, found, args.wait_seconds * 1000);
    const view = await viewPlan(ctx, plan);
    if (args.cursor === undefined) return view;
    const page = await turnPage(ctx, plan, args.cursor);
    return isRefusal(page) ? refused(page, { plan_id: id }) : { ...view, ...page };
  },
});

/** The plan once nothing is in progress, or as it is when the time is up. */
async function settled(
  ctx: ToolContext,
  id: PlanId,
  plan: PlanRecord,
  milliseconds: number,
): Promise<PlanRecord> {
  const until = performance.now() + milliseconds;
  let seen = plan;
  while (performance.now() < until && (await inProgress(ctx, seen))) {
    await sleep(Math.min(POLL_MS, Math.max(1, until - performance.now())));
    seen = (await readPlan(ctx, id)) ?? seen;
  }
  return seen;
}

async function inProgress(ctx: ToolContext, plan: PlanRecord): Promise<boolean> {
  if (plan.state === 'planning') return !isExpired(plan, ctx.clock.now());
  return (await readRun(ctx, runIdOf(plan.plan_id)))?.state === 'running';
}

async function turnPage(
  ctx: ToolContext,
  plan: PlanRecord,
  cursor: string,
): Promise<Partial<ToolResult> | Refusal> {
  const changes = /^changes@(\d{1,9})$/.exec(cursor)?.[1];
  if (changes !== undefined) return evaluationPage(ctx, plan, Number(changes));
  const run = await readRun(ctx, runIdOf(plan.plan_id));
  const outputs = run === null || run.state === 'running' ? [] : [run.result.output, run.result.stderr];
  const own = plan.state === 'planning' ? [] : [plan.outputBlob];
  return pageAt(ctx, cursor, [...outputs, ...own]);
}

async function evaluationPage(
  ctx: ToolContext,
  plan: PlanRecord,
  from: number,
): Promise<Partial<ToolResult> | Refusal> {
  const whole = isJudged(plan) ? await wholeEvaluation(ctx, plan) : null;
  if (whole === null) return refuse('invalid_arguments', 'cursor: this plan has no evaluation to page.');
  const changes = whole.changes.slice(from, from + SHOWN_CHANGES);
  const end = from + changes.length;
  const next_cursor = end < whole.changes.length ? `changes@${end}` : null;
  return { evaluation: { ...whole, changes, cross_action_risks: [], blast_radius: [], next_cursor } };
}

function isJudged(plan: PlanRecord): plan is JudgedPlan {
  return plan.state !== 'planning' && plan.state !== 'plan_failed';
}

async function wholeEvaluation(ctx: ToolContext, plan: JudgedPlan): Promise<Evaluation | null> {
  if (plan.evaluationBlob === null) return null;
  const bytes = await ctx.blobs.get(plan.evaluationBlob);
  return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as Evaluation);
}
