/** What came back of a kubectl or shell call: what the cluster said before it, or how it ended. */

import type { Digest } from '../core/canonical.ts';
import { refuse } from '../core/refusal.ts';
import { type Attempt, endAttempt, type StepAnswer } from './attempt.ts';
import type { WorkflowContext } from './context.ts';
import { endRun, failAttempt } from './fail.ts';
import type { JobResult, Parcel } from './job.ts';
import { judgeKubectl } from './judge-call.ts';
import { ParcelBlobs, textOf } from './parcel-blobs.ts';
import { planningOf } from './planning.ts';

export async function takeObserved(
  ctx: WorkflowContext,
  attempt: Attempt,
  { manifest, observation }: Extract<JobResult, { kind: 'observed' }>,
  parcel: Parcel,
): Promise<StepAnswer> {
  const plan = await planningOf(ctx, attempt);
  if (plan === null) return endAttempt(ctx, attempt);
  // The manifest is the one that was sent, whatever the lane says that it asked about.
  const sent = attempt.value.subject?.input ?? attempt.value.source?.content ?? null;
  const blobs = new ParcelBlobs(parcel.blobs);
  const held = await Promise.all(
    [manifest, observation].map((each) => (each === null ? null : blobs.get(each))),
  );
  const whole = held.every((bytes, index) => (bytes === null) === ([manifest, observation][index] === null));
  if (manifest !== sent || !whole) {
    const problem = refuse('execution_failed', 'What the cluster said did not come back whole. Try again.');
    return failAttempt(ctx, attempt, problem);
  }
  for (const bytes of held) if (bytes !== null) await ctx.frozen.put(bytes);
  return judgeKubectl(ctx, attempt, plan, { manifest, diff: observation }, blobs);
}

/** The lane redacted its outputs; what a secret scanner still finds in them goes too. */
export async function takeRan(
  ctx: WorkflowContext,
  attempt: Attempt,
  ran: Extract<JobResult, { kind: 'ran' }>,
  parcel: Parcel,
): Promise<StepAnswer> {
  const kept = async (address: Digest | null) =>
    address === null
      ? null
      : ctx.blobs.put(new TextEncoder().encode(await ctx.sweep(textOf(parcel, address))));
  const { exit_code, error } = ran;
  return endRun(ctx, attempt, {
    exit_code,
    output: await kept(ran.output),
    stderr: await kept(ran.stderr),
    error: error === null ? null : { code: error.code, message: await ctx.sweep(error.message) },
    produced_plan: null,
  });
}
