import { describe, expect, it } from 'vitest';
import type { Action, RootPath, WorkspaceName } from '../../../lib/core/action.ts';
import { ownMatcher } from '../../../lib/core/own.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { judgeTerraformPlan } from '../../../lib/core/terraform/judge.ts';
import { type ChangeSketch, create, del, keep, planJson, replace, update } from './plans.ts';

const OWN = ownMatcher({
  names: ['recourse-prod-*'],
  arns: [
    'arn:aws:kms:eu-west-1:111122223333:key/1234-5678',
    'arn:aws:iam::111122223333:policy/gateway-boundary',
  ],
  tags: { 'recourse:environment': 'prod' },
});
const APPLY: Action = {
  kind: 'terraform-apply',
  cwd: '.' as RootPath,
  workspace: 'default' as WorkspaceName,
  ref: null,
  args: [],
};

function judge(changes: readonly ChangeSketch[], rest: object = {}) {
  const judged = judgeTerraformPlan({
    action: APPLY,
    environment: 'dev',
    policy: DEFAULT_POLICY,
    planJson: planJson(changes, rest),
    scan: [],
    history: { findings: [] },
    own: OWN,
  });
  if (!judged.ok) throw new Error(judged.problem);
  const { verdict, assessment } = judged.judgement;
  const own = assessment.findings.filter((each) => each.class === 'gateway_self_modification');
  return { decision: verdict.decision, own };
}

const allow = (Action: string | string[], Resource: string | string[], more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, ...more }] });
const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/recourse-prod-votes';
const BOUNDARY = 'arn:aws:iam::111122223333:policy/gateway-boundary';
const forget = (type: string, before: object): ChangeSketch => ({ type, actions: ['forget'], before });

