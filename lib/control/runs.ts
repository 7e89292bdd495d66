/** What people see of runs. A run's id follows from its plan's, so that plans lead to their runs. */

import type { Decision } from '../core/decision.ts';
import { halfDone } from '../core/half-done.ts';
import {
  type ApprovalId,
  type BreakGlassId,
  type OverrideId,
  type PlanId,
  parseRunId,
  type RunId,
  runIdOf,
} from '../core/ids.ts';
import type { Caller, PlanRecord } from '../core/plan.ts';
import type { Lane, RunRecord } from '../core/run.ts';
import type { Clock } from '../ports/process.ts';
import type { Page, Store } from '../ports/store.ts';
import { type PlanView, planView } from './plans.ts';

export interface RunView {
  readonly run_id: RunId;
  readonly plan_id: PlanId;
  readonly environment: string;
  readonly state: RunRecord['state'];
  readonly caller: Caller;
  readonly lane: Lane;
  readonly decision: Decision;
  readonly approval_id: ApprovalId | null;
  readonly overrides: readonly OverrideId[];
  readonly break_glass_id: BreakGlassId | null;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly exit_code: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly produced_plan: PlanId | null;
  /** That somebody asked it to stop, whatever came of it. */
  readonly stop: { readonly by: string; readonly at: string; readonly reason: string } | null;
  /** Where it was stopped, or is to be: what may be half done. */
  readonly may_be_half_done: string | null;
  readonly plan: PlanView | null;
}

export interface RunsPage {
  readonly runs: readonly RunView[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

export interface RunsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly environment: string;
}

/** By when their plans were made, the newest first. Looks at no more than 500 plans: a page may be short. */
export async function listRuns(
  deps: RunsDeps,
  ask: { readonly limit: number; readonly after: string | null },
): Promise<RunsPage> {
  const runs: RunView[] = [];
  let after = ask.after;
  for (let looked = 0; looked < 500; ) {
    const limit = Math.min(50, ask.limit - runs.length);
    const order = 'newest_first';
    const page: Page<PlanRecord> = await deps.store.list('plan', { under: 'plans', order, limit, after });
    const found = await Promise.all(page.items.map((plan) => runOf(deps, plan)));
    runs.push(...found.filter((run) => run !== null));
    looked += page.items.length;
    after = page.next;
    if (after === null || runs.length >= ask.limit) break;
  }
  return { runs, next: after };
}

/** Null for an id that is malformed, unknown or of another environment: they look alike. */
export async function findRun(
  deps: RunsDeps,
  id: string,
): Promise<{ view: RunView; record: RunRecord } | null> {
  const runId = parseRunId(id);
  const record = runId === null ? null : ((await deps.store.get('run', runId))?.value ?? null);
  if (record === null || record.environment !== deps.environment) return null;
  const plan = (await deps.store.get('plan', record.plan_id))?.value ?? null;
  return { record, view: await viewOf(deps, record, plan) };
}

/** The run of a plan; null where it has none. */
export async function runOf(deps: RunsDeps, plan: PlanRecord): Promise<RunView | null> {
  if (plan.environment !== deps.environment || plan.state === 'planning' || plan.state === 'plan_failed')
    return null;
  const record = (await deps.store.get('run', runIdOf(plan.plan_id)))?.value ?? null;
  return record === null ? null : viewOf(deps, record, plan);
}

async function viewOf(deps: RunsDeps, run: RunRecord, plan: PlanRecord | null): Promise<RunView> {
  const over = run.state === 'running' ? null : run;
  const stop = (await deps.store.get('stop_request', run.run_id))?.value ?? null;
  const stopped =
    run.state === 'cancelled' || run.state === 'interrupted' || (over === null && stop !== null);
  return {
    run_id: run.run_id,
    plan_id: run.plan_id,
    environment: run.environment,
    state: run.state,
    caller: run.caller,
    lane: run.lane,
    decision: run.decision,
    approval_id: run.approval_id,
    overrides: run.overrides,
    break_glass_id: run.break_glass_id,
    started_at: run.started_at,
    finished_at: over?.finished_at ?? null,
    exit_code: over?.result.exit_code ?? null,
    error: over?.result.error ?? null,
    produced_plan: over?.result.produced_plan ?? null,
    stop: stop && { by: stop.by, at: stop.at, reason: stop.reason },
    may_be_half_done: stopped && plan !== null ? halfDone(plan.action) : null,
    plan: plan && planView(plan, deps.clock.now()),
  };
}
