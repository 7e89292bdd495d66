/** Deciding on a frozen source before terraform runs, and what a plan becomes that stops there. */
import type { Action, TerraformTarget } from '../core/action.ts';
import { canonicalJson, digestOf } from '../core/canonical.ts';
import { isAtLeast } from '../core/decision.ts';
import type { Finding } from '../core/finding.ts';
import { decide, type Verdict } from '../core/policy/decide.ts';
import type { Snapshot } from '../ports/lanes.ts';
import type { LifecycleContext } from './context.ts';
import { scanDigestParts } from './evidence.ts';
import { putText } from './put-text.ts';
import type { PlanOutcome } from './record-plan.ts';
import { scanSource } from './source-scan.ts';
import { stoppedSourceText } from './stopped-source.ts';

type ScannedAction = Action & TerraformTarget;

/** What the plan becomes if the scan stops it: it waits for a human, or is blocked. Null: terraform may plan. */
export async function stoppedByScan(
  ctx: LifecycleContext,
  action: ScannedAction,
  snapshot: Snapshot,
): Promise<PlanOutcome | null> {
  const findings = await scanSource(ctx, snapshot, action.args);
  const verdict = decide(action, ctx.environment, ctx.policy, findings);
  return isAtLeast(verdict.decision, 'escalate') ? stopped(ctx, action, snapshot, findings, verdict) : null;
}

/**
 * The same for a source with its modules, where a human approved it without: only what they bring beyond what was
 * approved can stop it again.
 */
export async function stoppedByModules(
  ctx: LifecycleContext,
  action: ScannedAction,
  approved: Snapshot,
  snapshot: Snapshot,
): Promise<PlanOutcome | null> {
  const known = new Set((await scanSource(ctx, approved, action.args)).map((each) => canonicalJson(each)));
  const findings = await scanSource(ctx, snapshot, action.args);
  const more = findings.filter((each) => !known.has(canonicalJson(each)));
  const judge = (found: readonly Finding[]) => decide(action, ctx.environment, ctx.policy, found);
  if (more.length === 0 || !isAtLeast(judge(more).decision, 'escalate')) return null;
  return stopped(ctx, action, snapshot, findings, judge(findings));
}

async function stopped(
  ctx: LifecycleContext,
  action: ScannedAction,
  snapshot: Snapshot,
  findings: readonly Finding[],
  { decision, reasons, classes }: Verdict,
): Promise<PlanOutcome> {
  const digestParts = scanDigestParts(ctx.environment, action, snapshot);
  return {
    state: decision === 'block' ? 'blocked' : 'needs_approval',
    decision,
    reasons,
    classes,
    evaluation: null,
    evaluationBlob: null,
    digest: digestOf(digestParts),
    digestParts,
    frozen: { kind: 'terraform-scan', snapshot: snapshot.address },
    outputBlob: await putText(ctx, await stoppedSourceText(ctx, snapshot, findings)),
  };
}
