import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../../../lib/core/finding.ts';
import { assessTerraformPlan } from '../../../../lib/core/terraform/consequences.ts';
import { parsed } from '../plans.ts';

interface Label {
  readonly plan: string;
  readonly address: string;
  readonly tier: number;
  readonly accept?: readonly number[];
  readonly classes: readonly string[];
  readonly not?: readonly string[];
  readonly action?: string;
  readonly deposed?: string;
  readonly cross?: string;
  readonly members?: readonly string[];
  readonly secret?: string;
}

const linesOf = (file: string): readonly string[] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n');
/** The second set came after what the first one found was mended. */
const both = (file: string): readonly string[] => [...linesOf(file), ...linesOf(`second/${file}`)];
const LABELS = both('expected.jsonl').map((line) => JSON.parse(line) as Label);
const PLANS = new Map(
  both('plans.jsonl').map((line) => {
    const { plan, content } = JSON.parse(line) as { plan: string; content: unknown };
    return [plan, content] as const;
  }),
);

function checkPlan({ cross, members = [], secret }: Label, assessment: Assessment): void {
  const risks = assessment.evaluation.cross_action_risks;
  if (secret !== undefined) {
    expect(JSON.stringify(assessment)).not.toContain(secret);
    return;
  }
  if (cross === 'none') {
    expect(risks).toEqual([]);
    return;
  }
  const found = risks.filter(
    (risk) =>
      (cross === '(any)' || risk.kind === cross) && members.every((member) => risk.members.includes(member)),
  );
  expect(found).not.toEqual([]);
}

function checkChange(label: Label, { evaluation }: Assessment): void {
  const change = evaluation.changes.find(
    (each) => each.address === label.address && each.deposed === label.deposed,
  );
  // What only moves or comes under management may have a line or none.
  if (change === undefined) {
    expect(label.action).toMatch(/^(import|move|no-op)$/);
    return;
  }
  expect([label.tier, ...(label.accept ?? [])], change.why).toContain(change.tier);
  if (label.action !== undefined) expect(change.action).toBe(label.action);
  for (const wanted of label.classes) {
    expect(
      wanted.split('|').some((kind) => change.classes.some((found) => found === kind)),
      `${wanted} in ${change.classes.join(', ')}`,
    ).toBe(true);
  }
  for (const wrong of label.not ?? []) expect(change.classes).not.toContain(wrong);
}

it('there are more than 650 changes in 86 plans', () => {
  expect(LABELS.filter(({ address }) => address !== '(plan)').length).toBeGreaterThan(650);
  expect(PLANS.size).toBeGreaterThanOrEqual(86);
});

describe.each([...PLANS])('%s', (plan, content) => {
  const assessment = assessTerraformPlan(parsed(content));
  it.each(LABELS.filter((label) => label.plan === plan))('$address $cross is tier $tier', (label) => {
    if (label.address === '(plan)') checkPlan(label, assessment);
    else checkChange(label, assessment);
  });
});
