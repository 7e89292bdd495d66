/** What a policy with ServiceNow adds to the stack: one rule, which may have one function look, and its alarm. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, expect, test } from 'vitest';
import { loadEnvironment } from '../../infra/config.ts';
import { GatewayStack } from '../../infra/stack.ts';
import { type CloudTemplate, cloudTemplate, placeholderBundles } from '../support/cloud/template.ts';
import { rowsOf } from './rows.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const SECRET = 'arn:aws:secretsmanager:eu-west-1:333344445555:secret:servicenow-AbCdEf';
const folders: string[] = [];
afterAll(() => folders.forEach((each) => void rmSync(each, { recursive: true })));

/** prod with ServiceNow, polled so often; null: not named in the policy, but its secret is there. */
function project(pollSeconds: number | null): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'recourse-servicenow-'));
  folders.push(folder);
  for (const each of ['config', 'policy'])
    cpSync(path.join(PROJECT, each), path.join(folder, each), { recursive: true });
  const edit = (file: string, from: string, to: string) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(path.join(folder, file), text.replace(from, to));
  };
  edit('config/prod.yaml', 'notices: { email: {', `notices: { servicenow: { secret: '${SECRET}' }, email: {`);
  const settings = `servicenow: { instance: 'https://now.example.com', user: recourse, password: PASSWORD, poll_seconds: ${pollSeconds} }`;
  if (pollSeconds !== null)
    edit('policy/prod.yaml', 'providers: { email: {} }', `providers: { email: {}, ${settings} }`);
  return folder;
}

const rulesOf = (template: CloudTemplate) =>
  template.ofType('AWS::Events::Rule').map(({ properties }) => String(properties.Name));
const alarmsOf = (template: CloudTemplate) =>
  template.ofType('AWS::CloudWatch::Alarm').map(({ properties }) => String(properties.AlarmName));
const callersOf = (template: CloudTemplate) =>
  template
    .ofType('AWS::Lambda::Permission')
    .map(({ properties }) =>
      [properties.FunctionName, properties.Action, properties.Principal, properties.SourceArn].join(' '),
    );

test('polled: a rule has the human side look, and nothing else of the stack may do more than before', () => {
  const without = cloudTemplate('prod', project(null));
  const template = cloudTemplate('prod', project(90));
  const name = 'recourse-prod-servicenow';
  const added = (of: (template: CloudTemplate) => string[]) =>
    of(template).filter((each) => !of(without).includes(each));
  expect(added(rulesOf)).toEqual([name]);
  expect(added(alarmsOf)).toEqual(['recourse-prod-servicenow-unasked']);
  expect(added(callersOf)).toEqual([
    expect.stringMatching(
      new RegExp(
        `function:recourse-prod-control lambda:InvokeFunction events\\.amazonaws\\.com arn:aws:events:eu-west-1:333344445555:rule/${name}$`,
      ),
    ),
  ]);
  const rule = template.ofType('AWS::Events::Rule').find(({ properties }) => properties.Name === name);
  expect(rule?.properties).toMatchObject({
    ScheduleExpression: 'rate(2 minutes)',
    State: 'ENABLED',
    Targets: [
      {
        Arn: expect.stringMatching(/function:recourse-prod-control$/),
        Input: '{"poll":"servicenow"}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        DeadLetterConfig: { Arn: expect.stringContaining('recourse-prod-dead-letters') },
      },
    ],
  });
  const roles = (from: CloudTemplate) =>
    [...from.roles.values()].map((role) => [
      role.name,
      role.policies.flatMap(({ statements }) => rowsOf(statements, from)),
    ]);
  expect(roles(template)).toEqual(roles(without));
});

test.each([null, 0])('not polled (%s): neither rule nor alarm', (pollSeconds) => {
  const template = cloudTemplate('prod', project(pollSeconds));
  expect([...rulesOf(template), ...alarmsOf(template)].filter((each) => /servicenow/.test(each))).toEqual([]);
});

test('cdk-nag finds nothing in it', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'recourse-nag-'));
  folders.push(scratch);
  const app = new App({ outdir: path.join(scratch, 'out'), analyticsReporting: false });
  const bundles = placeholderBundles(path.join(scratch, 'bundles'));
  new GatewayStack(app, { environment: loadEnvironment('prod', project(60)), bundles });
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
});
