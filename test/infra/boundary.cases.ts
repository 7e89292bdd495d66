/** The permissions boundary: what a role under it cannot do, whatever else it is given. */
import { describe, expect, test } from 'vitest';
import { cloudTemplate } from '../support/cloud/template.ts';
import { whoMay } from './who.ts';

const template = cloudTemplate('prod');
const { account, region } = template;
const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
const iam = (rest: string) => `arn:aws:iam::${account}:${rest}`;
const BOUNDARY = iam('policy/recourse-prod-boundary');

const may = (
  action: string,
  resource: string,
  context?: Readonly<Record<string, readonly string[]>>,
): boolean => whoMay(template, { action, resource, ...(context && { context }) }).includes('made by a lane');

describe('the gateway is out of reach', () => {
  const api = template.ofType('AWS::ApiGatewayV2::Stage')[0]?.properties.ApiId;
  const pool = template.ofType('AWS::Cognito::UserPoolDomain')[0]?.properties.UserPoolId;
  test.each([
    ['dynamodb:UpdateTable', arn('dynamodb', 'table/recourse-prod-votes')],
    ['dynamodb:DeleteTable', arn('dynamodb', 'table/recourse-prod-audit')],
    ['dynamodb:DeleteResourcePolicy', arn('dynamodb', 'table/recourse-prod-votes')],
    ['lambda:UpdateFunctionCode', arn('lambda', 'function:recourse-prod-authorize-run')],
    ['lambda:AddPermission', arn('lambda', 'function:recourse-prod-control')],
    ['states:UpdateStateMachine', arn('states', 'stateMachine:recourse-prod-run')],
    ['states:SendTaskSuccess', '*'],
    ['states:GetExecutionHistory', arn('states', 'execution:recourse-prod-approval:apr_1')],
    ['codebuild:UpdateProject', arn('codebuild', 'project/recourse-prod-shell')],
    ['codebuild:StartBuild', arn('codebuild', 'project/recourse-prod-terraform-apply')],
    ['events:DisableRule', arn('events', 'rule/recourse-prod-sweep')],
    ['sns:Publish', arn('sns', 'recourse-prod-alarms')],
    ['cloudwatch:DeleteAlarms', arn('cloudwatch', 'alarm:recourse-prod-audit-tampered')],
    ['logs:DeleteLogGroup', arn('logs', 'log-group:/recourse/prod/mcp')],
    ['logs:PutRetentionPolicy', arn('logs', 'log-group:/recourse/prod/lane/shell')],
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:recourse-prod-console-client-AbCdEf')],
    ['ses:SendEmail', arn('ses', 'identity/gateway@example.com')],
    ['execute-api:Invoke', `${arn('execute-api', String(api))}/$default/POST/iam/api/approvals`],
    ['apigateway:PATCH', `arn:aws:apigateway:${region}::/apis/${String(api)}/routes/r1`],
    ['cognito-idp:AdminCreateUser', arn('cognito-idp', `userpool/${String(pool)}`)],
    ['cloudformation:UpdateStack', arn('cloudformation', 'stack/recourse-prod/0a1b')],
    ['cloudformation:UpdateStack', arn('cloudformation', 'stack/CDKToolkit/0a1b')],
    ['s3:PutBucketPolicy', `arn:aws:s3:::recourse-prod-artifacts-${account}`],
    ['s3:PutObject', `arn:aws:s3:::recourse-prod-artifacts-${account}/frozen/ab`],
    ['s3:DeleteObject', `arn:aws:s3:::recourse-prod-artifacts-${account}/results/shell/j1/result.zip`],
    ['s3:GetObject', `arn:aws:s3:::recourse-prod-artifacts-${account}/outputs/ab`],
    [
      's3:DeleteObjectVersion',
      `arn:aws:s3:::recourse-prod-checkpoints-${account}/checkpoints/000000000001.json`,
    ],
    ['s3:DeleteObject', `arn:aws:s3:::recourse-prod-access-logs-${account}/artifacts/1`],
    ['s3:PutObject', `arn:aws:s3:::cdk-hnb659fds-assets-${account}-${region}/ab.zip`],
    ['kms:UpdateAlias', arn('kms', 'alias/recourse-prod-votes')],
    ['sts:AssumeRole', iam('role/recourse-prod-finish-run')],
    ['sts:AssumeRole', iam('role/cdk-hnb659fds-deploy-role-x')],
    ['iam:PutRolePolicy', iam('role/recourse-prod-mcp')],
    ['iam:CreatePolicyVersion', BOUNDARY],
    ['ssmmessages:OpenDataChannel', '*'],
  ])('%s %s', (action, resource) => {
    expect(may(action, resource)).toBe(false);
  });
});

describe('it cannot be shed', () => {
  const role = iam('role/app');
  const bounded = { 'iam:PermissionsBoundary': [BOUNDARY] };
  const other = { 'iam:PermissionsBoundary': [iam('policy/other')] };
  test.each(['CreateRole', 'CreateUser', 'PutRolePolicy', 'AttachRolePolicy', 'PutRolePermissionsBoundary'])(
    'iam:%s only under the same boundary',
    (action) => {
      expect(may(`iam:${action}`, role)).toBe(false);
      expect(may(`iam:${action}`, role, other)).toBe(false);
      expect(may(`iam:${action}`, role, bounded)).toBe(true);
    },
  );

  test.each([
    'DeleteRolePermissionsBoundary',
    'DeleteUserPermissionsBoundary',
    'CreateAccessKey',
    'CreateLoginProfile',
  ])('iam:%s never', (action) => {
    expect(may(`iam:${action}`, role, bounded)).toBe(false);
  });
});

test.each([
  ['ec2:RunInstances', '*'],
  ['rds:CreateDBInstance', arn('rds', 'db:app')],
  ['dynamodb:CreateTable', arn('dynamodb', 'table/orders')],
  ['lambda:CreateFunction', arn('lambda', 'function:orders')],
  ['s3:PutObject', 'arn:aws:s3:::example-prod-states/network/prod/terraform.tfstate'],
  ['kms:CreateGrant', arn('kms', 'key/0a1b2c3d-1111-2222-3333-444455556666')],
  ['apigateway:POST', `arn:aws:apigateway:${region}::/apis/otherapi00/routes`],
  ['cognito-idp:CreateUserPool', '*'],
])('ordinary work goes on: %s %s', (action, resource) => {
  expect(may(action, resource)).toBe(true);
});

test('it fits what IAM takes', () => {
  const [policy, ...others] = template.ofType('AWS::IAM::ManagedPolicy');
  expect(others).toEqual([]);
  expect(JSON.stringify(policy?.properties.PolicyDocument).length).toBeLessThan(6_144);
});
