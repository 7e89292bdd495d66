/** One request in a list. */
import { html } from 'hono/html';
import type { ApprovalView } from '../approvals.ts';
import { actionWords } from './action.ts';
import { tierBadge } from './changes.ts';
import type { Html } from './layout.ts';
import { countdown, person, pill, when } from './parts.ts';
import { counted, visible } from './text.ts';

export function requestCard(view: ApprovalView, now: Date): Html {
  const words = view.plan === null ? null : actionWords(view.plan.action);
  const evaluation = view.plan !== null && 'evaluation' in view.plan ? view.plan.evaluation : null;
  const pending = view.state.state === 'pending' ? view.state : null;
  const votes = pending !== null && pending.need > 1 ? `${pending.have} of ${pending.need} approvals` : null;
  const changes = evaluation === null ? null : counted(evaluation.total_changes, 'change');
  return html`<li><a class="card" href="/a/${view.approval_id}">
<span class="line"><strong>${sentence(visible(words?.does ?? 'a plan that is not stored any more'))}</strong>
${pending === null ? pill(view.status) : evaluation === null ? html`<span class="badge unknown">Not judged</span>` : tierBadge(evaluation.worst_tier)}</span>
<span><code>${visible(words?.command ?? words?.where ?? view.plan_id)}</code></span>
<span class="line quiet"><span>${[changes, votes].filter((part) => part !== null).join(' · ')}${changes === null && votes === null ? '' : ' · '}${person(view.requested_by)}</span>
<span>asked ${when(view.created_at, now)}${pending === null ? '' : html` · expires ${when(view.expires_at, now)}`}</span></span>
${pending !== null && view.plan?.expired ? html`<span class="quiet">Its plan has expired: the agent must plan again, and an approval holds only if the new plan is identical.</span>` : null}
${pending === null ? null : countdown(view.created_at, view.expires_at, now, 50)}
</a></li>`;
}

export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
