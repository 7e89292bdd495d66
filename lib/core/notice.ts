/**
 * What people are told. An event names what it is about and says little of it: whoever renders one reads the
 * record again, so that a notice shows what is true when it is sent, and nothing secret travels in a queue.
 */
import type { Verdict } from './approval.ts';
import { canonicalJson } from './canonical.ts';
import type { ApprovalId, BreakGlassId, OverrideId, PlanId, ReviewId, RunId } from './ids.ts';
import type { ApprovalProvider } from './policy/providers.ts';

interface Common {
  /** When it happened, ISO 8601. */
  readonly at: string;
  readonly environment: string;
}

interface AboutApproval extends Common {
  readonly approval_id: ApprovalId;
  readonly plan_id: PlanId;
}

export type NoticeEvent =
  | (AboutApproval & { readonly kind: 'approval_requested' })
  /** One for each vote that was counted; `state` is where the approval stands with it. */
  | (AboutApproval & {
      readonly kind: 'approval_decided';
      readonly approver: string;
      readonly verdict: Verdict;
      readonly via: string;
      readonly state: 'approved' | 'rejected' | 'pending';
    })
  | (AboutApproval & { readonly kind: 'approval_expiring'; readonly expires_at: string })
  | (AboutApproval & { readonly kind: 'approval_expired' })
  | (AboutApproval & { readonly kind: 'approval_withdrawn'; readonly why: string })
  | (Common & {
      readonly kind: 'run_ended';
      readonly run_id: RunId;
      readonly plan_id: PlanId;
      readonly state: 'succeeded' | 'failed' | 'interrupted' | 'cancelled';
    })
  /** Something ran that policy let through with a warning, or that an override let through. */
  | (Common & { readonly kind: 'warned_action_ran'; readonly run_id: RunId; readonly plan_id: PlanId })
  /** For everyone, at once: a human let a plan run that policy or the approvers had not. */
  | (Common & {
      readonly kind: 'break_glass_used';
      readonly break_glass_id: BreakGlassId;
      readonly plan_id: PlanId;
      readonly by: string;
      readonly reason: string;
      readonly expires_at: string;
    })
  | (Common & {
      readonly kind: 'review_open';
      readonly review_id: ReviewId;
      readonly plan_id: PlanId;
      readonly by: string;
    })
  | (Common & {
      readonly kind: 'override_made';
      readonly override_id: OverrideId;
      readonly by: string;
      readonly reason: string;
      readonly expires_at: string;
    })
  /** Somebody tries whether a way of telling works. */
  | (Common & {
      readonly kind: 'test';
      readonly provider: ApprovalProvider;
      readonly who: string;
      /** For e-mail: an address; null: those who are told of everything. */
      readonly to: string | null;
    });

export type NoticeKind = NoticeEvent['kind'];

/** The same event told twice has the same key: an outbox that has the key already need not queue it again. */
export function noticeKey(event: NoticeEvent): string {
  return `${event.kind} ${canonicalJson(subjectOf(event))}`;
}

function subjectOf(event: NoticeEvent): unknown {
  switch (event.kind) {
    case 'approval_requested':
    case 'approval_expiring':
    case 'approval_expired':
    case 'approval_withdrawn':
      return event.approval_id;
    case 'approval_decided':
      return [event.approval_id, event.approver.toLowerCase()];
    case 'run_ended':
    case 'warned_action_ran':
      return event.run_id;
    case 'break_glass_used':
      return event.break_glass_id;
    case 'review_open':
      return event.review_id;
    case 'override_made':
      return event.override_id;
    case 'test':
      return [event.provider, event.who, event.at];
  }
}
