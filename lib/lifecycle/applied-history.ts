/**
 * What applied plans of the same folder and workspace weakened lately: a protection that was switched off
 * yesterday makes today's delete worse than it looks.
 */
import type { Action } from '../core/action.ts';
import type { RunRecord } from '../core/run.ts';
import type { AppliedHistory } from '../core/terraform/applied-history.ts';
import type { Page } from '../ports/store.ts';
import type { RecordsContext } from './context.ts';

/** How far back applied plans are remembered. */
const WINDOW_MS = 7 * 86_400_000;
const PAGE = 100;
const APPLIES = 'finished terraform-apply';

/** As of the plan's making, so that judging it again later gives the same. */
export async function appliedHistory(
  ctx: RecordsContext,
  plan: { readonly action: Action; readonly created_at: string },
): Promise<AppliedHistory> {
  const { action } = plan;
  if (!('workspace' in action)) return { findings: [] };
  const until = Date.parse(plan.created_at);
  const found: AppliedHistory['findings'][number][] = [];
  let after: string | null = null;
  do {
    const page: Page<RunRecord> = await ctx.store.list('run', {
      under: APPLIES,
      order: 'newest_first',
      limit: PAGE,
      after,
    });
    for (const run of page.items) {
      if (Date.parse(run.started_at) < until - WINDOW_MS) return { findings: found };
      if (endedBefore(run, until)) found.push(...(await findingsOf(ctx, run, action.cwd, action.workspace)));
    }
    after = page.next;
  } while (after !== null);
  return { findings: found };
}

/** A run that was still going when the plan was made is no history of it, now or later. */
function endedBefore(run: RunRecord, time: number): boolean {
  return run.state !== 'running' && Date.parse(run.finished_at) < time;
}

async function findingsOf(ctx: RecordsContext, run: RunRecord, cwd: string, workspace: string) {
  const plan = (await ctx.store.get('plan', run.plan_id))?.value;
  if (plan === undefined || !('evaluation' in plan) || !('workspace' in plan.action)) return [];
  if (plan.action.cwd !== cwd || plan.action.workspace !== workspace) return [];
  const changes = plan.evaluation?.changes ?? [];
  return changes.flatMap((change) =>
    change.classes.map((each) => ({ address: change.address, class: each, at: run.started_at })),
  );
}
