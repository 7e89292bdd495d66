/** The audit: what happened, filtered, with whether it holds, and a way to take it along. */
import { html } from 'hono/html';
import type { AuditEvent } from '../../core/audit.ts';
import type { AuditEventsPage } from '../audit-events.ts';
import type { AuditState } from '../deps.ts';
import { type Frame, type Html, layout } from './layout.ts';
import { nothing, pager } from './parts.ts';
import { clockTime, visible, visibleLines } from './text.ts';

export interface AuditPage {
  readonly page: AuditEventsPage;
  /** As it was asked: by name of the field. */
  readonly query: Readonly<Record<string, string>>;
  readonly state:
    | { readonly known: false; readonly canVerify: boolean }
    | { readonly known: true; readonly audit: AuditState };
  readonly problem: string | null;
  readonly frame: Frame;
}

export function auditPage({ page, query, state, problem, frame }: AuditPage): Html {
  const search = new URLSearchParams(query).toString();
  return layout(
    `Audit of ${frame.environment}`,
    html`<main id="content"><h1>Audit</h1>
${verification(state)}
<form class="filters" method="get" action="/console/audit" role="search" aria-label="Filter events">
${field('type', 'Type', query, 'vote, run, alarm.break_glass')}
${field('actor', 'Who', query, 'alice@example.com')}
${field('about', 'About', query, 'an id')}
${field('since', 'From', query, '2026-01-31')}
${field('until', 'Until', query, '2026-02-01')}
<button>Filter</button>
</form>
${problem === null ? null : html`<p class="alarm" role="status">${problem}</p>`}
<p class="head"><span class="quiet">${page.events.length === 0 ? '' : 'The newest first, chain by chain.'}</span> <a href="/console/audit/export?${search}" download>Download as JSON lines</a></p>
${page.events.length === 0 ? nothing('No event passes.') : html`<ol class="events">${page.events.map(eventRow)}</ol>`}
${pager('/console/audit', page.next, query)}
</main>`,
    frame,
  );
}

function verification(state: AuditPage['state']): Html {
  if (state.known) {
    const { holds, what, at } = state.audit;
    return html`<p class="alarm ${holds ? 'calm' : 'grave'}" role="status">${holds ? 'The audit holds' : 'The audit does NOT hold'}: ${visible(what)} (looked at ${clockTime(at)}).</p>`;
  }
  return state.canVerify
    ? html`<p class="quiet">Every event is chained to the one before, and checkpoints are signed. <a href="/console/audit?verify=yes">Verify all of it now</a></p>`
    : html`<p class="quiet">Every event is chained to the one before, and checkpoints are signed. It is verified outside this console: <code>recourse audit verify</code></p>`;
}

function field(name: string, label: string, query: Readonly<Record<string, string>>, example: string): Html {
  return html`<div><label for="f-${name}">${label}</label><input id="f-${name}" name="${name}" value="${visible(query[name] ?? '')}" placeholder="${example}" autocomplete="off" spellcheck="false"></div>`;
}

function eventRow(event: AuditEvent): Html {
  return html`<li class="event${event.type.startsWith('alarm.') ? ' alarming' : ''}"><details>
<summary><time datetime="${visible(event.at)}">${clockTime(event.at)}</time> <b>${visible(event.type)}</b> <span class="quiet"><bdi>${visible(event.actor)}</bdi></span></summary>
<pre tabindex="0" aria-label="The event">${visibleLines(JSON.stringify(event.data, null, 2))}</pre>
<p class="quiet">${visible(event.chain)}, event ${event.seq}, <code>${visible(event.hash)}</code></p>
</details></li>`;
}
