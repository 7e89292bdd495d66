/**
 * When a plan is made again, an approval holds if the digest is equal. Where it is not, the agent is told
 * what differs from the plan that a human had approved.
 */
import { canonicalJson } from '../core/canonical.ts';
import { differingParts, type JudgedPlan, type PlanRecord, type Reason } from '../core/plan.ts';
import { type ApprovalView, approvalFor } from '../lifecycle/approvals.ts';
import type { ToolContext } from './tool.ts';

const PLANS_LOOKED_AT = 30;

export async function carriedOver(
  ctx: ToolContext,
  plan: JudgedPlan,
  standing: ApprovalView | null,
): Promise<Reason[]> {
  if (plan.state !== 'needs_approval') return [];
  if (standing !== null) {
    if (standing.approval.plan_id === plan.plan_id || standing.state.state !== 'approved') return [];
    return [
      reason(
        'approval_carried_over',
        `Equal to ${standing.approval.plan_id}: its approval holds for this plan too.`,
      ),
    ];
  }
  const before = await approvedBefore(ctx, plan);
  if (before === null) return [];
  const parts = differingParts(before.plan.digestParts, plan.digestParts).map((name) => {
    const [was, is] = [before.plan.digestParts[name]?.shown ?? null, plan.digestParts[name]?.shown ?? null];
    return was === null && is === null ? name : `${name} (${was ?? 'none'} → ${is ?? 'none'})`;
  });
  const what = parts.length === 0 ? 'its inputs' : parts.join(', ');
  return [
    reason(
      'approval_does_not_carry_over',
      `The approval ${before.approvalId} was for ${before.plan.plan_id}, which differs in: ${what}. Ask for a new one.`,
    ),
  ];
}

function reason(rule: string, message: string): Reason {
  return { rule, class: null, address: '', message };
}

/** The newest plan for the same target that a human approved and nobody ran. */
async function approvedBefore(ctx: ToolContext, plan: JudgedPlan) {
  const page = await ctx.store.list('plan', {
    under: 'plans',
    order: 'newest_first',
    limit: PLANS_LOOKED_AT,
  });
  for (const other of page.items) {
    if (other.plan_id === plan.plan_id || !sameTarget(other, plan)) continue;
    const view = await approvalFor(ctx, other.digest);
    if (view?.state.state === 'approved') return { plan: other, approvalId: view.approval.approval_id };
  }
  return null;
}

function sameTarget(other: PlanRecord, plan: JudgedPlan): other is JudgedPlan {
  if (other.state === 'planning' || other.state === 'plan_failed') return false;
  if (other.caller.agent !== plan.caller.agent || other.digest === plan.digest) return false;
  return canonicalJson(target(other)) === canonicalJson(target(plan));
}

function target(plan: JudgedPlan): unknown {
  const { action } = plan;
  return 'workspace' in action ? { kind: action.kind, cwd: action.cwd, workspace: action.workspace } : action;
}
