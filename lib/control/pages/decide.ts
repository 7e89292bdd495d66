/** The panel where a human decides, or is told how it was decided. */
import { html } from 'hono/html';
import type { ApprovalState, Verdict } from '../../core/approval.ts';
import { waitingWords } from '../../core/approval-rules.ts';
import type { ApprovalView } from '../approvals.ts';
import type { OutputPage } from '../output.ts';
import { MAX_REASON } from '../reason.ts';
import type { Frame, Html } from './layout.ts';
import { counted, visible } from './text.ts';

/** What the page of one request is made of. */
export interface Asking {
  readonly view: ApprovalView;
  readonly output: OutputPage;
  readonly now: Date;
  readonly approver: string;
  /** Whether this human may decide at all. */
  readonly mayVote: boolean;
  /** What proves to the POST that this page was ours. */
  readonly proof:
    | { readonly kind: 'link'; readonly token: string; readonly used: boolean }
    | { readonly kind: 'session'; readonly frame: Frame };
  /** The answer to a decision that was just made; null on a GET. */
  readonly said:
    | { readonly kind: 'voted'; readonly verdict: Verdict }
    | { readonly kind: 'refused'; readonly why: string; readonly reason: string }
    | null;
}

export function decisionPanel(asking: Asking): Html {
  const { view, said } = asking;
  return html`<aside class="panel" id="decide" aria-labelledby="decision">
${said === null ? null : html`<p class="${said.kind === 'voted' ? 'said' : 'said bad'}" role="status">${said.kind === 'voted' ? VOTED[said.verdict] : said.why}</p>`}
${closed(asking) ?? openForm(asking)}
${view.state.state === 'pending' && view.state.need > 1 ? html`<p class="quiet">${view.state.have} of ${counted(view.state.need, 'approval')} so far.</p>` : null}
</aside>`;
}

/** Whether this human can decide here and now: then the panel comes last, after what there is to read. */
export function isOpen(asking: Asking): boolean {
  return closed(asking) === null;
}

const VOTED = {
  approve: 'Your approval is recorded.',
  reject: 'Your rejection is recorded.',
} as const satisfies Record<Verdict, string>;

/** Why there is no form; null where there is one. */
function closed(asking: Asking): Html | null {
  const { view, proof, approver, mayVote } = asking;
  if (view.state.state !== 'pending') return status(view.state);
  const voted = view.votes.some((vote) => vote.approver.toLowerCase() === approver.toLowerCase());
  if (voted) return status(view.state);
  if (!view.stands) return panel('Replaced', 'Another request for the same plan has replaced this one.');
  if (!mayVote)
    return panel('Not yours to decide', 'You may look, but the policy leaves this decision to others.');
  if (proof.kind === 'link' && proof.used) return panel('Link used', 'This link has been used already.');
  return null;
}

function status(state: ApprovalState): Html {
  switch (state.state) {
    case 'approved':
      return panel('Approved', `By ${state.approvers.map(visible).join(', ')}. The agent may run it once.`);
    case 'rejected':
      return panel('Rejected', `By ${visible(state.by)}: ${visible(state.reason)}`);
    case 'expired':
      return panel('Expired', 'Nobody decided in time. Nothing will run; the agent can ask again.');
    case 'withdrawn':
      return panel('Withdrawn', `${visible(state.why)} There is nothing to decide any more.`);
    case 'spent':
      return panel('Approved and used', `It ran once, as ${state.run_id}.`);
    case 'pending':
      return panel('Waiting for others', `You have voted. Needed: ${waitingWords(state.waiting)}.`);
  }
}

function panel(title: string, text: string): Html {
  return html`<h2 id="decision">${title}</h2><p>${text}</p>`;
}

function openForm({ view, proof, approver, said }: Asking): Html {
  const reason = said?.kind === 'refused' ? said.reason : '';
  return html`<h2 id="decision">Your decision</h2>
<form method="post" action="/a/${view.approval_id}#decide">
${proof.kind === 'link' ? html`<input type="hidden" name="t" value="${proof.token}">` : html`<input type="hidden" name="csrf" value="${proof.frame.csrf}">`}
<input type="hidden" name="digest" value="${view.digest}">
<label for="reason">Reason <span class="quiet">needed to reject; the agent is told it</span></label>
<textarea id="reason" name="reason" rows="3" maxlength="${MAX_REASON}">${reason}</textarea>
<div class="buttons">
<button class="reject" name="verdict" value="reject">Reject</button>
${view.plan_matches ? html`<button class="approve" name="verdict" value="approve">Approve</button>` : null}
</div>
<p class="quiet">You decide as <bdi>${visible(approver)}</bdi>. An approval lets exactly this plan run, once.</p>
</form>`;
}
