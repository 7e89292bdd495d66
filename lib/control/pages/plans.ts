/** Plans: the list, and one with its evaluation, its run and the way round its decision for those who have it. */
import { html } from 'hono/html';
import type { ApprovalView } from '../approvals.ts';
import type { OutputPage } from '../output.ts';
import type { PlansPage, PlanView } from '../plans.ts';
import { MAX_REASON } from '../reason.ts';
import type { RunView } from '../runs.ts';
import { actionWords } from './action.ts';
import { actionCounts, changesSection, headline, reachSection, tierBadge } from './changes.ts';
import { type Frame, type Html, layout } from './layout.ts';
import { decisionPill, exactly, fact, nothing, outputSection, pager, person, pill, when } from './parts.ts';
import { reasonsSection } from './reasons.ts';
import { sentence } from './request-card.ts';
import { visible, visibleLines } from './text.ts';

export function plansPage(page: PlansPage, now: Date, frame: Frame): Html {
  return layout(
    `Plans in ${frame.environment}`,
    html`<main id="content"><h1>Plans</h1>
${page.plans.length === 0 ? nothing('No agent has planned anything yet.') : html`<ul class="cards">${page.plans.map((each) => planCard(each, now))}</ul>`}
${pager('/console/plans', page.next)}
</main>`,
    frame,
  );
}

function planCard(plan: PlanView, now: Date): Html {
  const words = actionWords(plan.action);
  const evaluation = 'evaluation' in plan ? plan.evaluation : null;
  return html`<li><a class="card" href="/console/plans/${plan.plan_id}">
<span class="line"><strong>${sentence(visible(words.does))}</strong> <span>${evaluation === null ? null : tierBadge(evaluation.worst_tier)} ${pill(plan.state)}</span></span>
<span><code>${visible(words.command ?? words.where)}</code></span>
<span class="line quiet"><span>${person(plan.caller)}</span><span>made ${when(plan.created_at, now)}${plan.expired ? ', expired' : ''}</span></span>
</a></li>`;
}

export interface PlanPage {
  readonly plan: PlanView;
  readonly run: RunView | null;
  /** The request that stands for its digest. */
  readonly approval: ApprovalView | null;
  readonly output: OutputPage;
  readonly now: Date;
  /** Whether whoever looks may break the glass for it now. */
  readonly mayBreak: boolean;
  readonly frame: Frame;
}

export function planPage({ plan, run, approval, output, now, mayBreak, frame }: PlanPage): Html {
  const words = actionWords(plan.action);
  const judged = 'decision' in plan ? plan : null;
  const evaluation = judged?.evaluation ?? null;
  const alarm = judged === null ? null : headline(evaluation);
  return layout(
    `Plan: ${words.does}`,
    html`<main id="content">
<p class="crumb"><a href="/console/plans">Plans</a></p>
<div class="title"><h1>${sentence(visible(words.does))}</h1> ${pill(run?.state ?? plan.state)}</div>
${words.command === null ? null : html`<pre class="command" tabindex="0" aria-label="The command">${visibleLines(words.command)}</pre>`}
${alarm && html`<p class="alarm ${alarm.tone}">${alarm.text}</p>`}
${plan.state === 'plan_failed' ? html`<p class="alarm grave">${visible(plan.failure.message)}</p>` : null}
<dl class="facts">
${fact('Plan', html`<code>${plan.plan_id}</code>`)}
${fact('Made by', html`${person(plan.caller)}, ${when(plan.created_at, now)}`)}
${words.facts.map(([label, value]) => fact(label, html`<code>${visible(value)}</code>`))}
${evaluation && fact('Does', actionCounts(evaluation))}
${judged && fact('Decision', decisionPill(judged.decision))}
${approval && fact('Request', html`<a href="/a/${approval.approval_id}">${pill(approval.status)} see it</a>`)}
${run && fact('Run', html`<a href="/console/runs/${run.run_id}">${pill(run.state)} see it</a>`)}
${fact(plan.expired ? 'Expired' : 'Expires', exactly(plan.expires_at, now))}
${judged && fact('Digest', html`<code title="${judged.digest}">${judged.digest.slice('sha256:'.length).slice(0, 12)}</code>`)}
</dl>
${mayBreak ? breakForm(plan, frame) : null}
${evaluation && changesSection(evaluation)}
${evaluation && reachSection(evaluation)}
${judged && reasonsSection('What the policy says', judged.reasons)}
${outputSection('output', 'The plan itself', output, (from) => `/console/plans/${plan.plan_id}?out=${from}`)}
</main>`,
    frame,
  );
}

function breakForm(plan: PlanView, frame: Frame): Html {
  return html`<details class="deed grave"><summary>Break the glass: let this plan run now</summary>
<form method="post" action="/console/plans/${plan.plan_id}/break-glass">
<input type="hidden" name="csrf" value="${frame.csrf}">
<p>Exactly this plan may run, once, although ${plan.state === 'blocked' ? 'policy blocks it' : 'nobody approved it'}. Everybody is told at once, and a review stays open until somebody else closes it.</p>
<label for="why">Reason <span class="quiet">everybody reads it</span></label>
<textarea id="why" name="reason" rows="2" maxlength="${MAX_REASON}" required></textarea>
<label for="ttl">For how long</label>
<select id="ttl" name="ttl"><option value="300">5 minutes</option><option value="900" selected>15 minutes</option><option value="3600">1 hour</option></select>
<label class="check"><input type="checkbox" name="sure" value="yes" required> I have read what this plan does</label>
<button class="reject">Break the glass</button>
</form></details>`;
}
