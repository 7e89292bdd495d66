import { describe, expect, it } from 'vitest';
import { isSignedBy, parsePrincipal } from '../../lib/core/aws-principal.ts';
import { humanName } from '../../lib/core/human.ts';
import { agentsByPrincipal } from '../../lib/core/known-agent.ts';
import { approversByPrincipal } from '../../lib/core/known-approver.ts';

const HERE = '111122223333';
const ROLE = `arn:aws:iam::${HERE}:role/ci`;

function signs(configured: string, arn: string, account = arn.split(':')[4] ?? ''): boolean {
  const principal = parsePrincipal(configured);
  if ('problem' in principal) throw new Error(principal.problem);
  return isSignedBy(principal, { arn, account });
}

describe('a configured principal is who signed', () => {
  it.each([
    ['a role, in any session', ROLE, `arn:aws:sts::${HERE}:assumed-role/ci/run-7`],
    [
      'a role with a path, which its sessions do not show',
      `arn:aws:iam::${HERE}:role/a/b/ci`,
      `arn:aws:sts::${HERE}:assumed-role/ci/x`,
    ],
    ['a user', `arn:aws:iam::${HERE}:user/ops/alice`, `arn:aws:iam::${HERE}:user/ops/alice`],
    [
      'a role of Identity Center',
      `arn:aws:iam::${HERE}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0123456789abcdef`,
      `arn:aws:sts::${HERE}:assumed-role/AWSReservedSSO_Ops_0123456789abcdef/alice@example.com`,
    ],
    [
      'one person of Identity Center',
      `arn:aws:sts::${HERE}:assumed-role/AWSReservedSSO_Ops_0123456789abcdef/alice@example.com`,
      `arn:aws:sts::${HERE}:assumed-role/AWSReservedSSO_Ops_0123456789abcdef/alice@example.com`,
    ],
    [
      'a role in another partition',
      `arn:aws-us-gov:iam::${HERE}:role/ci`,
      `arn:aws-us-gov:sts::${HERE}:assumed-role/ci/x`,
    ],
  ])('%s', (_, configured, arn) => {
    expect(signs(configured, arn)).toBe(true);
  });
});

describe('a configured principal is not who signed', () => {
  it.each([
    ['another role', ROLE, `arn:aws:sts::${HERE}:assumed-role/ci2/x`],
    ['a role whose session has its name', ROLE, `arn:aws:sts::${HERE}:assumed-role/other/ci`],
    ['its name in another account', ROLE, 'arn:aws:sts::444455556666:assumed-role/ci/x'],
    ['its name in another partition', ROLE, `arn:aws-cn:sts::${HERE}:assumed-role/ci/x`],
    ['its name in another case', ROLE, `arn:aws:sts::${HERE}:assumed-role/CI/x`],
    ['a user of its name', ROLE, `arn:aws:iam::${HERE}:user/ci`],
    ['a user with another path', `arn:aws:iam::${HERE}:user/ops/alice`, `arn:aws:iam::${HERE}:user/alice`],
    ['the root of the account', ROLE, `arn:aws:iam::${HERE}:root`],
    ['a federated user', ROLE, `arn:aws:sts::${HERE}:federated-user/ci`],
    ['an ARN with more in it', ROLE, `arn:aws:sts::${HERE}:assumed-role/ci/x/y`],
    ['an ARN with a line more', ROLE, `arn:aws:sts::${HERE}:assumed-role/ci/x\n`],
    [
      'another person of Identity Center',
      `arn:aws:sts::${HERE}:assumed-role/AWSReservedSSO_Ops_0/alice@example.com`,
      `arn:aws:sts::${HERE}:assumed-role/AWSReservedSSO_Ops_0/bob@example.com`,
    ],
    ['nothing', ROLE, ''],
  ])('%s', (_, configured, arn) => {
    expect(signs(configured, arn)).toBe(false);
  });

  it('one whose account is not the one of its ARN', () => {
    expect(signs(ROLE, `arn:aws:sts::${HERE}:assumed-role/ci/x`, '444455556666')).toBe(false);
  });
});

describe('a configuration', () => {
  it.each([
    'arn:aws:iam::111122223333:root',
    'arn:aws:iam::111122223333:role/*',
    'arn:aws:iam::*:role/ci',
    'arn:aws:iam::111122223333:role/',
    'ci',
    '',
    `arn:aws:iam::${HERE}:group/x`,
  ])('does not name %s', (arn) => {
    expect(parsePrincipal(arn)).toHaveProperty('problem');
  });

  it('does not name a session whose name the caller chose', () => {
    const found = parsePrincipal(`arn:aws:sts::${HERE}:assumed-role/ops/alice@example.com`);
    expect(found).toEqual({ problem: expect.stringContaining('whoever may assume this role') });
  });

  it('gives one person of a role another name than the rest of it', () => {
    const sso = 'AWSReservedSSO_Ops_0';
    const find = agentsByPrincipal([
      { name: 'everybody', principal: `arn:aws:iam::${HERE}:role/${sso}` },
      { name: 'alice', principal: `arn:aws:sts::${HERE}:assumed-role/${sso}/alice@example.com` },
    ]);
    const as = (name: string) =>
      find({ arn: `arn:aws:sts::${HERE}:assumed-role/${sso}/${name}`, account: HERE });
    expect(as('alice@example.com')?.agent).toBe('alice');
    expect(as('bob@example.com')?.agent).toBe('everybody');
    expect(find({ arn: `arn:aws:sts::${HERE}:assumed-role/x/y`, account: HERE })).toBeNull();
  });

  it('that names no principal, agent or human stops with one sentence', () => {
    expect(() => agentsByPrincipal([{ name: 'x', principal: 'ci' }])).toThrow('agent x: “ci” is no ARN');
    expect(() => agentsByPrincipal([{ name: 'a b', principal: ROLE }])).toThrow('names no agent');
    expect(() => agentsByPrincipal([{ name: 'x', principal: ROLE, human: 'alice' }])).toThrow('no e-mail');
  });
});

it('approvers by principal are humans, and nobody else is one', () => {
  const find = approversByPrincipal([{ principal: ROLE, approver: 'Alice@Example.com' }]);
  expect(find({ arn: `arn:aws:sts::${HERE}:assumed-role/ci/x`, account: HERE })).toBe('alice@example.com');
  expect(find({ arn: `arn:aws:sts::${HERE}:assumed-role/c/x`, account: HERE })).toBeNull();
  expect(() => approversByPrincipal([{ principal: ROLE, approver: 'local:ada' }])).toThrow('no e-mail');
  expect(() => approversByPrincipal([{ principal: 'x', approver: 'a@b.c' }])).toThrow('approver a@b.c');
});

it('a human’s name is an e-mail address in lower case, or none', () => {
  expect(humanName('Alice@Example.COM')).toBe('alice@example.com');
  for (const text of ['alice', 'а@example.com', 'a@b\r\n', '\u212Aate@example.com', '']) {
    expect(humanName(text)).toBeNull();
  }
});
