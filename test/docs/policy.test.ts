/** docs/policy.md and docs/consequences.md say what the code does. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONSEQUENCE_CLASSES, FINDING_CLASSES, TIER_LABELS, TIERS } from '../../lib/core/finding.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import { policyTables } from '../../lib/core/policy/explain.ts';
import { CLASS_FLOORS, ENVIRONMENT_FLOORS } from '../../lib/core/policy/floors.ts';
import { parsePolicy } from '../../lib/core/policy/parse.ts';
import { ENVIRONMENT_KEYS } from '../../lib/core/policy/policy.ts';
import { judgeShell } from '../../lib/core/shell/judge.ts';
import { parseShellPattern } from '../../lib/core/shell/pattern.ts';
import { coded, tableRows } from '../support/document.ts';

const doc = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const POLICY = doc('policy.md');
const CONSEQUENCES = doc('consequences.md');

test('the examples are policies', () => {
  const texts = ['../README.md', 'policy.md', 'people.md', 'notices.md'].flatMap((name) =>
    [...doc(name).matchAll(/```yaml\n(recourseos:[\s\S]*?)```/g)].map(([, yaml = '']) => yaml),
  );
  expect(texts.length).toBe(4);
  for (const text of texts) expect(parsePolicy(text)).toMatchObject({ ok: true });
});

test('what environments answer is what the table says', () => {
  const table = tableRows(POLICY).filter(([key]) => ENVIRONMENT_KEYS.some((name) => key === `\`${name}\``));
  const { dev, staging, prod } = DEFAULT_POLICY.environments;
  expect(table.map(([key, , ...answers]) => [coded(key)[0], ...answers])).toEqual(
    ENVIRONMENT_KEYS.map((key) => [key, dev?.[key], staging?.[key], prod?.[key], ENVIRONMENT_FLOORS[key]]),
  );
});

test('every key is there, with its default', () => {
  const named = tableRows(POLICY).flatMap(([key]) => coded(key));
  const { limits, planTtlSeconds, approvalTtlSeconds, approvals } = DEFAULT_POLICY;
  const keys = (policyTables(DEFAULT_POLICY, 'prod') ?? [])
    .flatMap((table) => table.rows.map(([key]) => key))
    .filter((key) => key !== '' && !key.startsWith('roles.'));
  expect(keys.length).toBeGreaterThan(20);
  expect(keys.filter((key) => !named.includes(key))).toEqual([]);
  const said = new Map(
    tableRows(POLICY).flatMap(([key, , value]) => coded(key).map((name) => [name, value])),
  );
  expect({
    'limits.pending_approvals_per_agent': said.get('limits.pending_approvals_per_agent'),
    'limits.calls_per_minute': said.get('limits.calls_per_minute'),
    'limits.output_bytes': said.get('limits.output_bytes'),
    plan_ttl_seconds: said.get('plan_ttl_seconds'),
    approval_ttl_seconds: said.get('approval_ttl_seconds'),
    'approvals.quorum': said.get('approvals.quorum'),
    'approvals.reminder_seconds': said.get('approvals.reminder_seconds'),
  }).toEqual({
    'limits.pending_approvals_per_agent': String(limits.pendingApprovalsPerAgent),
    'limits.calls_per_minute': String(limits.callsPerMinute),
    'limits.output_bytes': String(limits.outputBytes),
    plan_ttl_seconds: String(planTtlSeconds),
    approval_ttl_seconds: String(approvalTtlSeconds),
    'approvals.quorum': String(approvals.quorum),
    'approvals.reminder_seconds': String(approvals.reminderSeconds),
  });
});

test('every finding class is there once, with its floor', () => {
  const table = tableRows(POLICY.slice(POLICY.indexOf('## Finding classes')));
  const said = table.flatMap(([classes, meaning = '']) =>
    coded(classes).map((name) => [name, coded(meaning)[0] ?? 'allow'] as const),
  );
  const floors = FINDING_CLASSES.map((name) => [name, CLASS_FLOORS[name].atLeast]);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(floors));
  expect(said.length).toBe(FINDING_CLASSES.length);
  expect(CONSEQUENCE_CLASSES.every((name) => CLASS_FLOORS[name].atLeast === 'allow')).toBe(true);
});

test('patterns match what the table says', () => {
  const table = tableRows(
    POLICY.slice(POLICY.indexOf('## Shell patterns'), POLICY.indexOf('## Finding classes')),
  );
  const cases = table
    .slice(1)
    .flatMap(([pattern, matching, other]) => [
      ...coded(matching).map((command) => ({ pattern: coded(pattern)[0] ?? '', command, matches: true })),
      ...coded(other).map((command) => ({ pattern: coded(pattern)[0] ?? '', command, matches: false })),
    ]);
  expect(cases.length).toBeGreaterThan(8);
  const none = { block: [], escalate: [], allow: [] };
  for (const { pattern, command, matches } of cases) {
    const parsed = parseShellPattern(pattern);
    if (!parsed.ok) throw new Error(parsed.problem);
    const decided = judgeShell(command, { ...none, block: [parsed.pattern] }).decision;
    expect([pattern, command, decided === 'block']).toEqual([pattern, command, matches]);
  }
});

test('tiers have the labels of the table', () => {
  const said = tableRows(CONSEQUENCES).flatMap(([tier, label]) =>
    TIERS.some((known) => String(known) === tier) ? [[tier, coded(label)[0]]] : [],
  );
  expect(said).toEqual(TIERS.map((tier) => [String(tier), TIER_LABELS[tier]]));
});
