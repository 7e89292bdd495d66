/**
 * Reading back what a plan froze, and judging it anew: from the bytes, with today's policy. What the record
 * says about its own decision plays no part.
 */
import type { Evidence } from '../core/authorize.ts';
import { canonicalJson, digestOf, sha256 } from '../core/canonical.ts';
import type { Evaluation } from '../core/finding.ts';
import { touchedBy } from '../core/override.ts';
import type { JudgedPlan } from '../core/plan.ts';
import { decide } from '../core/policy/decide.ts';
import { judgeTerraformPlan } from '../core/terraform/judge.ts';
import type { ActionLane, Snapshot } from '../ports/lanes.ts';
import { BlobTampered } from '../ports/store.ts';
import { appliedHistory } from './applied-history.ts';
import { capEvaluation } from './cap-evaluation.ts';
import type { LifecycleContext } from './context.ts';
import { scanSource } from './source-scan.ts';
import { stoppedSourceText } from './stopped-source.ts';

/** Null where the frozen bytes are gone. Broken I/O rejects. */
export async function readEvidence(ctx: LifecycleContext, plan: JudgedPlan): Promise<Evidence | null> {
  try {
    switch (plan.frozen.kind) {
      case 'terraform':
        return await terraformEvidence(ctx, plan);
      case 'terraform-scan':
        return await scanEvidence(ctx, plan, plan.frozen.snapshot);
      case 'kubectl':
        return await actionEvidence(ctx, plan, await ctx.kubectl());
      case 'shell':
        return await actionEvidence(ctx, plan, await ctx.shell());
    }
  } catch (failure) {
    if (failure instanceof BlobTampered) return { state: 'tampered', what: 'stored bytes' };
    throw failure;
  }
}

async function terraformEvidence(ctx: LifecycleContext, plan: JudgedPlan): Promise<Evidence | null> {
  const lane = await ctx.terraform();
  if ('unavailable' in lane || !('args' in plan.action) || plan.frozen.kind !== 'terraform') return null;
  const { secretVariables = [] } = plan.frozen;
  const back = await lane.readBack(plan);
  if (back === null) return null;
  const judged = judgeTerraformPlan({
    action: plan.action,
    environment: ctx.environment,
    policy: ctx.policy,
    planJson: back.planJson,
    scan: await scanSource(ctx, back.snapshot, plan.action.args),
    history: await appliedHistory(ctx, plan),
    own: ctx.own,
    secretVariables,
  });
  if (!judged.ok) return { state: 'tampered', what: `plan JSON: ${judged.problem}` };
  const { assessment, verdict } = judged.judgement;
  if (!isWhatWasShown(plan, assessment.evaluation)) return NOT_WHAT_WAS_SHOWN;
  return {
    state: 'intact',
    digest: back.digest,
    workspace: back.workspace,
    verdict,
    touched: touchedBy(assessment.evaluation),
  };
}

const NOT_WHAT_WAS_SHOWN: Evidence = { state: 'tampered', what: 'the evaluation that humans see' };

/** Humans decide on the evaluation in the record: it must be the one that the frozen bytes give. */
function isWhatWasShown(plan: JudgedPlan, evaluation: Evaluation | null): boolean {
  if (evaluation === null) return plan.evaluation === null && plan.evaluationBlob === null;
  return (
    plan.evaluationBlob === sha256(JSON.stringify(evaluation)) &&
    canonicalJson(plan.evaluation) === canonicalJson(plainJson(capEvaluation(evaluation)))
  );
}

function plainJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

async function scanEvidence(
  ctx: LifecycleContext,
  plan: JudgedPlan,
  source: `sha256:${string}`,
): Promise<Evidence | null> {
  const lane = await ctx.terraform();
  if ('unavailable' in lane || !('args' in plan.action)) return null;
  const snapshot = await lane.reopen(source);
  if (snapshot === null) return null;
  const findings = await scanSource(ctx, snapshot, plan.action.args);
  if (plan.outputBlob !== sha256(await stoppedSourceText(ctx, snapshot, findings))) return NOT_WHAT_WAS_SHOWN;
  const verdict = decide(plan.action, ctx.environment, ctx.policy, findings);
  const digest = digestOf(scanDigestParts(plan.environment, plan.action, snapshot));
  return { state: 'intact', digest, workspace: plan.action.workspace, verdict, touched: [] };
}

async function actionEvidence(
  ctx: LifecycleContext,
  plan: JudgedPlan,
  lane: ActionLane | { readonly unavailable: string },
): Promise<Evidence | null> {
  if ('unavailable' in lane) return null;
  const back = await lane.refreeze(plan, ctx.policy);
  if (back === null) return null;
  const text = back.text === null ? null : sha256(back.text);
  if (text !== plan.outputBlob || !isWhatWasShown(plan, back.evaluation)) return NOT_WHAT_WAS_SHOWN;
  const verdict = decide(plan.action, ctx.environment, ctx.policy, back.findings);
  const touched = touchedBy(back.evaluation);
  return { state: 'intact', digest: digestOf(back.digestParts), workspace: null, verdict, touched };
}

/** What an approval of a plan that stopped at the scan is bound to. */
export function scanDigestParts(
  environment: string,
  action: JudgedPlan['action'],
  { address, modules }: Snapshot,
): JudgedPlan['digestParts'] {
  const part = (value: unknown) => ({ hash: digestOf(value), shown: null });
  return {
    snapshot: part(modules?.source ?? address),
    modules: part(modules?.address ?? null),
    action: part(action),
    environment: part(environment),
  };
}
