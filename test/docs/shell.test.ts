/** docs/shell.md says what the judge does. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAMILIES } from '../../lib/core/shell/commands/index.ts';
import { judgeShell } from '../../lib/core/shell/judge.ts';
import { coded, tableRows } from '../support/document.ts';

const SHELL = readFileSync(new URL('../../docs/shell.md', import.meta.url), 'utf8');

test('every example gets the verdict of the table', () => {
  const examples = tableRows(SHELL).filter(([, verdict = '']) => /^(allow|escalate|block)$/.test(verdict));
  expect(examples.length).toBeGreaterThan(12);
  for (const [cell = '', verdict] of examples) {
    const [command = ''] = coded(cell);
    expect([command, judgeShell(command).decision]).toEqual([command, verdict]);
  }
});

test('every program is named, and no other', () => {
  const families = tableRows(SHELL.slice(SHELL.indexOf('## What is known')));
  const known = FAMILIES.filter(({ family }) => family !== 'versions').flatMap(({ rules }) =>
    Object.keys(rules),
  );
  expect(new Set(known).size, 'one family for each program').toBe(known.length);
  expect(families.flatMap(([, programs]) => coded(programs)).sort()).toEqual(known.sort());
});

test('nothing else of a program is known than its version', () => {
  const { rules } = FAMILIES.find(({ family }) => family === 'versions') ?? { rules: {} };
  expect(Object.keys(rules).length).toBeGreaterThan(130);
  for (const program of ['docker', 'npm', 'ssh', 'curl']) {
    expect(judgeShell(`${program} --version`).decision).toBe('allow');
    expect(judgeShell(`${program} run x`).decision).toBe('escalate');
  }
});
