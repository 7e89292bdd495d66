/** Pieces that several pages share. */
import { html } from 'hono/html';
import type { Decision } from '../../core/decision.ts';
import type { OutputPage } from '../output.ts';
import type { Html } from './layout.ts';
import { clockTime, fromNow, visible, visibleLines } from './text.ts';

export function fact(label: string, value: Html | string): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

export function when(iso: string, now: Date): Html {
  return html`<time datetime="${visible(iso)}" title="${clockTime(iso)}">${fromNow(iso, now)}</time>`;
}

export function exactly(iso: string, now: Date): Html {
  return html`<time datetime="${visible(iso)}">${clockTime(iso)}</time>, ${fromNow(iso, now)}`;
}

export function person({ agent, human }: { readonly agent: string; readonly human: string | null }): Html {
  return html`agent <bdi>${visible(agent)}</bdi>${human === null ? '' : html` for <bdi>${visible(human)}</bdi>`}`;
}

/** How much of a time is left, once it is `below` percent: for those who see; the words beside it say the same. */
export function countdown(from: string, to: string, now: Date, below = 100): Html | null {
  const total = Date.parse(to) - Date.parse(from);
  const left = Date.parse(to) - now.getTime();
  if (!(total > 0) || !(left > 0)) return null;
  const percent = Math.max(1, Math.min(100, Math.round((left / total) * 100)));
  if (percent > below) return null;
  return html`<progress class="left${percent <= 25 ? ' soon' : ''}" max="100" value="${percent}" aria-label="time left">${percent} % of the time is left</progress>`;
}

const STATE_TONES: Readonly<Record<string, string>> = {
  succeeded: 'good',
  approved: 'good',
  ready: 'good',
  active: 'wary',
  closed: 'good',
  running: 'going',
  planning: 'going',
  pending: 'wary',
  needs_approval: 'wary',
  open: 'wary',
  interrupted: 'grave',
  failed: 'grave',
  plan_failed: 'grave',
  blocked: 'grave',
  rejected: 'grave',
  void: 'grave',
};

/** A state in words, on a ground that says how good it is. */
export function pill(state: string): Html {
  return html`<span class="pill ${STATE_TONES[state] ?? 'over'}">${state.replaceAll('_', ' ')}</span>`;
}

const DECISION_TONES = { allow: 'good', warn: 'wary', escalate: 'wary', block: 'grave' } as const;

export function decisionPill(decision: Decision): Html {
  return html`<span class="pill ${DECISION_TONES[decision]}">${decision}</span>`;
}

/** `older`: the query of the next page, or null at the end. */
export function pager(
  path: string,
  older: string | null,
  query: Readonly<Record<string, string>> = {},
): Html | null {
  if (older === null) return null;
  const search = new URLSearchParams({ ...query, after: older });
  return html`<p class="pager"><a href="${path}?${search.toString()}">Older</a></p>`;
}

/** Text that was computed or printed, a page of it at a time. `href` leads to a page that begins at a byte. */
export function outputSection(
  id: string,
  title: string,
  output: OutputPage,
  href: (from: number) => string,
): Html | null {
  if (output.kind === 'none' || (output.kind === 'text' && output.total === 0)) return null;
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${
  output.kind === 'unreadable'
    ? html`<p class="alarm grave">This text is missing or was changed since it was stored. It is not shown.</p>`
    : html`<pre class="output" tabindex="0" aria-labelledby="${id}">${diffLines(output.text)}</pre>${outputPager(output, href)}`
}
</section>`;
}

function outputPager(
  output: Extract<OutputPage, { kind: 'text' }>,
  href: (from: number) => string,
): Html | null {
  const { from, next, total } = output;
  if (from === 0 && next === null) return null;
  const end = next ?? total;
  return html`<p class="pager"><span class="quiet">Bytes ${from + 1} to ${end} of ${total}</span>
${from === 0 ? '' : html`<a href="${href(0)}">From the start</a>`}
${next === null ? '' : html`<a href="${href(next)}">Go on</a>`}</p>`;
}

const MAX_MARKED_LINES = 4_000;

/** Lines that add, remove or change something are marked as such; the signs stay, so that colour is not all there is. */
export function diffLines(text: string): Html {
  const lines = visibleLines(text).split('\n');
  if (lines.length > MAX_MARKED_LINES) return html`${lines.join('\n')}`;
  return html`${lines.map((line, at) => html`${at === 0 ? '' : '\n'}${marked(line)}`)}`;
}

function marked(line: string): Html | string {
  const sign = /^\s*(?:-\/\+|\+\/-|[+~-])(?=\s)/.exec(line)?.[0].trim();
  switch (sign) {
    case undefined:
      return line;
    case '+':
      return html`<ins>${line}</ins>`;
    case '-':
      return html`<del>${line}</del>`;
    default:
      return html`<span class="mod">${line}</span>`;
  }
}

export function nothing(text: string): Html {
  return html`<p class="empty">${text}</p>`;
}
