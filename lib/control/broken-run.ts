/**
 * What follows once the glass is broken: where this side can start runs (one machine) the plan starts at once, as it
 * would for its agent; where it must not (the cloud), the agent's next call starts it. Both are judged where every
 * run is.
 */
import { reviewIdOf } from '../core/ids.ts';
import { isRefusal } from '../core/refusal.ts';
import type { BrokenGlass } from './break-glass.ts';
import type { ControlDeps } from './deps.ts';

export interface BrokenAnswer {
  readonly break_glass_id: string;
  readonly plan_id: string;
  readonly digest: string;
  readonly environment: string;
  readonly by: string;
  readonly reason: string;
  readonly expires_at: string;
  readonly review_id: string;
  readonly repeated: boolean;
  /** Null where the plan was not started from here. */
  readonly run_id: string | null;
  /** Why it did not start, or what has to happen for it to start. */
  readonly note: string | null;
}

export async function startBroken(
  { startRun }: Pick<ControlDeps, 'startRun'>,
  { record, plan, repeated }: BrokenGlass,
): Promise<BrokenAnswer> {
  const { break_glass_id, plan_id, digest, environment, by, reason, expires_at } = record;
  const started = startRun === null ? null : await startRun(plan);
  const refused = isRefusal(started) ? `It did not start: ${started.why}` : null;
  const waits = `Agent ${plan.caller.agent} may run it now, once, until ${expires_at}: tell it to repeat its call.`;
  return {
    ...{ break_glass_id, plan_id, digest, environment, by, reason, expires_at },
    review_id: reviewIdOf(break_glass_id),
    repeated,
    run_id: started === null || isRefusal(started) ? null : started.run_id,
    note: started === null ? waits : refused,
  };
}
