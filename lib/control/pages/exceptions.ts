/** What is out of the ordinary: overrides that act, glass that was broken, reviews that are open. */
import { html } from 'hono/html';
import { ACTION_KINDS } from '../../core/action.ts';
import { FINDING_CLASSES } from '../../core/finding.ts';
import { neverActs } from '../../core/override.ts';
import type { GlassView } from '../glass-list.ts';
import type { OverrideView } from '../overrides.ts';
import { MAX_REASON } from '../reason.ts';
import type { ReviewView } from '../reviews.ts';
import { type Frame, type Html, layout } from './layout.ts';
import { countdown, nothing, person, pill, when } from './parts.ts';
import { scopeWords } from './scope.ts';
import { visible } from './text.ts';

export interface ExceptionsPage {
  /** Of the last day, the newest first. */
  readonly overrides: readonly OverrideView[];
  readonly glass: readonly GlassView[];
  readonly reviews: readonly ReviewView[];
  readonly now: Date;
  /** What whoever looks may do. */
  readonly may: { readonly override: boolean; readonly revoke: boolean; readonly review: boolean };
  readonly frame: Frame;
}

export function exceptionsPage(shown: ExceptionsPage): Html {
  const { overrides, glass, reviews, now, may, frame } = shown;
  const acting = overrides.filter((each) => each.state === 'active');
  const over = overrides.filter((each) => each.state !== 'active');
  const open = reviews.filter((each) => each.state === 'open');
  const closed = reviews.filter((each) => each.state === 'closed');
  return layout(
    `Exceptions in ${frame.environment}`,
    html`<main id="content"><h1>Exceptions</h1>
<section aria-labelledby="acting"><h2 id="acting">Overrides that act now</h2>
${acting.length === 0 ? nothing('None: the policy holds as it is written.') : html`<ul class="cards">${acting.map((each) => overrideCard(each, now, may.revoke ? frame : null))}</ul>`}
${may.override ? overrideForm(frame) : null}
</section>
<section aria-labelledby="reviews"><h2 id="reviews">Reviews that are open</h2>
${open.length === 0 ? nothing('None.') : html`<ul class="cards">${open.map((each) => reviewCard(each, now, may.review ? frame : null))}</ul>`}
</section>
<section aria-labelledby="glass"><h2 id="glass">Broken glass</h2>
${glass.length === 0 ? nothing('Nobody has broken the glass.') : html`<ul class="cards">${glass.map((each) => glassCard(each, now))}</ul>`}
</section>
${
  over.length + closed.length === 0
    ? null
    : html`<section aria-labelledby="over"><h2 id="over">Over</h2><ul class="cards">${over.map((each) => overrideCard(each, now, null))}${closed.map((each) => reviewCard(each, now, null))}</ul></section>`
}
</main>`,
    frame,
  );
}

function overrideCard(each: OverrideView, now: Date, frame: Frame | null): Html {
  const active = each.state === 'active';
  return html`<li class="card">
<span class="line"><strong>Lets <code>${visible(scopeWords(each.scope))}</code> pass with a warning</strong> ${pill(each.state)}</span>
<span>${`“${visible(each.reason)}”`}</span>
<span class="line quiet"><span>by <bdi>${visible(each.by)}</bdi>, ${when(each.made_at, now)} · <code>${each.override_id}</code></span><span>${active ? html`ends ${when(each.expires_at, now)}` : html`ended ${when(each.revoked?.at ?? each.expires_at, now)}`}</span></span>
${active ? countdown(each.made_at, each.expires_at, now) : null}
${each.revoked === null ? null : html`<span class="quiet">Revoked by <bdi>${visible(each.revoked.by)}</bdi>: ${visible(each.revoked.reason)}</span>`}
${frame === null ? null : revokeForm(each, frame)}
</li>`;
}

function revokeForm(each: OverrideView, frame: Frame): Html {
  const id = `why-${each.override_id}`;
  return html`<details class="deed"><summary>End it now</summary>
<form method="post" action="/console/overrides/${each.override_id}/revoke">
<input type="hidden" name="csrf" value="${frame.csrf}">
<label for="${id}">Reason</label><textarea id="${id}" name="reason" rows="2" maxlength="${MAX_REASON}" required></textarea>
<button>End it</button></form></details>`;
}

