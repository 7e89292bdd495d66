/** An evaluation for people at a terminal: worst first, one line a change, reasons under it. */

import { reachCounts, reachWords } from '../../lib/control/pages/reach.ts';
import { counted, visible } from '../../lib/control/pages/text.ts';
import type { Decision } from '../../lib/core/decision.ts';
import {
  type BlastRadius,
  type CrossActionRisk,
  type Evaluation,
  TIER_LABELS,
  TIERS,
} from '../../lib/core/finding.ts';
import type { Reason } from '../../lib/core/plan.ts';
import { changeLines } from './change-lines.ts';
import { type Paint, paintFor } from './paint.ts';
import { fitted, type Screen, screenHere } from './screen.ts';

/** The whole of a small plan; of a large one, all kinds of changes and how many there are. */
export function evaluationText(evaluation: Evaluation, screen: Screen = screenHere()): string {
  const paint = paintFor(screen.colour);
  const reaching = evaluation.blast_radius.filter((radius) => radius.all.length > 0);
  const reach = [
    ...reaching.slice(0, MOST_RADII).flatMap(reachLines),
    ...more(reaching.length - MOST_RADII, 'more change', 'that others depend on'),
  ];
  return [
    [summary(evaluation, paint), ...evaluation.notes.map((note) => `! ${visible(note)}`)],
    riskLines(evaluation.cross_action_risks, paint),
    [
      ...changeLines(evaluation.changes, paint),
      ...more(evaluation.total_changes - evaluation.changes.length, 'more change', 'none worse than these'),
    ],
    reach.length === 0 ? [] : ['what depends on it:', ...reach],
  ]
    .filter((part) => part.length > 0)
    .map((part) => fitted(part, screen).join('\n'))
    .join('\n\n');
}

/** Reasons that say the same of several addresses are one line. */
export function decisionText(
  decision: Decision,
  reasons: readonly Reason[],
  screen: Screen = screenHere(),
): string {
  const said = new Map<string, Set<string>>();
  for (const { rule, message, address } of reasons) {
    const words = `${visible(message)} (${rule})`;
    const known = said.get(words);
    if (known === undefined) said.set(words, new Set([address]));
    else known.add(address);
  }
  const lines = [...said].map(([words, addresses]) => {
    const [where = ''] = addresses;
    const others = addresses.size > 1 ? ` and ${counted(addresses.size - 1, 'other')}` : '';
    return `  ${where === '' ? '' : `${visible(where)}${others}: `}${words}`;
  });
  const all = [
    `decision: ${decision}`,
    ...lines.slice(0, MOST_REASONS),
    ...more(lines.length - MOST_REASONS, 'more reason'),
  ];
  return fitted(all, screen).join('\n');
}

const MOST_REASONS = 10;
const MOST_RISKS = 40;
const MOST_RADII = 20;
const MOST_NAMES = 10;

/** `3 changes: 1 × [4] unrecoverable, 2 × [1] reversible`: also the key to the numbers below. */
function summary(evaluation: Evaluation, paint: Paint): string {
  const tiers = TIERS.toReversed().flatMap((tier) => {
    const count = evaluation.by_tier[tier] ?? 0;
    return count === 0 ? [] : [`${count} × ${paint(tier, `[${tier}] ${TIER_LABELS[tier]}`)}`];
  });
  const worst = evaluation.worst_tier;
  const together = (evaluation.by_tier[worst] ?? 0) === 0 && evaluation.cross_action_risks.length > 0;
  const all = together ? `. Together: ${paint(worst, `[${worst}] ${TIER_LABELS[worst]}`)}` : '';
  const total = counted(evaluation.total_changes, 'change');
  return `${total}${tiers.length === 0 ? '' : `: ${tiers.join(', ')}`}${all}`;
}

/** Risks that are alike are told once, with a line for each set of members. */
function riskLines(risks: readonly CrossActionRisk[], paint: Paint): string[] {
  const alike = new Map<string, [CrossActionRisk, ...CrossActionRisk[]]>();
  for (const risk of risks) {
    const key = JSON.stringify([risk.tier, risk.kind, risk.why]);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, [risk]);
    else known.push(risk);
  }
  const groups = [...alike.values()];
  return [
    ...groups
      .slice(0, MOST_RISKS)
      .flatMap((same) => [
        `${paint(same[0].tier, `[${same[0].tier}]`)} together: ${same[0].kind}`,
        `    ${visible(same[0].why)}`,
        ...same.slice(0, MOST_NAMES).map((risk) => `      ${capped(risk.members, risk.total_members)}`),
        ...more(same.length - MOST_NAMES, 'more').map((line) => `    ${line}`),
      ]),
    ...more(groups.length - MOST_RISKS, 'more such risk'),
  ];
}

/** Who depends on a change, and what leads there. */
function reachLines(radius: BlastRadius): string[] {
  const { address, all, paths = [] } = radius;
  const named = new Map(paths.map((path) => [path.address, path.through]));
  return [
    `  ${visible(address)}: ${reachWords(radius)}`,
    ...all.slice(0, MOST_NAMES).map((name) => {
      const through = named.get(name);
      return `    ${visible(name)}${through === undefined ? '' : `  through ${visible(through.join(' → '))}`}`;
    }),
    ...more(reachCounts(radius).all - MOST_NAMES, 'more').map((line) => `  ${line}`),
  ];
}

function more(count: number, what: string, tail = ''): string[] {
  if (count <= 0) return [];
  const words = what === 'more' ? `${count} more` : counted(count, what);
  return [`  … and ${words}${tail === '' ? '' : ` ${tail}`}`];
}

function capped(addresses: readonly string[], total = addresses.length): string {
  const shown = visible(addresses.slice(0, MOST_NAMES).join(', '));
  return total > MOST_NAMES ? `${shown}, and ${total - MOST_NAMES} more` : shown;
}
