import {
  type Assessment,
  type BlastRadius,
  type CrossActionRisk,
  type EvaluatedChange,
  type Evaluation,
  type Finding,
  TIER_LABELS,
  type Tier,
} from '../finding.ts';
import { NO_OWN, type OwnMatcher, ownMatcher } from '../own.ts';
import type { AppliedHistory } from './applied-history.ts';
import { blastRadii } from './blast-radius.ts';
import { crossActionRisks } from './cross-action.ts';
import { destroysEverything } from './destroys-everything.ts';
import { driftedEvidence, type Judgement, judge } from './judgement.ts';
import { ownChanges } from './own-changes.ts';
import type { ResourceChange, TerraformPlan } from './plan-json.ts';
import { planNotes } from './plan-notes.ts';
import { presentEvidence, type Redactor, redactAddress, redactAddresses, redactorFor } from './redaction.ts';
import { referenceGraph } from './references.ts';
import { sensitiveValues } from './sensitive.ts';
import { worldOf } from './world.ts';

export { destroysEverything } from './destroys-everything.ts';
export { sensitiveValues } from './sensitive.ts';

const NOTHING_OWN = ownMatcher(NO_OWN);

/**
 * What a plan does and how far it can be undone: every change with tier, classes, evidence and advice, the risks
 * across changes, and who depends on what changes. Worst first, uncapped; secrets are masked by mark, by name and
 * by value. Pure: the same plan and history give the same assessment.
 */
export function assessTerraformPlan(
  plan: TerraformPlan,
  history?: AppliedHistory,
  own: OwnMatcher = NOTHING_OWN,
  secretVariables: readonly string[] = [],
): Assessment {
  const world = worldOf(plan);
  const graph = referenceGraph(plan);
  const judged = plan.changes.flatMap((change) => judge(change, world) ?? []);
  const raised = withHistory(judged, history).sort(byConsequence);
  const risks = crossActionRisks(plan, raised, world, graph, history, destroysEverything(plan));
  const redactor = redactorFor(sensitiveValues(plan, secretVariables));
  const drift = new Map(plan.drift.map((change) => [change.address, change]));
  const changes = raised.map((item) => evaluated(item, drift.get(item.change.address), redactor));
  const shown = risks.map((risk) => presentRisk(risk, redactor));
  const blast = blastRadii(
    raised.filter(isFelt).map((item) => item.change.address),
    plan,
    world,
    graph,
  );
  const worst = worstOf([...raised, ...risks]);
  const evaluation: Evaluation = {
    worst_tier: worst,
    worst_tier_label: TIER_LABELS[worst],
    total_changes: changes.length,
    by_tier: countByTier(raised),
    changes,
    cross_action_risks: shown,
    blast_radius: blast.radii.map((radius) => presentRadius(radius, redactor)),
    notes: planNotes(plan, blast.omitted).map(redactor),
  };
  return {
    evaluation,
    findings: [
      ...ownChanges(plan, own, redactor),
      ...changes.flatMap(findingsOf),
      ...shown.map(findingOfRisk),
    ],
  };
}

/** What an earlier plan unprotected, and this one deletes, is at least unrecoverable (section 7, across plans). */
function withHistory(judgements: readonly Judgement[], history: AppliedHistory | undefined): Judgement[] {
  const unprotected = new Set(
    (history?.findings ?? [])
      .filter((item) => item.class === 'protection_disabled')
      .map((item) => item.address),
  );
  return judgements.map((item) => {
    const names = [item.change.address, item.change.previousAddress ?? ''];
    if (!item.destroys || item.tier >= 4 || !names.some((name) => unprotected.has(name))) return item;
    return { ...item, tier: 4, why: `${item.why}; its protection was taken off by an earlier plan` };
  });
}

/** Worst first; among equals, what destroys first, then by address. */
function byConsequence(a: Judgement, b: Judgement): number {
  if (a.tier !== b.tier) return b.tier - a.tier;
  if (a.destroys !== b.destroys) return a.destroys ? -1 : 1;
  return a.change.address < b.change.address ? -1 : a.change.address > b.change.address ? 1 : 0;
}

function evaluated(
  judged: Judgement,
  drift: ResourceChange | undefined,
  redactor: Redactor,
): EvaluatedChange {
  const drifted = drift === undefined ? [] : driftedEvidence(judged, drift);
  const why =
    drifted.length === 0 ? judged.why : `${judged.why}; changed outside Terraform: ${drifted.join(', ')}`;
  return {
    address: redactAddress(judged.change.address, redactor),
    type: judged.change.type,
    action: judged.change.action,
    tier: judged.tier,
    tier_label: TIER_LABELS[judged.tier],
    classes: judged.classes,
    why: redactor(why),
    evidence: presentEvidence(judged.evidence, judged.marks, redactor),
    advice: judged.advice === null ? null : redactor(judged.advice),
    ...(judged.change.deposed === null ? {} : { deposed: judged.change.deposed }),
  };
}

function presentRisk(risk: CrossActionRisk, redactor: Redactor): CrossActionRisk {
  return {
    kind: risk.kind,
    members: redactAddresses(risk.members, redactor),
    tier: risk.tier,
    why: redactor(risk.why),
  };
}

function presentRadius({ address, direct, all, paths }: BlastRadius, redactor: Redactor): BlastRadius {
  return {
    address: redactAddress(address, redactor),
    direct: redactAddresses(direct, redactor),
    all: redactAddresses(all, redactor),
    ...(paths === undefined
      ? {}
      : {
          paths: paths.map((path) => ({
            address: redactAddress(path.address, redactor),
            through: redactAddresses(path.through, redactor),
          })),
        }),
  };
}

function worstOf(items: readonly { readonly tier: Tier }[]): Tier {
  let worst: Tier = 1;
  for (const { tier } of items) if (tier > worst) worst = tier;
  return worst;
}

/** Changes that whatever depends on them can feel. */
function isFelt(judged: Judgement): boolean {
  return judged.destroys || judged.change.action === 'update' || judged.change.action === 'forget';
}

function findingsOf(change: EvaluatedChange): readonly Finding[] {
  const base = {
    rule: `${change.type}.${change.action}`,
    tier: change.tier,
    address: change.address,
    why: change.why,
    evidence: change.evidence,
  };
  if (change.classes.length === 0) return change.tier >= 2 ? [{ ...base, class: null }] : [];
  return change.classes.map((kind) => ({ ...base, class: kind }));
}

function findingOfRisk(risk: CrossActionRisk): Finding {
  return {
    rule: risk.kind,
    class: 'cross_action_risk',
    tier: risk.tier,
    address: risk.members[0] ?? '',
    why: risk.why,
    evidence: [{ path: 'members', value: risk.members }],
  };
}

function countByTier(judgements: readonly Judgement[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { tier } of judgements) counts[tier] = (counts[tier] ?? 0) + 1;
  return counts;
}
