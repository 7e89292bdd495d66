/** The proof that roles hold what they need and no more hangs on this evaluator. */
import { describe, expect, it } from 'vitest';
import { access, type Statement } from './iam.ts';
import { fill, matchesArn } from './iam-patterns.ts';
import { ACCOUNT, allow, byIdentity, deny, document, OBJECT, ROLE, request } from './iam-requests.ts';

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
