/** What a kubectl or shell call becomes once it is frozen: decided on with today's policy and overrides. */
import type { Action } from '../core/action.ts';
import { digestOf } from '../core/canonical.ts';
import type { Caller, JudgedPlan } from '../core/plan.ts';
import { decide } from '../core/policy/decide.ts';
import type { FrozenAction } from '../ports/lanes.ts';
import { capEvaluation } from './cap-evaluation.ts';
import type { RecordsContext } from './context.ts';
import { verdictNow } from './overrides.ts';
import { putText } from './put-text.ts';
import { type PlanOutcome, STATE_OF } from './record-plan.ts';

export async function judgedCall(
  ctx: RecordsContext,
  caller: Caller,
  action: Action,
  frozen: FrozenAction,
): Promise<Extract<PlanOutcome, Pick<JudgedPlan, 'decision'>>> {
  const first = decide(action, ctx.environment, ctx.policy, frozen.findings);
  const { decision, reasons, classes } = await verdictNow(ctx, caller, action, first, frozen.evaluation);
  return {
    state: STATE_OF[decision],
    decision,
    reasons,
    classes,
    evaluation: frozen.evaluation === null ? null : capEvaluation(frozen.evaluation),
    evaluationBlob: frozen.evaluation === null ? null : await putText(ctx, JSON.stringify(frozen.evaluation)),
    digest: digestOf(frozen.digestParts),
    digestParts: frozen.digestParts,
    frozen: frozen.frozen,
    outputBlob: frozen.text === null ? null : await putText(ctx, frozen.text),
  };
}
