/** The template as a whole: that CloudFormation can take it, and that nothing of it is open to everybody. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cloudTemplate, object } from '../support/cloud/template.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

describe.each(['dev', 'staging', 'prod'])('%s', (environment) => {
  const template = cloudTemplate(environment);

  test('no resource waits for itself', () => {
    const needs = new Map(template.resources.map(({ id, raw }) => [id, neededBy(raw)]));
    const done = new Set<string>();
    const visit = (id: string, above: readonly string[]): void => {
      if (above.includes(id))
        throw new Error(`a circle: ${[...above.slice(above.indexOf(id)), id].join(' → ')}`);
      if (done.has(id)) return;
      for (const next of needs.get(id) ?? []) visit(next, [...above, id]);
      done.add(id);
    };
    for (const id of needs.keys()) visit(id, []);
    expect(done.size).toBe(template.resources.length);
  });

  test('no policy of a resource lets everybody in', () => {
    const policies = [
      ...template.buckets,
      ...template.tables,
      ...[...template.keys].map(([name, { policy }]) => [name, policy] as const),
    ];
    for (const [name, { statements }] of policies) {
      const open = statements.filter(({ effect, principals }) => effect === 'Allow' && principals === '*');
      expect([name, open]).toEqual([name, []]);
    }
  });

  test('names say whose they are, and fit', () => {
    const named = template.resources.flatMap(({ type, properties }) => {
      const name = properties[NAME_OF[type] ?? ''];
      return typeof name === 'string' ? [{ type, name }] : [];
    });
    expect(named.length).toBeGreaterThan(60);
    for (const { type, name } of named) {
      expect([
        type,
        name,
        name.includes(`recourse-${environment}`) || name.includes(`recourse/${environment}`),
      ]).toEqual([type, name, true]);
      expect([
        name,
        name.length <= (type === 'AWS::S3::Bucket' ? 63 : 64) || type === 'AWS::Logs::LogGroup',
      ]).toEqual([name, true]);
    }
  });

  test('it is small enough to be sent', () => {
    expect(template.resources.length).toBeLessThan(500);
    expect(JSON.stringify(template.resources.map(({ raw }) => raw)).length).toBeLessThan(1_000_000);
  });
});

test('where CodeBuild has no Lambda compute, every lane has a container', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'recourse-region-'));
  try {
    for (const each of ['config', 'policy'])
      cpSync(path.join(PROJECT, each), path.join(folder, each), { recursive: true });
    const file = path.join(folder, 'config/staging.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('region: eu-west-1\npolicy', 'region: eu-north-1\npolicy'),
    );
    const template = cloudTemplate('staging', folder);
    expect(template.region).toBe('eu-north-1');
    const types = template
      .ofType('AWS::CodeBuild::Project')
      .map(({ properties }) => object(properties.Environment).Type);
    expect(new Set(types)).toEqual(new Set(['ARM_CONTAINER']));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Logical ids that a resource refers to, or waits for. */
function neededBy(raw: unknown): readonly string[] {
  if (Array.isArray(raw)) return raw.flatMap(neededBy);
  if (typeof raw !== 'object' || raw === null) return [];
  return Object.entries(raw).flatMap(([key, value]): readonly string[] => {
    if (key === 'Ref' && typeof value === 'string') return value.startsWith('AWS::') ? [] : [value];
    if (key === 'Fn::GetAtt' && Array.isArray(value)) return [String(value[0])];
    if (key === 'DependsOn') return [value].flat().map(String);
    return neededBy(value);
  });
}

const NAME_OF: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CodeBuild::Project': 'Name',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};
