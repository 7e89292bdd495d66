/** What becomes of an attempt whose machine was stopped, timed out or failed: no step of it runs any more. */
import type { RunRecord } from '../core/run.ts';
import type { Page } from '../ports/store.ts';
import { readAttempt } from './attempt.ts';
import type { WorkflowContext } from './context.ts';
import { claimedBy, endRun, failAttempt, recordEnd } from './fail.ts';

/** `how`: the machine's own word, such as ABORTED. An attempt that is over, and its run, stay as they are. */
export async function machineEnded(ctx: WorkflowContext, attemptId: string, how: string): Promise<void> {
  const attempt = await readAttempt(ctx, attemptId);
  if (attempt === null) return;
  const runId = await claimedBy(ctx, attempt.value);
  if (runId !== null) {
    await endRun(ctx, attempt, interruptedAs(how), how === 'ABORTED');
    return;
  }
  const { state } = attempt.value.stage;
  if (state === 'refused' || state === 'over') return;
  await failAttempt(ctx, attempt, { code: 'interrupted', why: whyOf(how) });
}

/**
 * Closes what nobody told us of: runs that are `running` although their machine must be over by now, whatever became
 * of the attempt that claimed them. Gives their number.
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
      if (Date.parse(run.started_at) > oldest) return closed;
      if (run.state !== 'running') continue;
      try {
        // As its owner: only that one may let the workspace go.
        await closeStale(contextOf(run.owner.started), run);
        closed += 1;
      } catch (failure) {
        // One that cannot be closed must not keep the others open.
        ctx.report(`${run.run_id} could not be closed: ${String(failure)}`);
      }
    }
    after = page.next;
  } while (after !== null);
  return closed;
}

async function closeStale(
  ctx: WorkflowContext,
  { run_id, owner }: Extract<RunRecord, { state: 'running' }>,
): Promise<void> {
  await machineEnded(ctx, owner.started, 'TIMED_OUT');
  await recordEnd(ctx, run_id, interruptedAs('TIMED_OUT'), false);
}

function interruptedAs(how: string) {
  const error = { code: 'interrupted', message: whyOf(how) } as const;
  return { exit_code: null, output: null, stderr: null, error, produced_plan: null };
}

function whyOf(how: string): string {
  return `The machine that ran this ended as ${how}. What had changed by then is in the state: plan again and look.`;
}
