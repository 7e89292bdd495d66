/** Judges a plan from its frozen bytes and the operator's policy, claims it, and hands it to its lane. */
import { judgingContext } from '../lib/aws/judging.ts';
import { prepareJudging } from '../lib/aws/prepare-judging.ts';
import type { StepAnswer } from '../lib/workflow/attempt.ts';
import { authorizeStep } from '../lib/workflow/authorize.ts';
import { parseStepEvent } from '../lib/workflow/step-event.ts';

const parts = await prepareJudging('authorize-run', import.meta.dirname, process.env, false);

export async function handler(event: unknown): Promise<StepAnswer> {
  const { opening } = parseStepEvent(event);
  parts.watch.about({ attempt_id: opening.attemptId, plan_id: opening.planId });
  return authorizeStep(judgingContext(parts, opening.attemptId, new Date()), opening);
}
