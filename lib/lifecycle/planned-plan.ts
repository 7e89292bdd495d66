/** What a terraform plan becomes once terraform has planned: judged, or failed. */
import type { Action, TerraformTarget } from '../core/action.ts';
import type { Caller } from '../core/plan.ts';
import type { ErrorCode } from '../core/refusal.ts';
import { sensitiveValues } from '../core/terraform/consequences.ts';
import { judgeTerraformPlan } from '../core/terraform/judge.ts';
import type { Snapshot, TerraformPlanned } from '../ports/lanes.ts';
import { appliedHistory } from './applied-history.ts';
import { capEvaluation } from './cap-evaluation.ts';
import type { LifecycleContext } from './context.ts';
import { verdictNow } from './overrides.ts';
import { putText, redacted } from './put-text.ts';
import type { PlanOutcome } from './record-plan.ts';
import { scanSource } from './source-scan.ts';

export async function judgedOutcome(
  ctx: LifecycleContext,
  plan: {
    readonly action: Action & TerraformTarget;
    readonly caller: Caller;
    readonly plan_id: string;
    readonly created_at: string;
  },
  snapshot: Snapshot,
  planned: TerraformPlanned,
): Promise<PlanOutcome> {
  const { secretVariables = [] } = planned.frozen;
  const judged = judgeTerraformPlan({
    action: plan.action,
    environment: ctx.environment,
    policy: ctx.policy,
    planJson: planned.planJson,
    scan: await scanSource(ctx, snapshot, plan.action.args),
    history: await appliedHistory(ctx, plan),
    own: ctx.own,
    secretVariables,
  });
  if (!judged.ok) return failedOutcome(ctx, 'execution_failed', judged.problem, planned.text);
  const { plan: read, assessment, verdict } = judged.judgement;
  if (read.errored) {
    const why = 'Terraform reports that this plan failed; it cannot be applied.';
    return failedOutcome(ctx, 'execution_failed', why, planned.text);
  }
  const { decision, reasons, classes } = await verdictNow(
    ctx,
    plan.caller,
    plan.action,
    verdict,
    assessment.evaluation,
  );
  const text = await redacted(ctx, planned.text, sensitiveValues(read, secretVariables));
  return {
    state: decision === 'block' ? 'blocked' : decision === 'escalate' ? 'needs_approval' : 'ready',
    decision,
    reasons,
    classes,
    evaluation: capEvaluation(assessment.evaluation),
    evaluationBlob: await putText(ctx, JSON.stringify(assessment.evaluation)),
    digest: planned.digest,
    digestParts: planned.digestParts,
    frozen: planned.frozen,
    outputBlob: await putText(ctx, text),
  };
}

/** `text`: what terraform printed, unredacted. */
export async function failedOutcome(
  ctx: LifecycleContext,
  code: ErrorCode,
  message: string,
  text: string,
): Promise<PlanOutcome> {
  const outputBlob = text === '' ? null : await putText(ctx, await redacted(ctx, text, []));
  return { state: 'plan_failed', failure: { code, message: await redacted(ctx, message, []) }, outputBlob };
}