describe('a plan that touches the gateway is blocked', () => {
  it.each<[string, ChangeSketch]>([
    ['its table deleted', del('aws_dynamodb_table', { name: 'recourse-prod-plans' })],
    [
      'its function changed',
      update(
        'aws_lambda_function',
        { function_name: 'recourse-prod-mcp', memory_size: 1 },
        { function_name: 'recourse-prod-mcp', memory_size: 2 },
      ),
    ],
    [
      'its key, by ARN',
      update(
        'aws_kms_key',
        { arn: 'arn:aws:kms:eu-west-1:111122223333:key/1234-5678', is_enabled: true },
        { arn: 'arn:aws:kms:eu-west-1:111122223333:key/1234-5678', is_enabled: false },
      ),
    ],
    [
      'something of it by its tag alone',
      del('aws_sqs_queue', { name: 'x', tags: { 'recourse:environment': 'prod' } }),
    ],
    [
      'its tag among tags_all',
      update(
        'aws_s3_bucket',
        { bucket: 'x', tags_all: { 'recourse:environment': 'prod' } },
        { bucket: 'x', tags_all: {} },
      ),
    ],
    [
      'a tag block of a group',
      del('aws_autoscaling_group', { name: 'x', tag: [{ key: 'recourse:environment', value: 'prod' }] }),
    ],
    [
      'a Google label',
      del('google_storage_bucket', { name: 'x', effective_labels: { 'recourse:environment': 'prod' } }),
    ],
    [
      'an object of its name taken over',
      {
        type: 'aws_s3_bucket',
        actions: ['no-op'],
        before: { bucket: 'recourse-prod-artifacts' },
        after: { bucket: 'recourse-prod-artifacts' },
        more: {},
      },
    ],
    ['made under its name', create('aws_iam_role', { name: 'recourse-prod-lane-apply' })],
    ['dropped from state', forget('aws_dynamodb_table', { name: 'recourse-prod-votes' })],
    [
      'a bucket policy',
      create('aws_s3_bucket_policy', { bucket: 'recourse-prod-artifacts', policy: allow('s3:*', '*') }),
    ],
    [
      'a role policy',
      create('aws_iam_role_policy', { role: 'recourse-prod-lane-shell', policy: allow('s3:GetObject', '*') }),
    ],
    [
      'a policy attached to a list of roles',
      create('aws_iam_policy_attachment', {
        name: 'a',
        roles: ['app', 'recourse-prod-lane-shell'],
        policy_arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      }),
    ],
    [
      'a permission to call it',
      create('aws_lambda_permission', {
        function_name: 'arn:aws:lambda:eu-west-1:111122223333:function:recourse-prod-control',
        principal: '*',
      }),
    ],
    [
      'a grant on its key',
      create('aws_kms_grant', {
        key_id: '1234-5678',
        grantee_principal: 'x',
        key: 'arn:aws:kms:eu-west-1:111122223333:key/1234-5678',
      }),
    ],
    [
      'its log group cut short',
      update(
        'aws_cloudwatch_log_group',
        { name: '/aws/lambda/recourse-prod-mcp', retention_in_days: 400 },
        { name: '/aws/lambda/recourse-prod-mcp', retention_in_days: 1 },
      ),
    ],
    [
      'a policy that names its table',
      create('aws_iam_policy', { name: 'app', policy: allow('dynamodb:PutItem', TABLE) }),
    ],
    [
      'a policy with a wildcard over its tables',
      create('aws_iam_policy', {
        name: 'app',
        policy: allow('dynamodb:*', 'arn:aws:dynamodb:*:*:table/recourse*'),
      }),
    ],
    [
      'a policy with a variable in it',
      create('aws_iam_policy', {
        name: 'app',
        policy: allow('dynamodb:*', `arn:aws:dynamodb:*:*:table/recourse-\${aws:PrincipalTag/env}-votes`),
      }),
    ],
    [
      'more rights on its table',
      update(
        'aws_iam_policy',
        { name: 'app', policy: allow('dynamodb:GetItem', TABLE) },
        { name: 'app', policy: allow('dynamodb:*', TABLE) },
      ),
    ],
    [
      'a deny turned round',
      update(
        'aws_iam_policy',
        { name: 'app', policy: allow('dynamodb:*', TABLE, { Effect: 'Deny' }) },
        { name: 'app', policy: allow('dynamodb:*', TABLE) },
      ),
    ],
    [
      'a deny taken away',
      del('aws_iam_policy', { name: 'app', policy: allow('dynamodb:*', TABLE, { Effect: 'Deny' }) }),
    ],
    [
      'a trust in its role',
      create('aws_iam_role', {
        name: 'app',
        assume_role_policy: JSON.stringify({
          Statement: {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { AWS: 'arn:aws:iam::111122223333:role/recourse-prod-lane-apply' },
          },
        }),
      }),
    ],
    [
      'a boundary taken off a lane’s role',
      update(
        'aws_iam_role',
        { name: 'lane', permissions_boundary: BOUNDARY },
        { name: 'lane', permissions_boundary: null },
      ),
    ],
    [
      'the boundary itself',
      replace('aws_iam_policy', { arn: BOUNDARY, policy: '{}' }, { arn: BOUNDARY, policy: '{}' }),
    ],
    [
      'its stack',
      update(
        'aws_cloudformation_stack',
        { name: 'recourse-prod-gateway', template_body: 'a' },
        { name: 'recourse-prod-gateway', template_body: 'b' },
      ),
    ],
    [
      'another stack’s YAML that names it',
      create('aws_cloudformation_stack', {
        name: 'x',
        template_body:
          'Resources:\n  P:\n    Type: AWS::Lambda::Permission\n    Properties:\n      FunctionName: recourse-prod-control\n',
      }),
    ],
    [
      'a manifest with its role',
      create('kubernetes_manifest', {
        manifest: {
          kind: 'ServiceAccount',
          apiVersion: 'v1',
          metadata: { name: 'a', annotations: { 'eks.amazonaws.com/role-arn': BOUNDARY } },
        },
      }),
    ],
    ['a namespace of its name', del('kubernetes_namespace', { metadata: [{ name: 'recourse-prod-lanes' }] })],
    [
      'YAML of kubectl_manifest',
      create('kubectl_manifest', {
        kind: 'ConfigMap',
        yaml_body: 'data:\n  role: arn:aws:iam::1:role/recourse-prod-lane-apply\n',
      }),
    ],
    [
      'read while applying',
      {
        type: 'aws_iam_role',
        actions: ['read'],
        after: { name: 'recourse-prod-lane-apply' },
        more: { mode: 'data', address: 'data.aws_iam_role.x' },
      },
    ],
  ])('%s', (_what, sketch) => {
    const moved = _what === 'an object of its name taken over';
    const json = planJson([sketch]);
    const text = JSON.stringify(json);
    const given = moved
      ? text.replace('"actions":["no-op"]', '"actions":["no-op"],"importing":{"id":"x"}')
      : text;
    const judged = judgeTerraformPlan({
      action: APPLY,
      environment: 'dev',
      policy: DEFAULT_POLICY,
      planJson: given,
      scan: [],
      history: { findings: [] },
      own: OWN,
    });
    if (!judged.ok) throw new Error(judged.problem);
    expect(judged.judgement.verdict.decision).toBe('block');
    expect(judged.judgement.verdict.reasons[0]?.class).toBe('gateway_self_modification');
  });

  it('by a provider that acts as one of its roles', () => {
    const arn = 'arn:aws:iam::111122223333:role/recourse-prod-lane-apply';
    const provider = (role: object) => ({
      configuration: {
        provider_config: { aws: { name: 'aws', expressions: { assume_role: [{ role_arn: role }] } } },
      },
    });
    const changes = [create('aws_s3_bucket', { bucket: 'x' })];
    expect(judge(changes, provider({ constant_value: arn })).decision).toBe('block');
    const byVariable = { ...provider({ references: ['var.role'] }), variables: { role: { value: arn } } };
    expect(judge(changes, byVariable).decision).toBe('block');
    expect(judge(changes, provider({ constant_value: 'arn:aws:iam::1:role/app' })).own).toEqual([]);
  });

  it('without saying what a secret text holds', () => {
    const secret = {
      type: 'aws_ssm_parameter',
      actions: ['create'],
      after: { name: 'x', value: 'hunter2 recourse-prod-mcp' },
      sensitive: { value: true },
    };
    expect(JSON.stringify(judge([secret]).own)).not.toContain('hunter2');
  });
});

