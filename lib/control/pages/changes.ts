/** What a plan does, the worst first: changes, risks that arise together, and what depends on them. */
import { html } from 'hono/html';
import type {
  BlastRadius,
  CrossActionRisk,
  EvaluatedChange,
  Evaluation,
  ReachPath,
  Tier,
} from '../../core/finding.ts';
import { evidenceLines } from './evidence.ts';
import type { Html } from './layout.ts';
import { reachCounts } from './reach.ts';
import { counted, visible } from './text.ts';

export function tierBadge(tier: Tier): Html {
  return html`<span class="badge tier${tier}">${TIER_WORDS[tier]}</span>`;
}

/** `3 changes: 1 to delete, 2 to create`, of the changes that are listed. */
export function actionCounts(evaluation: Evaluation): string {
  const counts = new Map<string, number>();
  for (const { action } of worstFirst(real(evaluation))) {
    const verb = action === 'delete+create' || action === 'create+delete' ? 'replace' : visible(action);
    counts.set(verb, (counts.get(verb) ?? 0) + 1);
  }
  const parts = [...counts].map(([verb, count]) => `${count} to ${verb}`).join(', ');
  const hidden = evaluation.total_changes - real(evaluation).length;
  const total = counted(evaluation.total_changes, 'change');
  if (parts === '') return total;
  return hidden > 0 ? `${total}; of the worst ${real(evaluation).length}: ${parts}` : `${total}: ${parts}`;
}

/** One sentence that an approver may read and nothing else. */
export function headline(evaluation: Evaluation | null): {
  readonly text: string;
  readonly tone: 'grave' | 'wary' | 'calm';
} {
  if (evaluation === null) {
    return { text: 'Nothing computed what this would do. Judge it by the command alone.', tone: 'grave' };
  }
  const gone = evaluation.by_tier['4'] ?? 0;
  const unclear = evaluation.by_tier['5'] ?? 0;
  const parts = [
    gone > 0 ? `${counted(gone, 'change')} cannot be undone${named(evaluation, 4)}` : null,
    unclear > 0 ? `${counted(unclear, 'change')} could not be judged${named(evaluation, 5)}` : null,
  ].filter((part) => part !== null);
  const lost = evaluation.cross_action_risks.some(({ tier }) => tier === 4);
  if (gone === 0 && lost && parts.length > 0) parts.push('taken together, this cannot be undone');
  if (parts.length > 0) return { text: `${parts.join('; ')}.`, tone: 'grave' };
  if (evaluation.worst_tier >= 4) return { text: 'Taken together, this cannot be undone.', tone: 'grave' };
  const tone = evaluation.worst_tier === 1 ? 'calm' : 'wary';
  return { text: `At worst: ${TIER_WORDS[evaluation.worst_tier].toLowerCase()}.`, tone };
}

export function changesSection(evaluation: Evaluation): Html {
  const changes = worstFirst(real(evaluation));
  const hidden = evaluation.total_changes - changes.length;
  return html`<section aria-labelledby="changes">
<h2 id="changes">What changes, the worst first</h2>
${evaluation.notes.map((note) => html`<p class="note">${visible(note)}</p>`)}
${worstFirst(evaluation.cross_action_risks).map(risk)}
${changes.length === 0 ? html`<p>Nothing changes.</p>` : html`<ol class="changes">${changes.map(change)}</ol>`}
${hidden > 0 ? html`<p class="note">${counted(hidden, 'more change')}, none worse than those above, not listed here. The plan below shows them.</p>` : null}
</section>`;
}

export function reachSection(evaluation: Evaluation): Html | null {
  const reaching = evaluation.blast_radius.filter((each) => each.all.length > 0);
  if (reaching.length === 0) return null;
  return html`<section aria-labelledby="reach">
<h2 id="reach">How far it reaches</h2>
<ul class="reach">${reaching.map(reach)}</ul>
</section>`;
}

const TIER_WORDS = {
  1: 'Can be undone',
  2: 'Can be undone with effort',
  3: 'Comes back only from a backup',
  4: 'Cannot be undone',
  5: 'Could not be judged',
} as const satisfies Record<Tier, string>;

const MAX_NAMES = 30;

/** `: a, b and others`; the addresses of one tier, as many as one can read at a glance. */
function named(evaluation: Evaluation, tier: Tier): string {
  const all = real(evaluation).filter((each) => each.tier === tier);
  if (all.length === 0) return '';
  const shown = all.slice(0, 3).map(({ address }) => cut(visible(address), 120));
  return `: ${shown.join(', ')}${(evaluation.by_tier[tier] ?? 0) > shown.length ? ' and others' : ''}`;
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

function real(evaluation: Evaluation): EvaluatedChange[] {
  return evaluation.changes.filter(({ action }) => action !== 'no-op' && action !== 'read');
}

function worstFirst<T extends { readonly tier: Tier }>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => b.tier - a.tier);
}

function change(each: EvaluatedChange): Html {
  return html`<li class="change edge${each.tier}">
<p class="line"><span><b class="act">${visible(each.action)}</b> <code>${visible(each.address)}</code>${each.deposed === undefined ? null : html` (deposed <code>${visible(each.deposed)}</code>)`}</span> ${tierBadge(each.tier)}</p>
<p>${visible(each.why)}</p>
${each.classes.length === 0 ? null : html`<p class="quiet">${each.classes.map((name) => name.replaceAll('_', ' ')).join(', ')}</p>`}
${each.evidence.length === 0 ? null : html`<ul class="evidence">${evidenceLines(each.evidence).map((fact) => html`<li><code>${fact}</code></li>`)}</ul>`}
${each.advice === null ? null : html`<p class="advice"><b>Safer:</b> ${visible(each.advice)}</p>`}
</li>`;
}

function risk(each: CrossActionRisk): Html {
  return html`<div class="change edge${each.tier}">
<p class="line"><b>Together: ${visible(each.kind.replaceAll('_', ' '))}</b> ${tierBadge(each.tier)}</p>
<p>${visible(each.why)}</p>
<p>${names(each.members, each.total_members ?? each.members.length)}</p>
</div>`;
}

function reach(each: BlastRadius): Html {
  return html`<li><p><code>${visible(each.address)}</code>: ${counted(reachCounts(each).direct, 'resource depends', 'resources depend')} on it directly, ${reachCounts(each).all} in all</p>
<p class="quiet">${names(each.all, reachCounts(each).all)}</p>
${(each.paths ?? []).length === 0 ? null : html`<ul class="quiet">${each.paths?.map(path)}</ul>`}</li>`;
}

/** What leads from a change to one that depends on it. */
function path({ address, through }: ReachPath): Html {
  return html`<li><code>${visible(address)}</code> through <code>${visible(through.join(' → '))}</code></li>`;
}

function names(all: readonly string[], total: number): Html {
  const shown = all
    .slice(0, MAX_NAMES)
    .map((name, at) => html`${at > 0 ? ', ' : ''}<code>${visible(name)}</code>`);
  return html`${shown}${total > shown.length ? ` and ${total - shown.length} more` : ''}`;
}
