/** Changes, the worst first: one line each; those that are alike share the reasons that follow them. */
import { evidenceLines } from '../../lib/control/pages/evidence.ts';
import { counted, visible } from '../../lib/control/pages/text.ts';
import { type EvaluatedChange, TIER_LABELS, TIERS, type Tier } from '../../lib/core/finding.ts';
import type { Paint } from './paint.ts';

/** A plan of many changes is cut, every tier by itself, so that no number of one kind hides another. */
export function changeLines(changes: readonly EvaluatedChange[], paint: Paint): string[] {
  const isLong = changes.length > ALL_SHOWN;
  const groups = alike(changes);
  const lines = TIERS.toReversed().flatMap((tier) => {
    const ofTier = groups.filter(([first]) => first.tier === tier);
    const told = isLong ? ofTier.slice(0, MOST_GROUPS) : ofTier;
    const untold = ofTier.slice(told.length).reduce((sum, group) => sum + group.length, 0);
    return [
      ...told.flatMap((group) => groupLines(group, isLong ? MOST_ALIKE : ALL_SHOWN, paint)),
      ...(untold === 0
        ? []
        : [`${mark(tier, paint)} … ${counted(untold, 'more change')} of this tier, ${TIER_LABELS[tier]}`]),
    ];
  });
  return isLong ? [...lines, '(shortened for reading; --json gives them one by one)'] : lines;
}

const ALL_SHOWN = 100;
const MOST_GROUPS = 40;
const MOST_ALIKE = 10;
const ONE_LINE = 110;

type Group = [EvaluatedChange, ...EvaluatedChange[]];

function alike(changes: readonly EvaluatedChange[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const change of changes) {
    const { tier, action, classes, why, evidence, advice } = change;
    const key = JSON.stringify(isPlain(change) ? [action] : [tier, action, classes, why, evidence, advice]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [change]);
    else known.push(change);
  }
  return [...groups.values()];
}

/** Needs no reasons. */
function isPlain({ tier, classes }: EvaluatedChange): boolean {
  return tier === 1 && classes.length === 0;
}

function groupLines(group: Group, most: number, paint: Paint): string[] {
  const [first] = group;
  const untold = group.length - most;
  return [
    ...group.slice(0, most).map((change) => headLine(change, paint)),
    ...(untold > 0 ? [`${mark(first.tier, paint)} … ${untold} more like these`] : []),
    ...(isPlain(first) ? [] : reasonLines(first)),
  ];
}

function headLine({ tier, action, address, deposed, classes }: EvaluatedChange, paint: Paint): string {
  const which = deposed === undefined ? '' : ` (deposed ${visible(deposed)})`;
  const what = classes.length === 0 ? '' : `  ${classes.join(', ')}`;
  return `${mark(tier, paint)} ${action} ${visible(address)}${which}${what}`;
}

function reasonLines({ why, evidence, advice }: EvaluatedChange): string[] {
  const reasons = why.length > ONE_LINE ? [...new Set(why.split('; '))] : [why];
  return [
    ...reasons.map((reason) => `    ${visible(reason)}`),
    ...evidenceLines(evidence, 80).map((fact) => `      ${fact}`),
    ...(advice === null ? [] : [`    safer: ${visible(advice)}`]),
  ];
}

function mark(tier: Tier, paint: Paint): string {
  return paint(tier, `[${tier}]`);
}