describe('a plan that leaves the gateway alone is not', () => {
  it.each<[string, ChangeSketch]>([
    ['kept as it is', keep('aws_dynamodb_table', { name: 'recourse-prod-plans' })],
    ['another environment’s', del('aws_dynamodb_table', { name: 'recourse-staging-plans' })],
    [
      'a word in a description',
      create('aws_security_group', { name: 'x', description: 'for recourse-prod-mcp' }),
    ],
    ['a word in a Name tag', create('aws_instance', { tags: { Name: 'recourse-prod-client' } })],
    [
      'an address in the environment of a function',
      create('aws_lambda_function', {
        function_name: 'app',
        environment: [{ variables: { G: 'recourse-prod-mcp' } }],
      }),
    ],
    [
      'a statement that stays as it was',
      update(
        'aws_iam_policy',
        { name: 'a', policy: allow('dynamodb:GetItem', TABLE), tags: { a: '1' } },
        { name: 'a', policy: allow('dynamodb:GetItem', TABLE), tags: { a: '2' } },
      ),
    ],
    [
      'a policy over everything (other rules judge that)',
      create('aws_iam_policy', { name: 'a', policy: allow('s3:GetObject', '*') }),
    ],
    [
      'a data source that was read while planning',
      {
        type: 'aws_iam_role',
        actions: ['no-op'],
        before: { name: 'recourse-prod-mcp' },
        after: { name: 'recourse-prod-mcp' },
        more: { mode: 'data' },
      },
    ],
  ])('%s', (_what, sketch) => expect(judge([sketch]).own).toEqual([]));
});
