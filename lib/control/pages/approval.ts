/**
 * One request, so that a human understands it in ten seconds and can check it in a minute. Computed facts
 * come first; what the agent wrote comes after them and is labelled as the agent's words.
 */
import { html } from 'hono/html';
import { waitingWords } from '../../core/approval-rules.ts';
import type { ApprovalView } from '../approvals.ts';
import type { PlanView } from '../plans.ts';
import { actionWords } from './action.ts';
import { actionCounts, changesSection, headline, reachSection } from './changes.ts';
import { type Asking, decisionPanel, isOpen } from './decide.ts';
import { type Html, layout } from './layout.ts';
import { countdown, outputSection } from './parts.ts';
import { reasonsSection } from './reasons.ts';
import { clockTime, fromNow, visible, visibleLines } from './text.ts';

export type { Asking };

export function approvalPage(asking: Asking): Html {
  const { view, now, proof } = asking;
  const { plan } = view;
  const words = plan === null ? null : actionWords(plan.action);
  const evaluation = plan !== null && 'evaluation' in plan ? plan.evaluation : null;
  const alarm = headline(evaluation);
  const does = words?.does ?? 'run a plan that is not stored any more';
  const title = `May this agent ${does} in ${view.environment}?`;
  const open = isOpen(asking);
  return layout(
    `${view.environment}: ${does}`,
    html`<main id="content" class="split">
${open ? null : decisionPanel(asking)}
<div class="lead">
<p class="crumb">${proof.kind === 'link' ? html`<span class="env">${visible(view.environment)}</span>` : html`<a href="/console">Approvals</a>`} ${open ? html`<a class="jump" href="#decide">Go to the decision</a>` : null}</p>
<h1>${visible(title)}</h1>
${words?.command == null ? null : html`<pre class="command" tabindex="0" aria-label="The command">${visibleLines(words.command)}</pre>`}
<p class="alarm ${alarm.tone}">${alarm.text}</p>
${facts(view, words?.facts ?? [], evaluation && actionCounts(evaluation), now)}
</div>
<div class="rest">
${view.plan_matches ? null : html`<p class="alarm grave">The stored plan is not the one this request was made for. It cannot be approved.</p>`}
${evaluation && changesSection(evaluation)}
${evaluation && reachSection(evaluation)}
${plan !== null && 'reasons' in plan ? reasonsSection('Why the policy asks you', plan.reasons) : null}
${planText(asking)}
${agentSection(view)}
${votesSection(view)}
</div>
${open ? decisionPanel(asking) : null}
</main>`,
    proof.kind === 'session' ? proof.frame : null,
  );
}

function facts(
  view: ApprovalView,
  about: readonly (readonly [string, string])[],
  counts: string | null,
  now: Date,
): Html {
  const { agent, human } = view.requested_by;
  const asker = html`agent <bdi>${visible(agent)}</bdi>${human === null ? ', for no known person' : html`, for <bdi>${visible(human)}</bdi>`}`;
  return html`<dl class="facts">
<div><dt>Asked by</dt><dd>${asker}, ${fromNow(view.created_at, now)}</dd></div>
${about.map(([label, value]) => html`<div><dt>${label}</dt><dd><code>${visible(value)}</code></dd></div>`)}
${counts === null ? null : html`<div><dt>Does</dt><dd>${counts}</dd></div>`}
${view.plan !== null && 'grants' in view.plan && view.plan.grants !== null ? grants(view.plan.grants) : null}
<div><dt>Request ${view.status === 'expired' ? 'expired' : 'expires'}</dt><dd><time datetime="${view.expires_at}">${clockTime(view.expires_at)}</time>, ${fromNow(view.expires_at, now)}${view.status === 'pending' ? countdown(view.created_at, view.expires_at, now, 50) : null}</dd></div>
${needs(view)}
${view.plan === null ? null : planExpiry(view.plan, now)}
<div><dt>Digest</dt><dd><code title="${view.digest}">${view.digest.slice('sha256:'.length).slice(0, 12)}</code></dd></div>
</dl>`;
}

/** Who has to approve, where it is more than one of anybody. */
function needs(view: ApprovalView): Html | null {
  if (view.state.state !== 'pending') return null;
  const { have, need, waiting } = view.state;
  if (need <= 1 && waiting.every(({ groups }) => groups.length === 0)) return null;
  return html`<div><dt>Needs</dt><dd>${have} of ${need} approvals so far; ${waitingWords(waiting)}</dd></div>`;
}

function grants(given: { readonly network: boolean; readonly lane: string }): Html {
  const text = given.network ? 'the network, in lane' : 'no network, in lane';
  return html`<div><dt>Gets</dt><dd>${text} <code>${visible(given.lane)}</code></dd></div>`;
}

function planExpiry(plan: PlanView, now: Date): Html {
  const after = plan.expired
    ? '. The agent must plan again; an approval holds only if the new plan is identical'
    : '';
  return html`<div><dt>Plan ${plan.expired ? 'expired' : 'expires'}</dt><dd><time datetime="${plan.expires_at}">${clockTime(plan.expires_at)}</time>, ${fromNow(plan.expires_at, now)}${after}</dd></div>`;
}

function planText({ view, output, proof }: Asking): Html | null {
  const token = proof.kind === 'link' ? `t=${encodeURIComponent(proof.token)}&` : '';
  return outputSection(
    'output',
    'The plan itself',
    output,
    (from) => `/a/${view.approval_id}?${token}out=${from}#output`,
  );
}

function agentSection(view: ApprovalView): Html {
  const { reason: words, operation, target } = view.agent_words;
  return html`<section aria-labelledby="words" class="agent">
<h2 id="words">The agent's own words</h2>
<p class="quiet">Written by the agent. Nobody checked them; they may be wrong or meant to mislead.</p>
<blockquote>${words === '' ? '(none)' : visibleLines(words)}</blockquote>
${operation === null ? null : html`<p>Operation, it says: <q>${visible(operation)}</q></p>`}
${target === null ? null : html`<p>Target, it says: <q>${visible(target)}</q></p>`}
</section>`;
}

function votesSection(view: ApprovalView): Html | null {
  if (view.votes.length === 0) return null;
  return html`<section aria-labelledby="votes">
<h2 id="votes">Votes</h2>
<ul>${view.votes.map(
    (vote) =>
      html`<li><bdi>${visible(vote.approver)}</bdi> ${vote.verdict === 'approve' ? 'approved' : 'rejected'} at ${clockTime(vote.voted_at)}${vote.reason === '' ? '' : html`: <q>${visible(vote.reason)}</q>`}${vote.signature_holds ? '' : html` <b class="bad">signature does not hold, not counted</b>`}</li>`,
  )}</ul>
</section>`;
}
