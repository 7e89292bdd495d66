/** The changes of a plan for a notice: what the approval page says of the worst of them, in bounded texts. */
import { evidenceLines } from '../control/pages/evidence.ts';
import { reachCounts, reachWords } from '../control/pages/reach.ts';
import type { BlastRadius, CrossActionRisk, EvaluatedChange, Evaluation, Tier } from '../core/finding.ts';
import type { Cleaner } from './clean.ts';
import type { ChangeLine, Changes, RiskLine } from './content.ts';

const SHOWN = 6;
const SHOWN_FACTS = 5;
const SHOWN_RISKS = 3;
const SHOWN_RADII = 3;
const SHOWN_WAYS = 3;

export async function changesOf(clean: Cleaner, evaluation: Evaluation): Promise<Changes> {
  const real = evaluation.changes.filter(({ action }) => action !== 'no-op' && action !== 'read');
  const worst = worstFirst(real).slice(0, SHOWN);
  const widest = [...evaluation.blast_radius]
    .filter(({ all }) => all.length > 0)
    .sort((a, b) => reachCounts(b).all - reachCounts(a).all);
  return {
    together: await Promise.all(
      worstFirst(evaluation.cross_action_risks)
        .slice(0, SHOWN_RISKS)
        .map((risk) => riskLine(clean, risk)),
    ),
    shown: await Promise.all(worst.map((change) => changeLine(clean, change))),
    more: Math.max(0, evaluation.total_changes - worst.length),
    reach: await Promise.all(widest.slice(0, SHOWN_RADII).map((radius) => clean.line(reachOf(radius), 600))),
  };
}

export const CONSEQUENCES = {
  1: 'can be undone',
  2: 'can be undone with effort',
  3: 'comes back only from a backup',
  4: 'cannot be undone',
  5: 'could not be judged',
} as const satisfies Record<Tier, string>;

function worstFirst<T extends { readonly tier: Tier }>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => b.tier - a.tier);
}

async function changeLine(clean: Cleaner, change: EvaluatedChange): Promise<ChangeLine> {
  const { action, address, deposed, tier, why, evidence, advice } = change;
  return {
    action: action === 'delete+create' || action === 'create+delete' ? 'replace' : action,
    address: await clean.line(deposed === undefined ? address : `${address} (deposed ${deposed})`, 160),
    tier,
    consequence: CONSEQUENCES[tier],
    why: await clean.line(why, 240),
    evidence: await Promise.all(
      evidenceLines(evidence, 80)
        .slice(0, SHOWN_FACTS)
        .map((fact) => clean.line(fact, 200)),
    ),
    advice: advice === null ? null : await clean.line(advice, 240),
  };
}

async function riskLine(clean: Cleaner, risk: CrossActionRisk): Promise<RiskLine> {
  const { kind, tier, why, members, total_members: total = members.length } = risk;
  const named = members.slice(0, SHOWN).join(', ');
  const rest = total > SHOWN ? ` and ${total - SHOWN} more` : '';
  return {
    kind: await clean.line(kind.replaceAll('_', ' '), 80),
    tier,
    consequence: CONSEQUENCES[tier],
    why: await clean.line(why, 240),
    members: await clean.line(`${named}${rest}`, 400),
  };
}

/** `aws_subnet.a: 3 resources, 1 of them directly; aws_eip.c through aws_instance.b`. */
function reachOf(radius: BlastRadius): string {
  const { address, paths = [] } = radius;
  const ways = paths
    .slice(0, SHOWN_WAYS)
    .map((path) => `${path.address} through ${path.through.join(' → ')}`);
  return [`${address}: ${reachWords(radius)}`, ...ways].join('; ');
}
