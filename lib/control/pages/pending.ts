/** The list of requests that wait for a human, the newest first. */
import { html } from 'hono/html';
import type { ApprovalsPage, ApprovalView } from '../approvals.ts';
import { actionWords } from './action.ts';
import { tierBadge } from './changes.ts';
import { type Html, layout, type Reader } from './layout.ts';
import { counted, fromNow, visible } from './text.ts';

export interface PendingPage {
  readonly page: ApprovalsPage;
  readonly environment: string;
  readonly now: Date;
  readonly reader: Reader;
}

export function pendingPage({ page, environment, now, reader }: PendingPage): Html {
  const { approvals, next } = page;
  return layout(
    `${approvals.length} waiting in ${environment}`,
    html`<main>
<p class="crumb"><span class="env">${visible(environment)}</span></p>
<h1>${approvals.length === 0 ? 'Nothing waits for a decision' : 'Waiting for a decision'}</h1>
${
  approvals.length === 0
    ? html`<p class="quiet">When an agent asks for something that needs a human, it appears here. Reload to look again.</p>`
    : html`<ul class="requests">${approvals.map((each) => request(each, now))}</ul>`
}
${next === null ? null : html`<p><a href="/console?after=${encodeURIComponent(next)}">Older requests</a></p>`}
</main>`,
    reader,
  );
}

function request(view: ApprovalView, now: Date): Html {
  const words = view.plan === null ? null : actionWords(view.plan.action);
  const evaluation = view.plan !== null && 'evaluation' in view.plan ? view.plan.evaluation : null;
  const { agent, human } = view.requested_by;
  return html`<li><a href="/a/${view.approval_id}">
<span class="line"><strong>${sentence(visible(words?.does ?? 'a plan that is not stored any more'))}</strong>
${evaluation === null ? html`<span class="badge unknown">Not judged</span>` : tierBadge(evaluation.worst_tier)}</span>
<span class="line"><code>${visible(words?.command ?? words?.where ?? view.plan_id)}</code></span>
<span class="line quiet"><span>${evaluation === null ? '' : `${counted(evaluation.total_changes, 'change')} · `}agent <bdi>${visible(agent)}</bdi>${human === null ? '' : html` for <bdi>${visible(human)}</bdi>`}</span>
<span>asked ${fromNow(view.created_at, now)} · expires ${fromNow(view.expires_at, now)}</span></span>
</a></li>`;
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
