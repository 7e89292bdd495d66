/** The first page: requests that wait for a human, the newest first, and what runs now. */
import { html } from 'hono/html';
import type { ApprovalsPage } from '../approvals.ts';
import type { RunView } from '../runs.ts';
import { type Frame, type Html, layout } from './layout.ts';
import { nothing, pager } from './parts.ts';
import { requestCard } from './request-card.ts';
import { runCard } from './runs.ts';

export interface PendingPage {
  readonly page: ApprovalsPage;
  /** Only those that wait. */
  readonly pendingOnly: boolean;
  readonly running: readonly RunView[];
  readonly now: Date;
  readonly frame: Frame;
}

export function pendingPage({ page, pendingOnly, running, now, frame }: PendingPage): Html {
  const { approvals, next } = page;
  const none = approvals.length === 0;
  const title = !pendingOnly
    ? 'All requests'
    : none
      ? 'Nothing waits for a decision'
      : 'Waiting for a decision';
  return layout(
    pendingOnly ? `${approvals.length} waiting in ${frame.environment}` : `Requests in ${frame.environment}`,
    html`<main id="content">
<div class="head"><h1>${title}</h1>
${pendingOnly ? html`<a href="/console?status=all">All requests</a>` : html`<a href="/console">Only those that wait</a>`}</div>
${
  none
    ? nothing('When an agent asks for something that needs a human, it appears here. Reload to look again.')
    : html`<ul class="cards">${approvals.map((each) => requestCard(each, now))}</ul>`
}
${pager('/console', next, pendingOnly ? {} : { status: 'all' })}
${
  running.length === 0
    ? null
    : html`<section aria-labelledby="running"><h2 id="running">Running now</h2>
<ul class="cards">${running.map((each) => runCard(each, now))}</ul></section>`
}
</main>`,
    frame,
  );
}
