/**
 * Closing what a dead process left behind. A run is never retried: what it had changed is in the state, so
 * it becomes `interrupted`, and a plan that was being made becomes `plan_failed`.
 */
import type { PlanId, RunId } from '../core/ids.ts';
import type { Owner, PlanRecord } from '../core/plan.ts';
import type { RunRecord } from '../core/run.ts';
import type { Versioned } from '../ports/store.ts';
import type { RecordsContext } from './context.ts';
import { tellEnded } from './finish.ts';
import { isSelf } from './owner.ts';

/** Reads a run; one whose owner is gone is closed first. */
export async function readRun(ctx: RecordsContext, runId: RunId): Promise<RunRecord | null> {
  const found = await ctx.store.get('run', runId);
  if (found === null) return null;
  return isOrphaned(ctx, found.value, runId) ? closeRun(ctx, runId, found) : found.value;
}

/** Reads a plan; one that a dead process was making is closed first. */
export async function readPlan(ctx: RecordsContext, planId: PlanId): Promise<PlanRecord | null> {
  const found = await ctx.store.get('plan', planId);
  if (found === null) return null;
  return isOrphaned(ctx, found.value, planId) ? closePlan(ctx, planId, found) : found.value;
}

/** At start: every run that a dead process left in flight becomes `interrupted`. Gives their number. */
export async function recoverRuns(ctx: RecordsContext): Promise<number> {
  let closed = 0;
  let after: string | null = null;
  do {
    const page: { items: readonly RunRecord[]; next: string | null } = await ctx.store.list('run', {
      under: 'running',
      order: 'oldest_first',
      limit: 200,
      after,
    });
    for (const run of page.items) {
      const now = await readRun(ctx, run.run_id);
      if (now?.state === 'interrupted') closed += 1;
    }
    after = page.next;
  } while (after !== null);
  return closed;
}

function isOrphaned(
  ctx: RecordsContext,
  record: { readonly state: string; readonly owner?: Owner },
  id: string,
): boolean {
  if ((record.state !== 'running' && record.state !== 'planning') || record.owner === undefined) return false;
  return isSelf(record.owner, ctx.liveness.self)
    ? !ctx.inFlight.has(id)
    : !ctx.liveness.isAlive(record.owner);
}

async function closeRun(
  ctx: RecordsContext,
  runId: RunId,
  found: Versioned<RunRecord>,
): Promise<RunRecord | null> {
  if (found.value.state !== 'running') return found.value;
  const { owner, state: _, ...common } = found.value;
  await ctx.audit.append({
    at: ctx.clock.now().toISOString(),
    actor: 'gateway',
    environment: ctx.environment,
    type: 'run.interrupted',
    data: { run_id: runId, plan_id: common.plan_id, owner },
  });
  const closed: Exclude<RunRecord, { readonly state: 'running' }> = {
    ...common,
    state: 'interrupted',
    finished_at: ctx.clock.now().toISOString(),
    result: {
      exit_code: null,
      output: null,
      stderr: null,
      error: {
        code: 'interrupted',
        message:
          'The gateway process that ran this died. What had changed by then is in the state: plan again and look.',
      },
      produced_plan: null,
    },
  };
  const replaced = await ctx.store.replace('run', runId, found.version, closed);
  if (replaced !== 'replaced') return (await ctx.store.get('run', runId))?.value ?? null;
  await tellEnded(ctx, closed);
  return closed;
}

async function closePlan(
  ctx: RecordsContext,
  planId: PlanId,
  found: Versioned<PlanRecord>,
): Promise<PlanRecord | null> {
  if (found.value.state !== 'planning') return found.value;
  const { owner, state: _, ...common } = found.value;
  await ctx.audit.append({
    at: ctx.clock.now().toISOString(),
    actor: 'gateway',
    environment: ctx.environment,
    type: 'plan.interrupted',
    data: { plan_id: planId, owner },
  });
  const closed: PlanRecord = {
    ...common,
    state: 'plan_failed',
    failure: { code: 'interrupted', message: 'The gateway process that made this plan died. Plan again.' },
    outputBlob: null,
  };
  const replaced = await ctx.store.replace('plan', planId, found.version, closed);
  return replaced === 'replaced' ? closed : ((await ctx.store.get('plan', planId))?.value ?? null);
}
