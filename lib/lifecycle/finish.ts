/** Recording how a run ended. What happened must get into the record, so a failing store is asked again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunId } from '../core/ids.ts';
import type { RunRecord, RunResult } from '../core/run.ts';
import type { RecordsContext } from './context.ts';
import { tell } from './tell.ts';
import { replaceOnce } from './write-once.ts';

/** Waits between tries, in milliseconds. After the last, the record stays `running` and is closed as interrupted. */
const RETRIES = [0, 50, 200, 1000, 5000] as const;

export async function finishRun(
  ctx: RecordsContext,
  runId: RunId,
  result: RunResult,
  cancelled: boolean,
): Promise<void> {
  for (const wait of RETRIES) {
    await sleep(wait, undefined, { ref: false });
    try {
      await record(ctx, runId, result, cancelled);
      return;
    } catch (failure) {
      ctx.report(`the end of ${runId} could not be recorded: ${String(failure)}`);
    }
  }
}

async function record(
  ctx: RecordsContext,
  runId: RunId,
  result: RunResult,
  cancelled: boolean,
): Promise<void> {
  const found = await ctx.store.get('run', runId);
  if (found === null || found.value.state !== 'running') return;
  const { owner: _owner, state: _state, ...common } = found.value;
  const state = cancelled ? 'cancelled' : result.error === null ? 'succeeded' : 'failed';
  await ctx.audit.append({
    at: ctx.clock.now().toISOString(),
    actor: 'gateway',
    environment: ctx.environment,
    type: `run.${state}`,
    data: {
      run_id: runId,
      plan_id: common.plan_id,
      exit_code: result.exit_code,
      output: result.output,
      stderr: result.stderr,
      error: result.error?.code ?? null,
      produced_plan: result.produced_plan,
    },
  });
  const finished = { ...common, state, finished_at: ctx.clock.now().toISOString(), result } as const;
  if ((await replaceOnce(ctx.store, 'run', runId, found.version, finished)) === 'replaced') {
    await tellEnded(ctx, finished);
  }
}

/** For whoever closes a run: people learn how it ended, and that it ran although policy warned. */
export async function tellEnded(
  { notices, report }: Pick<RecordsContext, 'notices' | 'report'>,
  run: Exclude<RunRecord, { readonly state: 'running' }>,
): Promise<void> {
  const { run_id, plan_id, environment, state, finished_at: at } = run;
  await tell(notices, { kind: 'run_ended', at, environment, run_id, plan_id, state }, report);
  if (run.decision !== 'warn') return;
  await tell(notices, { kind: 'warned_action_ran', at, environment, run_id, plan_id }, report);
}
