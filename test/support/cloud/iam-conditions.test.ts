import { describe, expect, it } from 'vitest';
import type { Conditions } from './iam.ts';
import { allow, byIdentity, deny, OBJECT, request } from './iam-requests.ts';

/** Held, not held, and (null) not known: which allows nothing and denies everything. */
function condition(Condition: Conditions, context: Record<string, string | string[]>): boolean | null {
  const asked = request('s3:GetObject', OBJECT, context);
  const allows = byIdentity(asked, allow({ Condition }));
  const denies = !byIdentity(asked, allow(), deny({ Condition }));
  if (allows && denies) return true;
  if (!allows && !denies) return false;
  expect([allows, denies]).toEqual([false, true]);
  return null;
}

describe('conditions', () => {
  it.each([
    ['StringEquals', 'a', 'a', true],
    ['StringEquals', 'a', 'A', false],
    ['StringEquals', 'a*', 'ab', false],
    ['StringEquals', ['a', 'b'], 'b', true],
    ['StringNotEquals', 'a', 'b', true],
    ['StringNotEquals', ['a', 'b'], 'b', false],
    ['StringEqualsIgnoreCase', 'a', 'A', true],
    ['StringNotEqualsIgnoreCase', 'a', 'A', false],
    ['StringLike', 'plan *', 'plan plan_1', true],
    ['StringLike', 'plan *', 'vote plan_1', false],
    ['StringLike', 'pl?n', 'plan', true],
    ['StringNotLike', 'plan *', 'plan plan_1', false],
    [
      'ArnEquals',
      'arn:aws:states:eu-west-1:1:stateMachine:run',
      'arn:aws:states:eu-west-1:1:stateMachine:run',
      true,
    ],
    [
      'ArnLike',
      'arn:aws:codebuild:*:*:project/shell*',
      'arn:aws:codebuild:eu-west-1:1:project/shell-lane',
      true,
    ],
    ['ArnLike', 'arn:aws:codebuild:*:project/shell', 'arn:aws:codebuild:eu-west-1:1:project/shell', false],
    [
      'ArnNotLike',
      'arn:aws:codebuild:*:*:project/shell',
      'arn:aws:codebuild:eu-west-1:1:project/shell',
      false,
    ],
    [
      'ArnNotEquals',
      'arn:aws:codebuild:*:*:project/shell',
      'arn:aws:codebuild:eu-west-1:1:project/other',
      true,
    ],
    ['Bool', 'true', 'true', true],
    ['Bool', true, 'true', true],
    ['Bool', 'false', 'true', false],
    ['NumericLessThan', '10', '9', true],
    ['NumericLessThan', 10, '10', false],
    ['NumericLessThanEquals', 10, '10', true],
    ['NumericGreaterThan', '10', '9', false],
    ['NumericGreaterThanEquals', '10', '10', true],
    ['NumericEquals', '10', '10.0', true],
    ['NumericNotEquals', '10', '10.0', false],
    ['NumericEquals', '10', 'ten', null],
    ['Null', 'true', 'x', false],
    ['Null', 'false', 'x', true],
    ['Null', false, 'x', true],
    ['Null', 'maybe', 'x', null],
    ['StringMatches', 'a', 'a', null],
    ['stringequals', 'a', 'a', null],
    ['DateLessThan', '2027-01-01T00:00:00Z', '2026-01-01T00:00:00Z', null],
    ['IpAddress', '10.0.0.0/8', '10.0.0.1', null],
    ['StringEquals', `\${aws:other}`, 'a', null],
    ['StringEquals', { a: 1 }, 'a', null],
    ['ForSomeValues:StringEquals', 'a', 'a', null],
  ] as const)('%s %j of %j: %s', (operator, value, found, held) => {
    expect(condition({ [operator]: { 'aws:Key': value } }, { 'aws:key': found })).toBe(held);
  });

  it.each([
    ['StringEquals', 'a', false],
    ['StringNotEquals', 'a', true],
    ['StringLike', '*', false],
    ['ArnNotLike', 'arn:aws:s3:::*', true],
    ['Bool', 'false', false],
    ['StringEqualsIfExists', 'a', true],
    ['BoolIfExists', 'true', true],
    ['Null', 'true', true],
    ['Null', 'false', false],
    ['ForAllValues:StringEquals', 'a', true],
    ['ForAnyValue:StringEquals', 'a', false],
    ['ForAnyValue:StringNotEquals', 'a', false],
  ] as const)('%s %j where the request has no such key: %s', (operator, value, held) => {
    expect(condition({ [operator]: { 'aws:Key': value } }, {})).toBe(held);
  });

  it.each([
    ['ForAllValues:StringLike', ['plan *', 'quota *'], ['plan 1', 'quota 2'], true],
    ['ForAllValues:StringLike', ['plan *', 'quota *'], ['plan 1', 'vote 2'], false],
    ['ForAllValues:StringNotEquals', ['a'], ['b', 'a'], false],
    ['ForAnyValue:StringEquals', ['a'], ['b', 'a'], true],
    ['ForAnyValue:StringEquals', ['a'], ['b', 'c'], false],
    ['StringEquals', ['a', 'b'], ['a', 'b'], null],
  ] as const)('%s %j of the set %j: %s', (operator, value, found, held) => {
    expect(condition({ [operator]: { 'aws:Key': value } }, { 'aws:key': [...found] })).toBe(held);
  });

  it('must all hold', () => {
    const both = { StringEquals: { a: '1', b: '2' }, Bool: { c: 'true' } };
    expect(condition(both, { a: '1', b: '2', c: 'true' })).toBe(true);
    expect(condition(both, { a: '1', b: '3', c: 'true' })).toBe(false);
    expect(condition(both, { a: '1', b: '2', c: 'false' })).toBe(false);
  });
});
