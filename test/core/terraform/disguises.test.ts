/** However a configuration dresses a bad change, it is judged at least as badly as in plain clothes. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RootPath, WorkspaceName } from '../../../lib/core/action.ts';
import { isAtLeast } from '../../../lib/core/decision.ts';
import { NO_OWN, ownMatcher } from '../../../lib/core/own.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { judgeTerraformPlan } from '../../../lib/core/terraform/judge.ts';
import { create, del, planJson, update } from './plans.ts';

interface Entry {
  address: string;
  readonly mode?: string;
  deposed?: string;
  previous_address?: string;
  provider_name?: string;
  action_reason?: string;
  readonly change: Record<string, unknown>;
}
type Plan = Record<string, unknown> & { readonly resource_changes?: readonly Entry[] };

function judged(planJson: unknown) {
  const answer = judgeTerraformPlan({
    action: {
      kind: 'terraform-apply',
      cwd: '.' as RootPath,
      workspace: 'default' as WorkspaceName,
      ref: null,
      args: [],
    },
    environment: 'dev',
    policy: DEFAULT_POLICY,
    planJson,
    scan: [],
    history: { findings: [] },
    own: ownMatcher(NO_OWN),
  });
  if (!answer.ok) throw new Error(answer.problem);
  const { assessment, verdict } = answer.judgement;
  return { tiers: assessment.evaluation.changes.map(({ tier }) => tier), verdict, assessment };
}

const FIXTURES = new URL('../../fixtures/terraform-plans/', import.meta.url);
const plans = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, readFileSync(new URL(name, FIXTURES), 'utf8')] as const);

const each = (dress: (entry: Entry) => void) => (plan: Plan) => plan.resource_changes?.forEach(dress);
const DISGUISES: Readonly<Record<string, (plan: Plan) => void>> = {
  'every value is marked sensitive': each(({ change }) => {
    Object.assign(change, { before_sensitive: true, after_sensitive: true });
  }),
  'it is imported as well': each(({ change }) => {
    change.importing = { id: 'x' };
  }),
  'it was moved as well': each((entry) => {
    if (entry.change.before) entry.previous_address ??= `${entry.address}_before`;
  }),
  'another reason is named': each((entry) => {
    entry.action_reason = 'replace_by_request';
  }),
  'a provider under another name': each((entry) => {
    entry.provider_name = 'registry.terraform.io/somebody/else';
  }),
  'the plan ended with an error': (plan) => Object.assign(plan, { errored: true }),
  'the plan is a part': (plan) => Object.assign(plan, { complete: false }),
  'checks pass': (plan) =>
    Object.assign(plan, { checks: [{ address: { to_display: 'check.fine' }, status: 'pass' }] }),
  'attributes are said to be relevant': (plan) =>
    Object.assign(plan, { relevant_attributes: [{ resource: 'a.b', attribute: ['c'] }] }),
};

describe.each(Object.entries(DISGUISES))('%s', (_, dress) => {
  it.each(plans)('%s', (_name, text) => {
    const plain = judged(JSON.parse(text));
    const plan = JSON.parse(text) as Plan;
    dress(plan);
    const dressed = judged(plan);
    expect(isAtLeast(dressed.verdict.decision, plain.verdict.decision)).toBe(true);
    const worst = dressed.assessment.evaluation.worst_tier;
    expect(worst).toBeGreaterThanOrEqual(plain.assessment.evaluation.worst_tier);
    expect(dressed.tiers.filter((tier) => tier >= 4).length).toBeGreaterThanOrEqual(
      plain.tiers.filter((tier) => tier >= 4).length,
    );
  });
});

describe('what the apply runs beside its changes is code that a person looks at', () => {
  const quiet = create('null_resource', { triggers: null }, 'module.m["x"].null_resource.a[0]');
  const found = (changes: Parameters<typeof planJson>[0], rest: object = {}) => {
    const { verdict } = judged(planJson(changes, rest));
    return [verdict.decision, verdict.reasons.flatMap((reason) => reason.class ?? [])];
  };
  const provisioned = {
    configuration: {
      root_module: {
        module_calls: {
          m: {
            module: {
              resources: [
                { address: 'null_resource.a', mode: 'managed', provisioners: [{ type: 'local-exec' }] },
              ],
            },
          },
        },
      },
    },
  };

  it('a provisioner, when the object is made or goes, and not otherwise', () => {
    expect(found([quiet])).toEqual(['allow', []]);
    expect(found([quiet], provisioned)).toEqual(['escalate', ['code_execution']]);
    const gone = del('null_resource', {}, 'module.m["x"].null_resource.a[0]');
    expect(found([gone, create('aws_vpc', {})], provisioned)).toEqual(['escalate', ['code_execution']]);
    const stays = update('null_resource', { a: 1 }, { a: 2 }, 'module.m["x"].null_resource.a[0]');
    expect(found([stays], provisioned)).toEqual(['allow', []]);
    expect(found([create('null_resource', {}, 'null_resource.a')], provisioned)).toEqual(['allow', []]);
  });

  it('an action, also one put off', () => {
    const action = { address: 'action.aws_lambda_invoke.x' };
    expect(found([quiet], { action_invocations: [action] })).toEqual(['escalate', ['code_execution']]);
    const deferred = [{ reason: 'unknown', action_invocation: action }];
    expect(found([quiet], { deferred_action_invocations: deferred })).toEqual([
      'escalate',
      ['code_execution'],
    ]);
  });

  it.each([
    ['external', 'code_execution'],
    ['aws_lambda_invocation', 'code_execution'],
    ['http', 'reads_outside_snapshot'],
  ])('a data source %s that is read only then', (type, kind) => {
    const read = { type, actions: ['read'], after: {}, address: `data.${type}.x`, more: { mode: 'data' } };
    expect(found([read])).toEqual(['escalate', [kind]]);
  });

  it('a data source that only looks is none', () => {
    const read = { type: 'aws_ami', actions: ['read'], after: {}, more: { mode: 'data' } };
    expect(found([read])[1]).toEqual([]);
  });
});

describe('what is known only after apply', () => {
  it.each([
    ['aws_db_instance', { deletion_protection: true }],
    ['aws_db_instance', { backup_retention_period: 7 }],
    ['aws_s3_bucket_public_access_block', { block_public_acls: true }],
    ['acme_database', { deletion_protection: true }],
  ])('%s: a guard whose value is not known yet is for a person', (type, before) => {
    const [key = ''] = Object.keys(before);
    const hidden = { ...update(type, before, {}), unknown: { [key]: true } };
    expect(judged(planJson([hidden])).tiers).toEqual([5]);
    const block = { ...update(type, { settings: [before] }, {}), unknown: { settings: true } };
    if (type === 'acme_database') expect(judged(planJson([block])).tiers).toEqual([5]);
    const all = { ...update(type, before, {}), unknown: true };
    expect(judged(planJson([all])).tiers).toEqual([5]);
  });
});

describe('names of attributes and addresses that JavaScript knows', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s', (name) => {
    const before = `{"skip_final_snapshot":true,"${name}":{"deletion_protection":true,"a":1}}`;
    const text = `{"format_version":"1.2","resource_changes":[{"address":"aws_db_instance.${name}","type":"aws_db_instance","name":"${name}","mode":"managed","change":{"actions":["delete"],"before":${before},"after":null}},{"address":"${name}.${name}","type":"${name}","name":"${name}","mode":"managed","change":{"actions":["delete"],"before":{"${name}":true},"after":null}}],"configuration":{"root_module":{"module_calls":{"${name}":{"module":{"resources":[{"address":"${name}.${name}"}]}}}}}}`;
    expect(judged(text).tiers).toEqual([5, 4]);
  });

  it('of two values of one key the last counts, as for terraform', () => {
    const text = JSON.stringify(planJson([del('aws_db_instance', { skip_final_snapshot: true })]));
    expect(
      judged(text.replace('"actions":["delete"]', '"actions":["no-op"],"actions":["delete"]')).tiers,
    ).toEqual([4]);
  });
});
