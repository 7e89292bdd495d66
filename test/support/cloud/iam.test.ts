/** The proof that roles hold what they need and no more hangs on this evaluator. */
import { describe, expect, it } from 'vitest';
import { type AccessRequest, access, type Conditions, type PolicyDocument, type Statement } from './iam.ts';
import { fill, matchesArn } from './iam-patterns.ts';

const ACCOUNT = '111122223333';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/mcp`;
const OBJECT = 'arn:aws:s3:::artifacts/outputs/abc';

function request(
  action = 's3:GetObject',
  resource = OBJECT,
  context: Record<string, string | string[]> = {},
): AccessRequest {
  const keys = Object.entries(context).map(
    ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
  );
  return { action, resource, principal: { role: ROLE, account: ACCOUNT }, context: new Map(keys) };
}

const document = (...Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
const allow = (more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
  ...more,
});
const deny = (more: Partial<Statement> = {}): Statement => ({ ...allow(more), Effect: 'Deny' });

const byIdentity = (asked: AccessRequest, ...statements: Statement[]) =>
  access(asked, { identity: [document(...statements)], decidedBy: 'either' }).allowed;

describe('without a policy that allows', () => {
  it('nothing is allowed', () => {
    expect(access(request(), { identity: [], decidedBy: 'either' })).toEqual({
      allowed: false,
      because: 'no allow',
    });
    expect(byIdentity(request(), allow({ Action: 's3:PutObject' }))).toBe(false);
    expect(byIdentity(request(), allow({ Resource: 'arn:aws:s3:::artifacts/frozen/*' }))).toBe(false);
  });
});

describe('actions', () => {
  it.each([
    ['s3:GetObject', 's3:GetObject', true],
    ['S3:getobject', 's3:GetObject', true],
    ['s3:*', 's3:GetObject', true],
    ['s3:Get*', 's3:GetObject', true],
    ['s3:?etObject', 's3:GetObject', true],
    ['*', 's3:GetObject', true],
    ['s3:Get', 's3:GetObject', false],
    ['s3:GetObject', 's3:GetObjectVersion', false],
    ['kms:*', 's3:GetObject', false],
    ['s3:GetObjec.', 's3:GetObject', false],
  ])('%s and %s: %s', (pattern, action, allowed) => {
    expect(byIdentity(request(action), allow({ Action: pattern }))).toBe(allowed);
    expect(byIdentity(request(action), allow({ Action: ['iam:PassRole', pattern] }))).toBe(allowed);
    const { Action: _, ...rest } = allow();
    expect(byIdentity(request(action), { ...rest, NotAction: pattern })).toBe(!allowed);
  });
});

describe('resources', () => {
  it.each([
    [OBJECT, OBJECT, true],
    ['arn:aws:s3:::artifacts/outputs/*', OBJECT, true],
    ['arn:aws:s3:::artifacts/*', OBJECT, true],
    ['arn:aws:s3:::*', OBJECT, true],
    ['arn:aws:s3:::artifacts/outputs/a?c', OBJECT, true],
    ['arn:aws:s3:::artifacts', OBJECT, false],
    ['arn:aws:s3:::artifacts/Outputs/*', OBJECT, false],
    ['arn:aws:s3:::artifacts/outputs/*', 'arn:aws:s3:::artifacts/outputs', false],
    ['arn:aws:*:abc', OBJECT, false],
    ['arn:*', OBJECT, false],
    ['arn:aws:dynamodb:*:*:table/plans', 'arn:aws:dynamodb:eu-west-1:111122223333:table/plans', true],
    ['arn:aws:dynamodb:*:table/plans', 'arn:aws:dynamodb:eu-west-1:111122223333:table/plans', false],
    [
      'arn:aws:dynamodb:eu-west-1:111122223333:table/plans',
      'arn:aws:dynamodb:eu-west-1:111122223333:table/plans/index/listed',
      false,
    ],
    [
      'arn:aws:states:eu-west-1:111122223333:execution:run:*',
      'arn:aws:states:eu-west-1:111122223333:execution:run:x:y',
      true,
    ],
    ['arn:aws:s3:::a.b', 'arn:aws:s3:::aXb', false],
  ])('%s and %s: %s', (pattern, resource, allowed) => {
    expect(byIdentity(request('s3:GetObject', resource), allow({ Resource: pattern }))).toBe(allowed);
    const { Resource: _, ...rest } = allow();
    expect(byIdentity(request('s3:GetObject', resource), { ...rest, NotResource: pattern })).toBe(!allowed);
  });

  it('may name variables, whose values are no patterns', () => {
    const pattern = `arn:aws:s3:::artifacts/\${aws:PrincipalTag/lane}/*`;
    const asked = (lane: string | string[], resource = 'arn:aws:s3:::artifacts/shell/1') =>
      byIdentity(
        request('s3:GetObject', resource, { 'aws:PrincipalTag/lane': lane }),
        allow({ Resource: pattern }),
      );
    expect(asked('shell')).toBe(true);
    expect(asked('source')).toBe(false);
    expect(asked('*')).toBe(false);
    expect(asked(['shell', 'shell'])).toBe(false);
    expect(
      byIdentity(request('s3:GetObject', 'arn:aws:s3:::artifacts/shell/1'), allow({ Resource: pattern })),
    ).toBe(false);
    expect(byIdentity(request(), allow(), deny({ Resource: pattern }))).toBe(false);
    expect(matchesArn(fill(`arn:aws:s3:::a/\${*}`, new Map()) ?? [], 'arn:aws:s3:::a/*')).toBe(true);
    expect(matchesArn(fill(`arn:aws:s3:::a/\${*}`, new Map()) ?? [], 'arn:aws:s3:::a/b')).toBe(false);
  });
});

describe('an explicit deny', () => {
  it('wins over every allow, wherever it stands', () => {
    expect(byIdentity(request(), allow(), deny())).toBe(false);
    expect(byIdentity(request(), deny(), allow())).toBe(false);
    const explicit = { allowed: false, because: 'explicit deny' };
    const identity = [document(allow())];
    const onResource = document(deny({ Principal: '*' }));
    expect(access(request(), { identity, resource: onResource, decidedBy: 'either' })).toEqual(explicit);
    expect(access(request(), { identity, boundary: document(allow(), deny()), decidedBy: 'either' })).toEqual(
      explicit,
    );
    expect(byIdentity(request(), allow(), deny({ Action: 's3:PutObject' }))).toBe(true);
    expect(byIdentity(request(), allow(), deny({ Resource: 'arn:aws:s3:::other/*' }))).toBe(true);
  });

  it('of a resource counts only for those whom it names', () => {
    const identity = [document(allow())];
    const decide = (Principal: unknown) =>
      access(request(), { identity, resource: document(deny({ Principal })), decidedBy: 'either' }).allowed;
    expect(decide({ AWS: ROLE })).toBe(false);
    expect(decide({ AWS: '*' })).toBe(false);
    expect(decide({ AWS: `arn:aws:iam::${ACCOUNT}:root` })).toBe(false);
    expect(decide({ AWS: `arn:aws:iam::${ACCOUNT}:role/other` })).toBe(true);
    expect(decide({ Service: 'codebuild.amazonaws.com' })).toBe(true);
    expect(decide(undefined)).toBe(false);
    expect(decide(7)).toBe(false);
  });
});

describe('a policy of the resource', () => {
  const resource = (Principal: unknown) => document(allow({ Principal }));
  const root = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const itself = { AWS: ROLE };
  const identity = [document(allow())];

  it('is enough by itself in the same account, where it names the principal and not just the account', () => {
    const decide = (Principal: unknown) =>
      access(request(), { identity: [], resource: resource(Principal), decidedBy: 'either' }).allowed;
    expect(decide(itself)).toBe(true);
    expect(decide('*')).toBe(true);
    expect(decide(root)).toBe(false);
    expect(decide({ AWS: ACCOUNT })).toBe(false);
    expect(decide({ Service: 's3.amazonaws.com' })).toBe(false);
    expect(decide(undefined)).toBe(false);
  });

  it('and the identity must both allow for what is of another account', () => {
    const decide = (Principal: unknown, ours = identity) =>
      access(request(), { identity: ours, resource: resource(Principal), decidedBy: 'both' }).allowed;
    expect(decide(itself)).toBe(true);
    expect(decide(root)).toBe(true);
    expect(decide(itself, [])).toBe(false);
    expect(decide({ AWS: 'arn:aws:iam::999999999999:root' })).toBe(false);
    expect(access(request(), { identity, decidedBy: 'both' }).allowed).toBe(false);
  });

  it('of a key or a role decides: it allows, or leaves it to the identity, or nobody may', () => {
    const decide = (Principal: unknown, ours = identity) =>
      access(request(), { identity: ours, resource: resource(Principal), decidedBy: 'resource' }).allowed;
    expect(decide(root)).toBe(true);
    expect(decide(root, [])).toBe(false);
    expect(decide(itself, [])).toBe(true);
    expect(decide({ AWS: `arn:aws:iam::${ACCOUNT}:role/other` })).toBe(false);
    expect(access(request(), { identity, decidedBy: 'resource' }).allowed).toBe(false);
  });
});

describe('a boundary', () => {
  const boundary = document(allow({ Action: 's3:Get*' }));
  it('takes away what it does not allow, and gives nothing', () => {
    const decide = (action: string, identity = [document(allow())]) =>
      access(request(action), { identity, boundary, decidedBy: 'either' });
    expect(decide('s3:GetObject').allowed).toBe(true);
    expect(decide('s3:PutObject')).toEqual({ allowed: false, because: 'boundary' });
    expect(decide('s3:GetObject', [])).toEqual({ allowed: false, because: 'no allow' });
  });
});

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

describe('what it does not know', () => {
  it('allows nothing and denies everything', () => {
    const odd: Statement = Object.assign(allow(), { NotPrincipal: { AWS: ROLE } });
    expect(byIdentity(request(), odd)).toBe(false);
    expect(byIdentity(request(), allow(), { ...odd, Effect: 'Deny' })).toBe(false);
  });

  it('is an error where it is no policy', () => {
    expect(() => byIdentity(request(), { ...allow(), Effect: 'allow' })).toThrow('not an effect');
    expect(() => byIdentity(request(), { Effect: 'Allow', Resource: '*' })).toThrow('no action');
    expect(() => byIdentity(request(), { Effect: 'Allow', Action: '*' })).toThrow('no resource');
  });
});
