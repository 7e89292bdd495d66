/**
 * Reading back what a plan froze, and judging it anew: from the bytes, with today's policy. What the record
 * says about its own decision plays no part.
 */
import type { Evidence } from '../core/authorize.ts';
import { digestOf } from '../core/canonical.ts';
import type { JudgedPlan } from '../core/plan.ts';
import { decide } from '../core/policy/decide.ts';
import { judgeTerraformPlan } from '../core/terraform/judge.ts';
import { BlobTampered } from '../ports.ts';
import { appliedHistory } from './applied-history.ts';
import type { LifecycleContext } from './context.ts';
import { scanSource } from './source-scan.ts';

/** Null where the frozen bytes are gone. Broken I/O rejects. */
export async function readEvidence(ctx: LifecycleContext, plan: JudgedPlan): Promise<Evidence | null> {
  try {
    switch (plan.frozen.kind) {
      case 'terraform':
        return await terraformEvidence(ctx, plan);
      case 'terraform-scan':
        return await scanEvidence(ctx, plan, plan.frozen.snapshot);
      case 'kubectl':
      case 'shell':
        return null;
    }
  } catch (failure) {
    if (failure instanceof BlobTampered) return { state: 'tampered', what: 'stored bytes' };
    throw failure;
  }
}

async function terraformEvidence(ctx: LifecycleContext, plan: JudgedPlan): Promise<Evidence | null> {
  const lane = await ctx.terraform();
  if ('unavailable' in lane || !('args' in plan.action)) return null;
  const back = await lane.readBack(plan);
  if (back === null) return null;
  const judged = judgeTerraformPlan({
    action: plan.action,
    environment: ctx.environment,
    policy: ctx.policy,
    planJson: back.planJson,
    scan: await scanSource(ctx, back.snapshot, plan.action.args),
    history: await appliedHistory(ctx, plan.action),
  });
  if (!judged.ok) return { state: 'tampered', what: `plan JSON: ${judged.problem}` };
  const { decision, reasons } = judged.judgement;
  return { state: 'intact', digest: back.digest, workspace: back.workspace, decision, reasons };
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
  const { decision, reasons } = decide(plan.action, ctx.environment, ctx.policy, findings);
  const digest = digestOf(scanDigestParts(plan.environment, plan.action, source));
  return { state: 'intact', digest, workspace: plan.action.workspace, decision, reasons };
}

/** What an approval of a plan that stopped at the scan is bound to. */
export function scanDigestParts(
  environment: string,
  action: JudgedPlan['action'],
  source: `sha256:${string}`,
): JudgedPlan['digestParts'] {
  const part = (value: unknown) => ({ hash: digestOf(value), shown: null });
  return { snapshot: part(source), action: part(action), environment: part(environment) };
}
