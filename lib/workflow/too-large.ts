/** What cannot be handed to a lane ends the attempt with a sentence, not with a step that fails twice. */
import type { Attempt, StepAnswer } from './attempt.ts';
import type { WorkflowContext } from './context.ts';
import { failAttempt } from './fail.ts';
import { ParcelTooLarge } from './job.ts';

export async function unlessTooLarge(
  ctx: WorkflowContext,
  attempt: Attempt,
  step: Promise<StepAnswer>,
): Promise<StepAnswer> {
  try {
    return await step;
  } catch (failure) {
    if (!(failure instanceof ParcelTooLarge)) throw failure;
    return failAttempt(ctx, attempt, { code: 'execution_failed', why: tooLarge(failure) });
  }
}

export function tooLarge({ message }: ParcelTooLarge): string {
  return `This is more than can be handed over between the gateway and its lanes (${message}). Use a smaller source, or plan a part of it with -target.`;
}
