/**
 * What applied plans of the same folder and workspace weakened lately: a protection that was switched off
 * yesterday makes today's delete worse than it looks.
 */
import type { Action } from '../core/action.ts';
import type { RunRecord } from '../core/run.ts';
import type { AppliedHistory } from '../core/terraform/consequences.ts';
import type { LifecycleContext } from './context.ts';

/** How far back applied plans are remembered. */
const WINDOW_MS = 7 * 86_400_000;
const RUNS_LOOKED_AT = 200;

/** As of the plan's making, so that judging it again later gives the same. */
export async function appliedHistory(
  ctx: LifecycleContext,
  plan: { readonly action: Action; readonly created_at: string },
): Promise<AppliedHistory> {
  const { action } = plan;
  if (!('workspace' in action)) return { findings: [] };
  const until = Date.parse(plan.created_at);
  const page = await ctx.store.list('run', {
    under: 'finished',
    order: 'newest_first',
    limit: RUNS_LOOKED_AT,
  });
  const recent = page.items.filter(
    (run) =>
      run.lane === 'terraform-apply' && isBetween(Date.parse(run.started_at), until - WINDOW_MS, until),
  );
  const findings = await Promise.all(recent.map((run) => findingsOf(ctx, run, action.cwd, action.workspace)));
  return { findings: findings.flat() };
}

function isBetween(time: number, from: number, to: number): boolean {
  return time > from && time < to;
}

async function findingsOf(ctx: LifecycleContext, run: RunRecord, cwd: string, workspace: string) {
  const plan = (await ctx.store.get('plan', run.plan_id))?.value;
  if (plan === undefined || !('evaluation' in plan) || !('workspace' in plan.action)) return [];
  if (plan.action.cwd !== cwd || plan.action.workspace !== workspace) return [];
  const changes = plan.evaluation?.changes ?? [];
  return changes.flatMap((change) =>
    change.classes.map((each) => ({ address: change.address, class: each, at: run.started_at })),
  );
}
