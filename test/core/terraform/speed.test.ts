import { expect, it } from 'vitest';
import { assessTerraformPlan } from '../../../lib/core/terraform/consequences.ts';
import { parsed } from './plans.ts';

const TYPES = [
  'aws_instance',
  'aws_s3_bucket',
  'aws_subnet',
  'aws_security_group',
  'aws_iam_role',
  'aws_db_instance',
  'aws_sqs_queue',
];
const ACTIONS = [['create'], ['update'], ['update'], ['delete'], ['no-op'], ['delete', 'create']];

/** A plan of n changes of a few kilobytes each, with state, planned values and references. */
function bigPlan(size: number): string {
  const changes: object[] = [];
  const state: object[] = [];
  const resources: object[] = [];
  for (let index = 0; index < size; index++) {
    const type = TYPES[index % TYPES.length] ?? 'aws_instance';
    const address = `${type}.r${index}`;
    const subnet = `aws_subnet.r${index - (index % 7) + 2}`;
    const values = {
      id: `${type}-${index}`,
      arn: `arn:aws:x:eu-west-1:1:${type}/${index}`,
      name: `name-${index}`,
      password: `not-a-real-one-${index}`,
      subnet_id: `subnet-${index % 100}`,
      skip_final_snapshot: index % 2 === 0,
      ingress: [{ cidr_blocks: ['10.0.0.0/8'], from_port: 443 }],
      tags: Object.fromEntries(
        Array.from({ length: 15 }, (_, tag) => [`tag${tag}`, `some value ${tag} of ${index}`]),
      ),
    };
    const actions = ACTIONS[index % ACTIONS.length] ?? ['update'];
    const before = actions[0] === 'create' ? null : values;
    const after = actions.at(-1) === 'delete' ? null : { ...values, description: 'new' };
    changes.push({
      address,
      mode: 'managed',
      type,
      name: `r${index}`,
      change: {
        actions,
        before,
        after,
        after_unknown: {},
        before_sensitive: { password: true },
        after_sensitive: { password: true },
      },
    });
    if (before !== null)
      state.push({
        address,
        mode: 'managed',
        type,
        values,
        sensitive_values: { password: true },
        depends_on: [subnet],
      });
    resources.push({
      address,
      mode: 'managed',
      type,
      expressions: { subnet_id: { references: [`${subnet}.id`, subnet] } },
    });
  }
  return JSON.stringify({
    format_version: '1.2',
    resource_changes: changes,
    prior_state: { values: { root_module: { resources: state } } },
    planned_values: { root_module: { resources: state } },
    configuration: { root_module: { resources } },
  });
}

/** Best of three, in milliseconds: other work on the machine only ever adds. */
function timed<T>(work: () => T): { ms: number; value: T } {
  let best = Number.POSITIVE_INFINITY;
  let value = work();
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    value = work();
    best = Math.min(best, performance.now() - start);
  }
  return { ms: best, value };
}

it('10,000 changes are judged in about the time that JSON.parse takes, and time grows with size', {
  timeout: 60_000,
}, () => {
  const text = bigPlan(10_000);
  const parse = timed(() => JSON.parse(text) as unknown);
  const assess = timed(() => assessTerraformPlan(parsed(parse.value)));
  expect(assess.value.evaluation.total_changes).toBeGreaterThan(8000);
  const smaller: unknown = JSON.parse(bigPlan(2500));
  const quarter = timed(() => assessTerraformPlan(parsed(smaller)));
  console.info(
    `${(text.length / 1e6).toFixed(0)} MB: parse ${parse.ms.toFixed(0)} ms, assess ${assess.ms.toFixed(0)} ms (${(assess.ms / parse.ms).toFixed(2)}x); a quarter: ${quarter.ms.toFixed(0)} ms`,
  );
  // The aim is 2x on a quiet machine; the bounds leave room for a busy one, and none for a square.
  expect(assess.ms / parse.ms).toBeLessThan(4);
  expect(assess.ms / quarter.ms).toBeLessThan(10);
});
