/** What the policy says about a plan, the strictest first. */
import { html } from 'hono/html';
import type { Reason } from '../../core/plan.ts';
import type { Html } from './layout.ts';
import { visible } from './text.ts';

export function reasonsSection(title: string, reasons: readonly Reason[]): Html | null {
  if (reasons.length === 0) return null;
  return html`<section aria-labelledby="reasons">
<h2 id="reasons">${title}</h2>
<ul>${reasons.map(reason)}</ul>
</section>`;
}

function reason(each: Reason): Html {
  return html`<li>${visible(each.message)} <span class="quiet">${visible(each.rule)}${each.address === '' ? '' : html`, <code>${visible(each.address)}</code>`}</span></li>`;
}
