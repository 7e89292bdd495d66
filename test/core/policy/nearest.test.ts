import { describe, expect, it } from 'vitest';
import { nearestName, slipsBetween } from '../../../lib/core/policy/nearest.ts';

describe('slips between two names', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['prod', 'pord', 1],
    ['kitten', 'sitting', 3],
    ['escalate', 'escalte', 1],
    ['warn', 'block', 5],
  ])('%s / %s', (a, b, slips) => {
    expect(slipsBetween(a, b)).toBe(slips);
    expect(slipsBetween(b, a)).toBe(slips);
  });
});

describe('the nearest name', () => {
  it('is the one with the fewest slips', () => {
    expect(nearestName('kubectl_exce', ['kubectl_delete', 'kubectl_exec'])).toBe('kubectl_exec');
    expect(nearestName('Database_Delete', ['database_delete'])).toBe('database_delete');
  });
  it('is none where nothing is near', () => {
    expect(nearestName('xylophone', ['allow', 'warn'])).toBeNull();
    expect(nearestName('a', [])).toBeNull();
  });
});
