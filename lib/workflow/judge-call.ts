/** Judging a kubectl or shell call from what it froze; where policy lets it run, it is authorised next. */
import { canonicalJson } from '../core/canonical.ts';
import { isAtLeast } from '../core/decision.ts';
import type { KubectlFrozen } from '../core/plan.ts';
import { refuse } from '../core/refusal.ts';
import { refreezeKubectl } from '../executor/kubectl/frozen.ts';
import { SHELL_FROZEN } from '../executor/shell/lane.ts';
import { judgedCall } from '../lifecycle/judged-call.ts';
import { replacePlan } from '../lifecycle/record-plan.ts';
import type { FrozenAction } from '../ports/lanes.ts';
import type { Blobs } from '../ports/store.ts';
import { type Attempt, answerOf, endAttempt, moveOn, type StepAnswer } from './attempt.ts';
import type { WorkflowContext } from './context.ts';
import { failAttempt } from './fail.ts';
import { NO_CLUSTER_HERE, type Planning } from './planning.ts';

/** `blobs` hold the manifest and what the cluster said. */
export async function judgeKubectl(
  ctx: WorkflowContext,
  attempt: Attempt,
  plan: Planning,
  inputs: Pick<KubectlFrozen, 'manifest' | 'diff'>,
  blobs: Blobs,
): Promise<StepAnswer> {
  if (ctx.cluster === null) return failAttempt(ctx, attempt, NO_CLUSTER_HERE);
  const frozen: KubectlFrozen = { kind: 'kubectl', ...inputs, cluster: canonicalJson(ctx.cluster) };
  const call = await refreezeKubectl(
    { blobs, own: ctx.own, sweep: ctx.sweep },
    { action: plan.action, frozen },
    ctx.policy,
  );
  if (call === null) {
    return failAttempt(
      ctx,
      attempt,
      refuse('invalid_arguments', 'manifest: it is not one that can be applied.'),
    );
  }
  return judgeCall(ctx, attempt, plan, call);
}

export async function judgeShellCall(
  ctx: WorkflowContext,
  attempt: Attempt,
  plan: Planning,
): Promise<StepAnswer> {
  const lane = await ctx.shell();
  const call =
    'unavailable' in lane
      ? null
      : await lane.refreeze({ action: plan.action, frozen: SHELL_FROZEN }, ctx.policy);
  if (call === null) throw new Error('a shell call could not be judged');
  return judgeCall(ctx, attempt, plan, call);
}

async function judgeCall(
  ctx: WorkflowContext,
  attempt: Attempt,
  plan: Planning,
  call: FrozenAction,
): Promise<StepAnswer> {
  const judged = await judgedCall(ctx, plan.caller, plan.action, call);
  await replacePlan(ctx, plan, judged);
  if (isAtLeast(judged.decision, 'escalate')) return endAttempt(ctx, attempt);
  return answerOf((await moveOn(ctx, attempt, { stage: { state: 'judged' } })).value.stage);
}
