/** What becomes of an attempt whose machine was stopped, timed out or failed: no step of it runs any more. */
import type { RunRecord } from '../core/run.ts';
import type { Page } from '../ports.ts';
import { readAttempt } from './attempt.ts';
import type { WorkflowContext } from './context.ts';
import { endRun, failAttempt } from './fail.ts';

/** `how`: the machine's own word, such as ABORTED. An attempt that is over stays as it is. */
export async function machineEnded(ctx: WorkflowContext, attemptId: string, how: string): Promise<void> {
  const attempt = await readAttempt(ctx, attemptId);
  if (attempt === null) return;
  const { stage, run_id } = attempt.value;
  if (stage.state === 'refused' || stage.state === 'over') return;
  const why = `The machine that ran this ended as ${how}. What had changed by then is in the state: plan again and look.`;
  if (run_id === null) {
    await failAttempt(ctx, attempt, { code: 'interrupted', why });
    return;
  }
  const result = { exit_code: null, output: null, stderr: null, produced_plan: null };
  await endRun(ctx, attempt, { ...result, error: { code: 'interrupted', message: why } }, how === 'ABORTED');
}

/**
 * Closes what nobody told us of: runs that are `running` although their machine must be over by now. Gives their
 * number.
 */
export async function sweepRuns(contextOf: (attemptId: string) => WorkflowContext): Promise<number> {
  const ctx = contextOf('sweep');
  let closed = 0;
  let after: string | null = null;
  const oldest = ctx.clock.now().getTime() - ctx.attemptMs;
  do {
    const page: Page<RunRecord> = await ctx.store.list('run', {
      under: 'running',
      order: 'oldest_first',
      limit: 100,
      after,
    });
    for (const run of page.items) {
      if (run.state !== 'running' || Date.parse(run.started_at) > oldest) return closed;
      // As its owner: only that one may let the workspace go.
      await machineEnded(contextOf(run.owner.started), run.owner.started, 'TIMED_OUT');
      closed += 1;
    }
    after = page.next;
  } while (after !== null);
  return closed;
}
