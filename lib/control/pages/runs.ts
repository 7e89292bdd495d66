/** Runs: the list, and one with its output and the way to stop it. */
import { html } from 'hono/html';
import { halfDone } from '../../core/half-done.ts';
import type { OutputPage } from '../output.ts';
import { MAX_REASON } from '../reason.ts';
import type { RunsPage, RunView } from '../runs.ts';
import { actionWords } from './action.ts';
import { type Frame, type Html, layout } from './layout.ts';
import { decisionPill, exactly, fact, nothing, outputSection, pager, person, pill, when } from './parts.ts';
import { sentence } from './request-card.ts';
import { visible, visibleLines } from './text.ts';

export function runsPage(page: RunsPage, now: Date, frame: Frame): Html {
  return layout(
    `Runs in ${frame.environment}`,
    html`<main id="content"><h1>Runs</h1>
${page.runs.length === 0 ? nothing('Nothing has run yet.') : html`<ul class="cards">${page.runs.map((each) => runCard(each, now))}</ul>`}
${pager('/console/runs', page.next)}
</main>`,
    frame,
  );
}

export function runCard(run: RunView, now: Date): Html {
  const words = run.plan === null ? null : actionWords(run.plan.action);
  const how = howAllowed(run);
  return html`<li><a class="card" href="/console/runs/${run.run_id}">
<span class="line"><strong>${sentence(visible(words?.does ?? 'a plan that is not stored any more'))}</strong> ${pill(run.state)}</span>
<span><code>${visible(words?.command ?? words?.where ?? run.plan_id)}</code></span>
<span class="line quiet"><span>${person(run.caller)}${how === null ? '' : html` · ${how}`}</span><span>started ${when(run.started_at, now)}</span></span>
</a></li>`;
}

function howAllowed(run: RunView): string | null {
  if (run.break_glass_id !== null) return 'break-glass';
  if (run.overrides.length > 0) return 'under an override';
  return run.approval_id === null ? null : 'approved';
}

export interface RunPage {
  readonly run: RunView;
  readonly output: OutputPage;
  readonly stderr: OutputPage;
  readonly now: Date;
  /** Whether whoever looks may stop it. */
  readonly mayStop: boolean;
  readonly frame: Frame;
}

export function runPage({ run, output, stderr, now, mayStop, frame }: RunPage): Html {
  const words = run.plan === null ? null : actionWords(run.plan.action);
  const here = `/console/runs/${run.run_id}`;
  return layout(
    `Run: ${words?.does ?? run.run_id}`,
    html`<main id="content">
<p class="crumb"><a href="/console/runs">Runs</a></p>
<div class="title"><h1>${sentence(visible(words?.does ?? 'A run'))}</h1> ${pill(run.state)}</div>
${words?.command == null ? null : html`<pre class="command" tabindex="0" aria-label="The command">${visibleLines(words.command)}</pre>`}
${run.error === null ? null : html`<p class="alarm grave">${visible(run.error.message)}</p>`}
${stopped(run, now)}
<dl class="facts">
${fact('Run', html`<code>${run.run_id}</code>`)}
${fact('Plan', html`<a href="/console/plans/${run.plan_id}"><code>${run.plan_id}</code></a>`)}
${fact('Started by', person(run.caller))}
${(words?.facts ?? []).map(([label, value]) => fact(label, html`<code>${visible(value)}</code>`))}
${fact('Started', exactly(run.started_at, now))}
${run.finished_at === null ? null : fact('Ended', exactly(run.finished_at, now))}
${run.exit_code === null ? null : fact('Exit code', String(run.exit_code))}
${fact('Lane', html`<code>${run.lane}</code>`)}
${fact('Decision', html`${decisionPill(run.decision)} ${allowed(run)}`)}
${run.produced_plan === null ? null : fact('Made', html`<a href="/console/plans/${run.produced_plan}"><code>${run.produced_plan}</code></a>`)}
</dl>
${run.state === 'running' && run.stop === null && mayStop ? stopForm(run, frame) : null}
${run.state === 'running' ? html`<p class="quiet">The output is shown once the run is over. Reload to look again.</p>` : null}
${outputSection('output', 'Output', output, (from) => `${here}?out=${from}`)}
${outputSection('errors', 'Error output', stderr, (from) => `${here}?err=${from}`)}
</main>`,
    frame,
  );
}

function allowed(run: RunView): Html | null {
  if (run.break_glass_id !== null) {
    return html`let through by <a href="/console/exceptions">break-glass</a> <code>${run.break_glass_id}</code>`;
  }
  if (run.overrides.length > 0) {
    return html`let through by ${run.overrides.map((id) => html`<a href="/console/exceptions">override</a> <code>${id}</code> `)}`;
  }
  return run.approval_id === null ? null : html`<a href="/a/${run.approval_id}">the approval</a>`;
}

function stopped(run: RunView, now: Date): Html | null {
  const { stop, may_be_half_done: half } = run;
  if (stop === null && half === null) return null;
  const who =
    stop === null
      ? null
      : html`<bdi>${visible(stop.by)}</bdi> asked it to stop, ${when(stop.at, now)}: <q>${visible(stop.reason)}</q>`;
  return html`<div class="alarm" role="status">${who === null ? null : html`<p>${who}</p>`}${half === null ? null : html`<p>${half}</p>`}</div>`;
}

function stopForm(run: RunView, frame: Frame): Html {
  return html`<details class="deed"><summary>Stop this run</summary>
<form method="post" action="/console/runs/${run.run_id}/cancel">
<input type="hidden" name="csrf" value="${frame.csrf}">
<p>${run.plan === null ? 'What it has done by then stays done.' : halfDone(run.plan.action)}</p>
<label for="why">Reason <span class="quiet">the agent is told it</span></label>
<textarea id="why" name="reason" rows="2" maxlength="${MAX_REASON}" required></textarea>
<button class="reject">Stop it now</button>
</form></details>`;
}
