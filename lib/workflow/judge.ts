/** The machine's step before and after each build: looks at what came back, judges it, and says what is next. */

import type { AttemptStage } from '../core/attempt.ts';
import type { Lane } from '../core/run.ts';
import { type Attempt, answerOf, type Opening, openAttempt, type StepAnswer } from './attempt.ts';
import { begin } from './begin.ts';
import type { WorkflowContext } from './context.ts';
import { failAttempt } from './fail.ts';
import { type JobResult, type Parcel, parseResult } from './job.ts';
import { textOf } from './parcel-blobs.ts';
import { takeObserved, takeRan } from './take-call.ts';
import { takePlanned } from './take-planned.ts';
import { takeFetched, takeModules } from './take-source.ts';
import { unlessTooLarge } from './too-large.ts';

/** That a build (or another step of the machine) ended: of which job, and how. */
export interface Ended {
  /** Null where a step failed that was no build. */
  readonly jobId: string | null;
  /** Null where the build did not end well. */
  readonly build: { readonly id: string } | null;
  /** The machine's own words for a failure; null where there was none. */
  readonly failure: { readonly error: string; readonly buildId: string | null } | null;
}

type InLane = Extract<AttemptStage, { state: 'in-lane' }>;

/** Called again for what was taken already, it says again what is next. */
export async function judgeStep(
  ctx: WorkflowContext,
  opening: Opening,
  ended: Ended | null,
): Promise<StepAnswer> {
  const attempt = await openAttempt(ctx, opening);
  const { stage } = attempt.value;
  if (stage.state === 'refused' || stage.state === 'over') return answerOf(stage);
  if (ended !== null && ended.jobId === null) return broken(ctx, attempt, ended.failure?.error ?? 'unknown');
  if (stage.state === 'begun') return unlessTooLarge(ctx, attempt, begin(ctx, attempt));
  if (stage.state === 'judged' || ended?.jobId !== stage.job_id) return answerOf(stage);
  // A step may have failed after the build had ended well: what it left is looked at once more.
  if (ended.build === null) return failedBuild(ctx, attempt, stage, ended);
  const parcel = await ctx.box
    .readResult(stage.lane, stage.job_id)
    .catch((problem: unknown) => String(problem));
  if (typeof parcel === 'string') return noResult(ctx, attempt, stage.lane, parcel);
  const result = parcel === null ? null : parseResult(parcel.content);
  if (parcel === null || result === null) return noResult(ctx, attempt, stage.lane, 'it left no result');
  return unlessTooLarge(ctx, attempt, take(ctx, attempt, stage, result, parcel));
}

async function take(
  ctx: WorkflowContext,
  attempt: Attempt,
  { step, lane }: InLane,
  result: JobResult,
  parcel: Parcel,
): Promise<StepAnswer> {
  if (result.kind === 'refused') {
    return failAttempt(ctx, attempt, result, result.text === null ? '' : textOf(parcel, result.text));
  }
  if (step === 'fetch-source' && result.kind === 'fetched') return takeFetched(ctx, attempt, result, parcel);
  if (step === 'fetch-modules' && result.kind === 'modules') return takeModules(ctx, attempt, result, parcel);
  if (step === 'plan' && result.kind === 'planned') return takePlanned(ctx, attempt, result, parcel);
  if (step === 'observe' && result.kind === 'observed') return takeObserved(ctx, attempt, result, parcel);
  if (step === 'run' && result.kind === 'ran') return takeRan(ctx, attempt, result, parcel);
  return noResult(ctx, attempt, lane, `it answered ${result.kind} to ${step}`);
}

/** What a run had changed when its build died is in its state or its cluster. */
async function failedBuild(
  ctx: WorkflowContext,
  attempt: Attempt,
  stage: InLane,
  { failure }: Ended,
): Promise<StepAnswer> {
  const buildId = failure?.buildId ?? null;
  const build = buildId === null ? null : await ctx.builds.describe(buildId);
  const phase = build?.phase == null ? '' : ` in phase ${build.phase}`;
  const then =
    attempt.value.run_id === null
      ? 'Nothing was changed; try again, or tell the operator.'
      : 'What it had changed by then is in the state: plan again and look.';
  const why = `The build of the lane ${stage.lane} ended as ${build?.status ?? failure?.error ?? 'failed'}${phase}. ${then}`;
  return failAttempt(ctx, attempt, { code: 'execution_failed', why }, build?.log ?? '');
}

async function noResult(
  ctx: WorkflowContext,
  attempt: Attempt,
  lane: Lane,
  what: string,
): Promise<StepAnswer> {
  ctx.report(`the lane ${lane} gave no result for ${attempt.value.attempt_id}: ${what}`);
  const why = `The lane ${lane} gave no result that can be used. Look at what changed before you try again.`;
  return failAttempt(ctx, attempt, { code: 'execution_failed', why });
}

/** A step of the machine itself failed. */
async function broken(ctx: WorkflowContext, attempt: Attempt, failure: string): Promise<StepAnswer> {
  ctx.report(`attempt ${attempt.value.attempt_id} broke: ${failure}`);
  const why = 'The gateway could not finish this. Look at the plan before you try again: nothing runs twice.';
  return failAttempt(ctx, attempt, { code: 'execution_failed', why });
}
