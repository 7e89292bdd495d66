/** An evaluation for people at a terminal: worst first, one line a change, reasons under it. */

import { counted, shownValue, visible } from '../../lib/control/pages/text.ts';
import type { Decision } from '../../lib/core/decision.ts';
import type { EvaluatedChange, Evaluation, Tier } from '../../lib/core/finding.ts';
import type { Reason } from '../../lib/core/plan.ts';

/** `colour` only where a person looks at a terminal. */
export function evaluationText(evaluation: Evaluation, colour: boolean): string {
  const paint = colour ? painted : plain;
  const tiers = Object.entries(evaluation.by_tier)
    .sort(([a], [b]) => Number(b) - Number(a))
    .map(([tier, count]) => `${count} × tier ${tier}`)
    .join(', ');
  return [
    `${counted(evaluation.total_changes, 'change')}${tiers === '' ? '' : `: ${tiers}`}. Worst: ${paint(evaluation.worst_tier, `${evaluation.worst_tier} ${evaluation.worst_tier_label}`)}.`,
    ...evaluation.notes.map((note) => `! ${visible(note)}`),
    ...evaluation.cross_action_risks.flatMap((risk) => [
      `${paint(risk.tier, `[${risk.tier}]`)} ${risk.kind}: ${visible(risk.why)}`,
      `    ${visible(risk.members.join(', '))}`,
    ]),
    ...evaluation.changes.flatMap((change) => changeLines(change, paint)),
    ...evaluation.blast_radius
      .filter((radius) => radius.all.length > 0)
      .map(
        (radius) =>
          `reach of ${visible(radius.address)}: ${counted(radius.all.length, 'dependent')}: ${visible(capped(radius.all))}`,
      ),
  ].join('\n');
}

export function decisionText(decision: Decision, reasons: readonly Reason[]): string {
  const why = reasons.slice(0, 10).map((reason) => {
    const where = reason.address === '' ? '' : `${visible(reason.address)}: `;
    return `  ${where}${visible(reason.message)} (${reason.rule})`;
  });
  return [`decision: ${decision}`, ...why].join('\n');
}

function changeLines(change: EvaluatedChange, paint: Paint): string[] {
  const deposed = change.deposed === undefined ? '' : ` (deposed ${visible(change.deposed)})`;
  const classes = change.classes.length === 0 ? '' : `  ${change.classes.join(', ')}`;
  const head = `${paint(change.tier, `[${change.tier}]`)} ${change.action} ${visible(change.address)}${deposed}${classes}`;
  if (change.tier === 1 && change.classes.length === 0) return [head];
  const evidence = change.evidence
    .map(({ path, value }) => `${visible(path)} = ${shownValue(value, 80)}`)
    .join('; ');
  return [
    head,
    `    ${visible(change.why)}${evidence === '' ? '' : ` [${evidence}]`}`,
    ...(change.advice === null ? [] : [`    safer: ${visible(change.advice)}`]),
  ];
}

function capped(addresses: readonly string[]): string {
  const shown = addresses.slice(0, 10).join(', ');
  return addresses.length > 10 ? `${shown}, and ${addresses.length - 10} more` : shown;
}

type Paint = (tier: Tier, text: string) => string;
const plain: Paint = (_tier, text) => text;
const painted: Paint = (tier, text) =>
  `\u001b[${tier >= 4 ? '1;31' : tier === 3 ? '33' : '32'}m${text}\u001b[0m`;