const ANY = { action: null, class: null, address: null, agent: null };

function overrideForm(frame: Frame): Html {
  const actions = ACTION_KINDS.filter((action) => neverActs({ ...ANY, action }) === null);
  const classes = FINDING_CLASSES.filter((of) => neverActs({ ...ANY, class: of }) === null);
  return html`<details class="deed"><summary>Make an override</summary>
<form method="post" action="/console/overrides" class="grid">
<input type="hidden" name="csrf" value="${frame.csrf}">
<p class="wide">For a while, what is within the scope passes with a warning where the policy would ask a human each time. What has a floor (what cannot be undone, deletes, exec, destroys, protected places, the shell) still asks.</p>
<div><label for="o-action">Action</label><select id="o-action" name="action"><option value="">any</option>${actions.map((each) => html`<option>${each}</option>`)}</select></div>
<div><label for="o-class">Class</label><select id="o-class" name="class"><option value="">any</option>${classes.map((each) => html`<option>${each}</option>`)}</select></div>
<div><label for="o-address">Addresses <span class="quiet">* stands for anything</span></label><input id="o-address" name="address" maxlength="300" autocomplete="off" spellcheck="false"></div>
<div><label for="o-agent">Agent <span class="quiet">empty: any</span></label><input id="o-agent" name="agent" maxlength="64" autocomplete="off" spellcheck="false"></div>
<div><label for="o-ttl">For how long</label><select id="o-ttl" name="ttl"><option value="900">15 minutes</option><option value="3600" selected>1 hour</option><option value="14400">4 hours</option><option value="28800">8 hours</option><option value="86400">24 hours</option></select></div>
<div class="wide"><label for="o-reason">Reason <span class="quiet">shown wherever it acts</span></label><textarea id="o-reason" name="reason" rows="2" maxlength="${MAX_REASON}" required></textarea></div>
<button>Make it</button>
</form></details>`;
}

function reviewCard(each: ReviewView, now: Date, frame: Frame | null): Html {
  const own = frame !== null && each.by.toLowerCase() === frame.approver.toLowerCase();
  return html`<li class="card">
<span class="line"><strong><bdi>${visible(each.by)}</bdi> broke the glass</strong> ${pill(each.state)}</span>
<span>${`“${visible(each.reason)}”`}</span>
<span class="line quiet"><a href="/console/plans/${each.plan_id}">the plan</a><span>opened ${when(each.opened_at, now)}</span></span>
${each.closed === null ? null : html`<span class="quiet">Closed by <bdi>${visible(each.closed.by)}</bdi>: ${visible(each.closed.comment)}</span>`}
${own ? html`<span class="quiet">You broke this glass: somebody else closes the review.</span>` : frame === null ? null : closeForm(each, frame)}
</li>`;
}

function closeForm(each: ReviewView, frame: Frame): Html {
  const id = `found-${each.review_id}`;
  return html`<details class="deed"><summary>Close this review</summary>
<form method="post" action="/console/reviews/${each.review_id}/close">
<input type="hidden" name="csrf" value="${frame.csrf}">
<label for="${id}">What you found</label><textarea id="${id}" name="comment" rows="2" maxlength="${MAX_REASON}" required></textarea>
<button>Close it</button></form></details>`;
}

function glassCard(each: GlassView, now: Date): Html {
  return html`<li class="card">
<span class="line"><strong><bdi>${visible(each.by)}</bdi> let a plan of ${person(each.caller)} run</strong> ${pill(each.state)}</span>
<span>${`“${visible(each.reason)}”`}</span>
<span class="line quiet"><a href="/console/plans/${each.plan_id}">the plan</a><span>${each.state === 'active' ? html`holds, ends ${when(each.expires_at, now)}` : html`broken ${when(each.made_at, now)}`}</span></span>
${each.state === 'active' ? countdown(each.made_at, each.expires_at, now) : null}
</li>`;
}
