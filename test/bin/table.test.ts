import { expect, test } from 'vitest';
import { parseDuration } from '../../bin/duration.ts';
import { table } from '../../bin/text/table.ts';

const COLUMNS = [{ title: 'id' }, { title: 'what', flexible: true }, { title: 'who', flexible: true }];
const ROWS = [
  ['abc123', 'x'.repeat(60), 'somebody'],
  ['d', 'short', 'é'],
];

test('a table is aligned, and no wider than the terminal; what may not be cut is not', () => {
  const wide = table(COLUMNS, ROWS, null).split('\n');
  expect(wide[0]).toBe(`ID      WHAT${' '.repeat(58)}WHO`);
  expect(wide[1]).toContain('x'.repeat(60));
  const narrow = table(COLUMNS, ROWS, 40).split('\n');
  for (const line of narrow) expect([...line].length).toBeLessThanOrEqual(40);
  expect(narrow[1]).toMatch(/^abc123 {2}x+… {2}somebody$/);
  expect(table(COLUMNS, ROWS, 5)).toContain('abc123');
});

test('times', () => {
  expect(parseDuration('--ttl', '15m')).toBe(900);
  expect(parseDuration('--ttl', '1h30m')).toBe(5400);
  expect(parseDuration('--ttl', '90s')).toBe(90);
  for (const bad of ['', '0m', '15', 'm', '1m1h', '-1h', '1d', '1.5h']) {
    expect(() => parseDuration('--ttl', bad), bad).toThrow(/write one such as 15m/);
  }
});
