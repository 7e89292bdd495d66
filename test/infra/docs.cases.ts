/** docs/deploy.md says what is: every key of the configuration, names that exist, policies that are JSON. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { environmentConfigSchema } from '../../lib/aws/environment-config.ts';
import { cloudTemplate } from '../support/cloud/template.ts';

const TEXT = readFileSync(path.resolve(import.meta.dirname, '../../docs/deploy.md'), 'utf8');
const template = cloudTemplate('prod');

test('the table names every key of the configuration', () => {
  const table = TEXT.slice(TEXT.indexOf('| key | what it says |'), TEXT.indexOf('Secrets are named by'));
  const named = new Set([...table.matchAll(/[a-z][a-z0-9_]*/g)].map(([word]) => word));
  const keys = keysOf(environmentConfigSchema);
  expect(keys.length).toBeGreaterThan(50);
  expect(keys.filter((key) => !named.has(key))).toEqual([]);
});

test('policies to paste are policies, and name what exists', () => {
  const policies = [...TEXT.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json ?? ''));
  expect(policies.length).toBeGreaterThan(4);
  for (const policy of policies)
    expect(policy).toMatchObject({ Version: '2012-10-17', Statement: expect.any(Array) });
  const roles = new Set([...TEXT.matchAll(/role\/(recourse-prod-[a-z-]+)/g)].map(([, name]) => name));
  expect(roles.size).toBeGreaterThan(1);
  for (const role of roles) expect([...template.roles.keys()]).toContain(role);
  const [boundary] = template.ofType('AWS::IAM::ManagedPolicy');
  expect(TEXT).toContain(`policy/${String(boundary?.properties.ManagedPolicyName)}`);
});

test('every alarm that asks for more than a look exists', () => {
  const table = TEXT.slice(TEXT.indexOf('| alarm | do |'), TEXT.indexOf('A build that fails before'));
  const alarms = template
    .ofType('AWS::CloudWatch::Alarm')
    .map(({ properties }) => String(properties.AlarmName));
  const named = [...table.matchAll(/`([a-z-]+)`(?=[^|]*\|[^|]*\|$)/gm)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(TEXT).toContain(`its alarms (${alarms.length},`);
  for (const name of named) expect(alarms).toContain(`recourse-prod-${name}`);
});

test('each heading that a link leads to is there', () => {
  const anchors = [...TEXT.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replace(/ /g, '-'),
  );
  for (const [, anchor] of TEXT.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
});

/** Names of all keys, at any depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { shape, def } = Object(schema);
  if (typeof shape === 'object' && shape !== null) {
    return Object.entries(shape).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
  }
  if (typeof def !== 'object' || def === null) return [];
  return ['innerType', 'element', 'options', 'in'].flatMap((part) => {
    const inner: unknown = Object(def)[part];
    return Array.isArray(inner) ? inner.flatMap(keysOf) : keysOf(inner);
  });
}
