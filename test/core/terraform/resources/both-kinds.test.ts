import { describe, expect, it } from 'vitest';
import { only, update } from '../plans.ts';
import { AWS_DELETES } from '../unseen/aws-deletes.cases.ts';
import { AWS_UPDATES } from '../unseen/aws-updates.cases.ts';
import { AZURE } from '../unseen/azure.cases.ts';
import { GOOGLE } from '../unseen/google.cases.ts';
import { OTHERS } from '../unseen/others.cases.ts';
import { AWS_CASES } from './aws.cases.ts';
import { AZURE_CASES } from './azure.cases.ts';
import { FURTHER_CASES, FURTHER_QUIET_CASES } from './further.cases.ts';
import { GOOGLE_CASES } from './google.cases.ts';
import { KUBERNETES_CASES } from './kubernetes.cases.ts';
import { NEWER_CASES } from './newer.cases.ts';
import { OTHER_CASES } from './other.cases.ts';
import { QUIET_CASES } from './quiet.cases.ts';

describe('what looks like danger and is none', () => {
  it.each([...QUIET_CASES, ...FURTHER_QUIET_CASES])('%s %j → %j', (type, before, after) => {
    const change = only([update(type, before, after)]);
    expect({ tier: change.tier, classes: change.classes }, change.why).toEqual({ tier: 1, classes: [] });
  });
});

/** Types with a case in which something tells, and one in which nothing does. */
function withBothKinds(provider: RegExp): readonly string[] {
  const tables = [
    AWS_CASES,
    AZURE_CASES,
    GOOGLE_CASES,
    KUBERNETES_CASES,
    NEWER_CASES,
    OTHER_CASES,
    FURTHER_CASES,
  ].flat();
  const told = tables.map(([type, , , , tier, classes]) => ({
    type,
    tells: tier >= 2 || classes.length > 0,
  }));
  const unseen = [AWS_DELETES, AWS_UPDATES, AZURE, GOOGLE, OTHERS].flat().map(({ changes, labels }) => ({
    type: changes[0]?.type ?? '',
    tells: (labels[0]?.tier ?? 1) >= 2 || (labels[0]?.classes.length ?? 0) > 0,
  }));
  const cases = [
    ...told,
    ...unseen,
    ...[...QUIET_CASES, ...FURTHER_QUIET_CASES].map(([type]) => ({ type, tells: false })),
  ];
  const types = (tells: boolean) =>
    new Set(cases.filter((each) => each.tells === tells && provider.test(each.type)).map(({ type }) => type));
  const quiet = types(false);
  return [...types(true)].filter((type) => quiet.has(type));
}

it.each([
  [/^aws_/, 90],
  [/^google_/, 40],
  [/^azurerm_/, 40],
  [/^(kubernetes|helm|kubectl)_/, 15],
])('%s: types with cases of both kinds are at least %i', (provider, least) => {
  expect(withBothKinds(provider).length).toBeGreaterThanOrEqual(least);
});
