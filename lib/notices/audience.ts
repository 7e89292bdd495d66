/** Whom an event concerns. */
import { type ApprovalView, approvalRules, findApproval } from '../control/approvals.ts';
import { isRequester } from '../core/approval.ts';
import type { NoticeEvent } from '../core/notice.ts';
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
    case 'break_glass_used':
    case 'override_made':
      return { deciders: [], approvers: everybody(deps), voters: [] };
    case 'review_open': {
      // Whoever used it cannot review it.
      const by = event.by.toLowerCase();
      return {
        deciders: [],
        approvers: everybody(deps).filter((name) => name.toLowerCase() !== by),
        voters: [],
      };
    }
  }
}

function ofApproval(deps: NoticeDeps, view: ApprovalView | null): Audience {
  if (view === null) return { deciders: [], approvers: [], voters: [] };
  const voters = view.votes.filter((vote) => vote.signature_holds).map((vote) => vote.approver);
  const voted = new Set(voters.map((name) => name.toLowerCase()));
  const approvers = everybody(deps).filter((name) => !isRequester(name, view.requested_by));
  return { approvers, voters, deciders: approvers.filter((name) => !voted.has(name.toLowerCase())) };
}

function everybody({ policy }: NoticeDeps): readonly string[] {
  return approvalRules(policy).approvers;
}
