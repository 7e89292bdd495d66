/** Records hold summaries: the worst changes stay, the whole is in a blob and paged from there. */
import type { BlastRadius, CrossActionRisk, Evaluation } from '../core/finding.ts';

export const SHOWN_CHANGES = 50;
const SHOWN_DEPENDENTS = 50;
/** What one record may hold of an evaluation, in UTF-16 units; well under one item of the cloud's store. */
const ROOM = 120_000;

export function capEvaluation(evaluation: Evaluation, changes: number = SHOWN_CHANGES): Evaluation {
  const capped = {
    ...evaluation,
    changes: evaluation.changes.slice(0, changes),
    cross_action_risks: evaluation.cross_action_risks.slice(0, changes).map(capRisk),
    blast_radius: evaluation.blast_radius.slice(0, changes).map(capRadius),
    next_cursor: evaluation.changes.length > changes ? `changes@${changes}` : null,
  };
  return changes > 1 && JSON.stringify(capped).length > ROOM
    ? capEvaluation(evaluation, changes >> 1)
    : capped;
}

function capRisk(risk: CrossActionRisk): CrossActionRisk {
  const { members } = risk;
  if (members.length <= SHOWN_DEPENDENTS) return risk;
  return { ...risk, members: members.slice(0, SHOWN_DEPENDENTS), total_members: members.length };
}

function capRadius(radius: BlastRadius): BlastRadius {
  const { direct, all } = radius;
  if (all.length <= SHOWN_DEPENDENTS) return radius;
  return {
    ...radius,
    direct: direct.slice(0, SHOWN_DEPENDENTS),
    all: all.slice(0, SHOWN_DEPENDENTS),
    total: { direct: direct.length, all: all.length },
  };
}
