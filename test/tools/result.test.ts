import { expect, test } from 'vitest';
import { refuse } from '../../lib/core/refusal.ts';
import { isErrorStatus, refused, STATUSES } from '../../lib/tools/result.ts';

test('isError is true for these statuses and no others', () => {
  expect(STATUSES.filter(isErrorStatus).sort()).toEqual(['blocked', 'failed', 'interrupted', 'refused']);
});

test.each([
  ['approval_required', 'escalate'],
  ['approval_pending', 'escalate'],
  ['approval_expired', 'escalate'],
  ['approval_rejected', 'block'],
  ['approval_not_found', 'block'],
] as const)('%s is %s: only what waits for a human escalates', (code, decision) => {
  expect(refused(refuse(code, 'why')).decision).toBe(decision);
});
