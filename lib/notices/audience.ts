/** Whom an event concerns. */
import { type ApprovalView, findApproval } from '../control/approvals.ts';
import { findPlan } from '../control/plans.ts';
import { isRequester } from '../core/approval.ts';
import { approvalRules } from '../core/approval-rules.ts';
import type { NoticeEvent } from '../core/notice.ts';
import { classesOf } from '../core/plan.ts';
import { namedVoters } from '../core/roles.ts';
import type { NoticeDeps } from './deps.ts';
import type { Audience } from './provider.ts';

export async function audienceOf(deps: NoticeDeps, event: NoticeEvent): Promise<Audience> {
  switch (event.kind) {
    case 'approval_requested':
    case 'approval_decided':
    case 'approval_expiring':
    case 'approval_expired':
    case 'approval_withdrawn':
      return ofApproval(deps, await findApproval(deps, event.approval_id));
    case 'run_ended':
    case 'warned_action_ran': {
      const run = (await deps.store.get('run', event.run_id))?.value ?? null;
      return ofApproval(deps, run?.approval_id == null ? null : await findApproval(deps, run.approval_id));
    }
    case 'test':
      return { deciders: [], approvers: [], voters: [] };
    case 'break_glass_used':
    case 'override_made':
      return { deciders: [], approvers: everybody(deps), voters: [] };
    case 'review_open': {
      // Whoever used it cannot review it.
      const by = (await deps.store.get('review', event.review_id))?.value.by.toLowerCase();
      return { deciders: [], approvers: everybody(deps).filter((name) => name !== by), voters: [] };
    }
  }
}

/** Those whose votes count for this very plan. */
async function ofApproval(deps: NoticeDeps, view: ApprovalView | null): Promise<Audience> {
  if (view === null) return { deciders: [], approvers: [], voters: [] };
  const plan = await findPlan(deps.store, deps.environment, view.plan_id);
  const { isVoter } = approvalRules(deps.policy, deps.environment, classesOf(plan));
  const voters = view.votes.filter((vote) => vote.signature_holds).map((vote) => vote.approver.toLowerCase());
  const approvers = namedVoters(deps.policy).filter(
    (name) => isVoter(name) && !isRequester(name, view.requested_by),
  );
  return { approvers, voters, deciders: approvers.filter((name) => !voters.includes(name)) };
}

/** Everybody whom the policy names for anything. */
function everybody({ policy }: NoticeDeps): readonly string[] {
  const named = [...namedVoters(policy), ...Object.values(policy.roles).flat()];
  return [...new Set(named.map((name) => name.toLowerCase()))];
}
