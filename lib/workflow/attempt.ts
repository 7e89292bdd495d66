/** Keeping the record of an attempt: it is opened once, and moves from stage to stage by compare-and-swap. */
import type { ActionKind } from '../core/action.ts';
import type { AttemptRecord, AttemptStage } from '../core/attempt.ts';
import { base32, type PlanId, runIdOf } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import type { Refusal } from '../core/refusal.ts';
import { type Lane, laneOf } from '../core/run.ts';
import { createOnce, replaceOnce } from '../lifecycle/write-once.ts';
import type { Versioned } from '../ports/store.ts';
import type { WorkflowContext } from './context.ts';
import type { Job } from './job.ts';

export interface Opening {
  readonly attemptId: string;
  readonly planId: PlanId;
  readonly caller: Caller;
  readonly runs: readonly ActionKind[];
}

export type Attempt = Versioned<AttemptRecord>;

/** What the machine does next. */
export type StepAnswer =
  | { readonly next: 'authorize' | 'done' }
  | { readonly next: Lane; readonly job_id: string };

/** The attempt of this execution. One that is there already goes on as it is, whatever it is opened with. */
export async function openAttempt(ctx: WorkflowContext, opening: Opening): Promise<Attempt> {
  const { attemptId, planId, caller, runs } = opening;
  // What this attempt owns is being worked on right now, whatever a reader of the records might conclude.
  for (const id of [planId, runIdOf(planId)]) ctx.inFlight.claim(id);
  const now = ctx.clock.now();
  const fresh: AttemptRecord = {
    attempt_id: attemptId,
    plan_id: planId,
    environment: ctx.environment,
    caller,
    runs,
    begun_at: now.toISOString(),
    expires_at: new Date(now.getTime() + ctx.attemptMs).toISOString(),
    subject: null,
    source: null,
    run_id: null,
    stage: { state: 'begun' },
  };
  const found = await readAttempt(ctx, attemptId);
  if (found !== null) return found;
  if ((await createOnce(ctx.store, 'attempt', attemptId, fresh)) === 'created')
    return { value: fresh, version: 1 };
  const standing = await readAttempt(ctx, attemptId);
  if (standing === null) throw new Error(`attempt ${attemptId} is there and cannot be read`);
  return standing;
}

export function readAttempt(ctx: WorkflowContext, attemptId: string): Promise<Attempt | null> {
  return ctx.store.get('attempt', attemptId);
}

/** Moves on. Where another invocation was first, its stage stands: both give the machine the same answer. */
export async function moveOn(
  ctx: WorkflowContext,
  attempt: Attempt,
  change: Partial<Pick<AttemptRecord, 'subject' | 'source' | 'run_id' | 'stage'>>,
): Promise<Attempt> {
  const { attempt_id } = attempt.value;
  const value = { ...attempt.value, ...change };
  const outcome = await replaceOnce(ctx.store, 'attempt', attempt_id, attempt.version, value);
  if (outcome === 'replaced') return { value, version: attempt.version + 1 };
  const standing = await readAttempt(ctx, attempt_id);
  if (standing === null) throw new Error(`attempt ${attempt_id} is gone`);
  return standing;
}

export async function refuseAttempt(
  ctx: WorkflowContext,
  attempt: Attempt,
  refusal: Refusal,
): Promise<StepAnswer> {
  return answerOf((await moveOn(ctx, attempt, { stage: { state: 'refused', refusal } })).value.stage);
}

export async function endAttempt(ctx: WorkflowContext, attempt: Attempt): Promise<StepAnswer> {
  return answerOf((await moveOn(ctx, attempt, { stage: { state: 'over' } })).value.stage);
}

/** Lays the job and has the machine start its build. */
export async function sendToLane(
  ctx: WorkflowContext,
  attempt: Attempt,
  job: Job,
  blobs: Parameters<WorkflowContext['box']['putJob']>[3],
  change: Partial<Pick<AttemptRecord, 'subject' | 'source' | 'run_id'>> = {},
): Promise<StepAnswer> {
  const stage = await layJob(ctx, job, blobs);
  return answerOf((await moveOn(ctx, attempt, { ...change, stage })).value.stage);
}

/** The id of a job is random: a lane that knows only its own cannot read or answer another's. */
export async function layJob(
  ctx: WorkflowContext,
  job: Job,
  blobs: Parameters<WorkflowContext['box']['putJob']>[3],
): Promise<Extract<AttemptStage, { state: 'in-lane' }>> {
  const lane = laneOfJob(job);
  const job_id = `job_${base32(ctx.random(16))}`;
  await ctx.box.putJob(lane, job_id, job, blobs);
  return { state: 'in-lane', lane, step: job.kind, job_id };
}

export function answerOf(stage: AttemptStage): StepAnswer {
  switch (stage.state) {
    case 'in-lane':
      return { next: stage.lane, job_id: stage.job_id };
    case 'judged':
      return { next: 'authorize' };
    case 'begun':
      throw new Error('an attempt was answered before it was looked at');
    case 'refused':
    case 'over':
      return { next: 'done' };
  }
}

function laneOfJob(job: Job): Lane {
  switch (job.kind) {
    case 'fetch-source':
    case 'fetch-modules':
      return 'source';
    case 'plan':
      return 'terraform-plan';
    case 'observe':
      return 'kubectl-read';
    case 'run':
      return laneOf(job.plan.action);
  }
}
