/**
 * The `run` machine's way through its states, failed steps included: as infra/run-machine.ts defines it. (That the
 * definition itself does so is shown in test/cloud, where an interpreter runs it.)
 */
import type { ActionKind } from '../../lib/core/action.ts';
import { type Digest, sha256 } from '../../lib/core/canonical.ts';
import type { PlanId } from '../../lib/core/ids.ts';
import type { Lane } from '../../lib/core/run.ts';
import type { Store } from '../../lib/ports/store.ts';
import type { StepAnswer } from '../../lib/workflow/attempt.ts';
import { authorizeStep } from '../../lib/workflow/authorize.ts';
import { machineEnded, sweepRuns } from '../../lib/workflow/interrupted.ts';
import type { Job, JobBox, JobResult, Parcel } from '../../lib/workflow/job.ts';
import { type Ended, judgeStep } from '../../lib/workflow/judge.ts';
import { CALLER, type Stage } from './stage.ts';

export interface Left {
  readonly result: JobResult;
  readonly texts?: readonly (string | Uint8Array)[];
}

/** What a lane leaves; null: nothing. Rejects where the build fails. */
export type PlayedLane = (job: Job, parcel: Parcel) => Promise<Left | null>;

export interface Execution {
  readonly planId: PlanId;
  readonly begin: 'judge' | 'authorize';
  readonly kinds?: readonly ActionKind[];
  readonly attempt?: string;
  readonly lane?: PlayedLane;
  /** What the functions reach, where that breaks. */
  readonly store?: Store;
  readonly box?: JobBox;
}

export interface Ran {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly built: readonly { readonly lane: Lane; readonly kind: Job['kind'] }[];
}

export const RAN: JobResult = { kind: 'ran', exit_code: 0, output: null, stderr: null, error: null };

export function parcelOf({ result, texts = [] }: Left): Parcel {
  const blobs = texts.map((each) => {
    const bytes = typeof each === 'string' ? new TextEncoder().encode(each) : each;
    return [sha256(bytes), bytes] as const;
  });
  return { content: result, blobs: new Map<Digest, Uint8Array>(blobs) };
}

const STEPS = 30;

export async function execute(stage: Stage, execution: Execution): Promise<Ran> {
  const { planId, begin, attempt = 'att_of_plan', lane = async () => ({ result: RAN }) } = execution;
  const kinds = execution.kinds ?? [(await stage.plan(planId)).action.kind];
  const opening = { attemptId: attempt, planId, caller: CALLER, runs: kinds };
  const context = () => stage.context(attempt, execution.store, execution.box);
  const built: { lane: Lane; kind: Job['kind'] }[] = [];
  let state = begin === 'judge' ? 'Judge' : 'Authorize';
  let step: StepAnswer | null = null;
  let build: Ended['build'] = null;
  let failure: Ended['failure'] = null;
  for (let count = 0; count < STEPS; count += 1) {
    switch (state) {
      case 'Judge':
      case 'JudgeAgain':
      case 'Authorize':
        try {
          const jobId: string | null = step !== null && 'job_id' in step ? step.job_id : null;
          const told: Ended | null = build === null && failure === null ? null : { jobId, build, failure };
          step =
            state === 'Authorize'
              ? await authorizeStep(context(), opening)
              : await judgeStep(context(), opening, told);
          [build, failure] = [null, null];
          state = step.next === 'authorize' ? 'Authorize' : step.next;
        } catch (error) {
          failure = { error: String(error), buildId: null };
          state = state === 'Authorize' ? 'Judge' : state === 'Judge' ? 'JudgeAgain' : 'Failed';
        }
        break;
      case 'done':
        return { status: 'SUCCEEDED', built };
      case 'Failed':
        await ended(stage, execution, 'FAILED').catch((error: unknown) => stage.reports.push(String(error)));
        return { status: 'FAILED', built };
      default: {
        if (step === null || !('job_id' in step)) throw new Error(`no such state: ${state}`);
        const laid = stage.jobs.get(step.job_id);
        if (laid === undefined) throw new Error('the machine was sent to a job that nobody laid');
        built.push({ lane: step.next, kind: laid.job.kind });
        try {
          const left = await lane(laid.job, laid.parcel);
          if (left !== null) stage.results.set(`${step.next} ${step.job_id}`, parcelOf(left));
          build = { id: 'build' };
        } catch (error) {
          failure = { error: String(error), buildId: null };
        }
        state = 'Judge';
      }
    }
  }
  throw new Error('the machine goes round and round');
}

/** EventBridge tells of an execution's end; the function that hears it is tried three times. */
export async function ended(
  stage: Stage,
  { attempt = 'att_of_plan', store }: Partial<Execution>,
  how: string,
) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await machineEnded(stage.context(attempt, store), attempt, how);
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

export function sweep(stage: Stage): Promise<number> {
  return sweepRuns((attemptId) => stage.context(attemptId));
}
