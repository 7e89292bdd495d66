import { expect } from 'vitest';
import type { Assessment, EvaluatedChange } from '../../../lib/core/finding.ts';
import type { AppliedHistory } from '../../../lib/core/terraform/applied-history.ts';
import { assessTerraformPlan } from '../../../lib/core/terraform/consequences.ts';
import { parseTerraformPlan, type TerraformPlan } from '../../../lib/core/terraform/plan-json.ts';

/** Small plans for tests, written as Terraform writes them. */

export interface ChangeSketch {
  readonly address?: string;
  readonly type: string;
  readonly actions: readonly string[];
  readonly before?: object | null;
  readonly after?: object | null;
  readonly unknown?: object | boolean;
  readonly sensitive?: object | boolean;
  readonly more?: object;
}

export function planJson(changes: readonly ChangeSketch[], rest: object = {}): object {
  return {
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: changes.map((change, index) => ({
      address: change.address ?? `${change.type}.t${index}`,
      mode: 'managed',
      type: change.type,
      name: `t${index}`,
      ...change.more,
      change: {
        actions: change.actions,
        before: change.before ?? null,
        after: change.after ?? null,
        after_unknown: change.unknown ?? {},
        before_sensitive: change.sensitive ?? {},
        after_sensitive: change.sensitive ?? {},
      },
    })),
    ...rest,
  };
}

export function parsed(json: unknown): TerraformPlan {
  const result = parseTerraformPlan(json);
  if (!result.ok) throw new Error(result.problem);
  return result.plan;
}

export function assess(
  changes: readonly ChangeSketch[],
  rest: object = {},
  history?: AppliedHistory,
): Assessment {
  return assessTerraformPlan(parsed(planJson(changes, rest)), history);
}

export function only(changes: readonly ChangeSketch[], rest: object = {}): EvaluatedChange {
  const [first] = assess(changes, rest).evaluation.changes;
  expect(first).toBeDefined();
  if (first === undefined) throw new Error('the plan has no change');
  return first;
}

export const del = (type: string, before: object, address?: string): ChangeSketch => ({
  type,
  actions: ['delete'],
  before,
  ...(address === undefined ? {} : { address }),
});
export const replace = (type: string, before: object, after: object): ChangeSketch => ({
  type,
  actions: ['delete', 'create'],
  before,
  after,
});
export const update = (type: string, before: object, after: object, address?: string): ChangeSketch => ({
  type,
  actions: ['update'],
  before,
  after,
  ...(address === undefined ? {} : { address }),
});
export const create = (type: string, after: object, address?: string): ChangeSketch => ({
  type,
  actions: ['create'],
  after,
  ...(address === undefined ? {} : { address }),
});
export const keep = (type: string, values: object, address?: string): ChangeSketch => ({
  type,
  actions: ['no-op'],
  before: values,
  after: values,
  ...(address === undefined ? {} : { address }),
});

export function kinds(assessment: Assessment): readonly string[] {
  return assessment.evaluation.cross_action_risks.map((risk) => risk.kind);
}
