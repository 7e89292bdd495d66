import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLink, findLink, useLink } from '../../lib/control/links.ts';
import { createToken, holderProblem, listTokens, revokeToken } from '../../lib/control/tokens.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { newApprovalId } from '../../lib/core/ids.ts';
import { tokenHolder } from '../../lib/lifecycle/token-holder.ts';
import type { LinkRecord } from '../../lib/ports/records.ts';
import { stage } from './stage.ts';

const ALICE = 'alice@example.com';

describe('links', () => {
  it('are 32 random bytes and their MAC, of which only the hash is kept', async () => {
    const { deps, store } = await stage();
    const { token, record } = await createLink(deps, { purpose: 'session', approver: ALICE }, 60);
    const [random = '', mac = '', ...more] = token.split('.');
    expect([random, mac].map((part) => Buffer.from(part, 'base64url').length)).toEqual([32, 32]);
    expect(more).toEqual([]);
    expect(record.token_hash).toBe(sha256(token));
    expect(JSON.stringify(await store.get('link', record.token_hash))).not.toContain(token);
    const other = await createLink(deps, { purpose: 'session', approver: ALICE }, 60);
    expect(other.token).not.toBe(token);
  });

  it('are found for their purpose alone, until they expire', async () => {
    const { deps, clock } = await stage();
    const { token } = await createLink(deps, { purpose: 'session', approver: ALICE }, 60);
    expect(await findLink(deps, token, 'session')).toMatchObject({
      used: false,
      record: { approver: ALICE },
    });
    expect(await findLink(deps, token, 'console')).toBeNull();
    expect(await findLink(deps, token, 'approval')).toBeNull();
    expect(await findLink(deps, `${token}=`, 'session')).toBeNull();
    expect(await findLink(deps, '', 'session')).toBeNull();
    clock.at = new Date(clock.at.getTime() + 60_000);
    expect(await findLink(deps, token, 'session')).toBeNull();
  });

  it('are worth nothing when their record says anything but what they were made for', async () => {
    const { deps, store } = await stage();
    const grant = {
      purpose: 'approval',
      approver: 'mallory@example.com',
      approval_id: newApprovalId(deps.random),
      digest: sha256('a plan'),
    } as const;
    const { token, record } = await createLink(deps, grant, 60);
    const changes: Partial<LinkRecord>[] = [
      { approver: ALICE },
      { approval_id: newApprovalId(deps.random) },
      { digest: sha256('another plan') },
      { expires_at: new Date(Date.parse(record.expires_at) + 1).toISOString() },
      { purpose: 'session' },
      { purpose: 'console' },
      { groups: ['approvers'] },
    ];
    for (const change of changes) {
      const stored = await store.get('link', record.token_hash);
      await store.replace('link', record.token_hash, stored?.version ?? 0, { ...record, ...change });
      expect(await findLink(deps, token, change.purpose ?? 'approval')).toBeNull();
    }
    const stored = await store.get('link', record.token_hash);
    await store.replace('link', record.token_hash, stored?.version ?? 0, record);
    expect(await findLink(deps, token, 'approval')).not.toBeNull();
  });

  it('cannot be made by writing the store: without the key there is no MAC', async () => {
    const { deps, store } = await stage();
    const others = { hmac: (text: string) => `hmac:${createHash('sha256').update(text).digest('hex')}` };
    const forger = { ...deps, hasher: others };
    const { token, record } = await createLink(forger, { purpose: 'session', approver: ALICE }, 60);
    expect(await findLink(forger, token, 'session')).not.toBeNull();
    expect(await findLink(deps, token, 'session')).toBeNull();
    const [random = ''] = token.split('.');
    for (const made of [random, `${random}.${random}`, `${random}.`, `.${random}`]) {
      const planted = { ...record, token_hash: sha256(made) };
      await store.create('link', planted.token_hash, planted);
      expect(await findLink(deps, made, 'session')).toBeNull();
    }
  });

  it('carry the groups of a session, and no other link has any', async () => {
    const { deps } = await stage();
    const grant = { purpose: 'session', approver: ALICE, groups: ['ops', 'dba'] } as const;
    const { token } = await createLink(deps, grant, 60);
    expect((await findLink(deps, token, 'session'))?.record.groups).toEqual(['ops', 'dba']);
    const { record } = await createLink(deps, { purpose: 'console', approver: ALICE }, 60);
    expect(record.groups).toBeUndefined();
  });

  it('have one user, ever', async () => {
    const { deps } = await stage();
    const { token, record } = await createLink(deps, { purpose: 'console', approver: ALICE }, 60);
    const all = await Promise.all([1, 2, 3].map(() => useLink(deps, record)));
    expect(all.filter((won) => won)).toHaveLength(1);
    expect(await findLink(deps, token, 'console')).toMatchObject({ used: true });
  });

  it('stop everything where randomness repeats itself', async () => {
    const { deps } = await stage();
    const broken = { ...deps, random: (count: number) => new Uint8Array(count) };
    await createLink(broken, { purpose: 'console', approver: ALICE }, 60);
    await expect(createLink(broken, { purpose: 'console', approver: ALICE }, 60)).rejects.toThrow();
  });
});

describe('tokens', () => {
  it('are made, listed and revoked, each with an event, and never written in the clear', async () => {
    const { deps, store, audit } = await stage();
    const { token, view } = await createToken(deps, { kind: 'approver', email: ALICE }, 'local:ada');
    expect(await tokenHolder(store, token)).toEqual({ kind: 'approver', email: ALICE });
    expect(await listTokens(store)).toEqual([view]);
    expect(JSON.stringify([audit.events, await store.get('token', sha256(token))])).not.toContain(token);
    expect(await revokeToken(deps, view.id, 'local:ada')).toBe('revoked');
    expect(await tokenHolder(store, token)).toBeNull();
    expect(await revokeToken(deps, view.id, 'local:ada')).toBe('was_revoked');
    expect(audit.types()).toEqual(['token.created', 'token.revoked']);
  });

  it('are not made or revoked without the audit', async () => {
    const { deps, store, audit } = await stage();
    const { token, view } = await createToken(deps, { kind: 'approver', email: ALICE }, 'local:ada');
    audit.broken = true;
    await expect(createToken(deps, { kind: 'approver', email: 'b@example.com' }, 'x')).rejects.toThrow();
    await expect(revokeToken(deps, view.id, 'x')).rejects.toThrow();
    expect(await tokenHolder(store, token)).not.toBeNull();
    expect(await listTokens(store)).toHaveLength(1);
  });

  it.each(['', 'a', '00000000000', '%', 'sha256:'])('are not revoked by the id "%s"', async (id) => {
    const { deps } = await stage();
    await createToken(deps, { kind: 'approver', email: ALICE }, 'local:ada');
    expect(await revokeToken(deps, id, 'local:ada')).toBe('unknown');
  });

  it.each(['', 'rgw_', 'Bearer x', `rgw_${'a'.repeat(43)}`, `rgw_${'a'.repeat(43)}\0`])(
    'are nobody’s: %j',
    async (token) => {
      expect(await tokenHolder((await stage()).store, token)).toBeNull();
    },
  );

  it.each([
    'local:ada',
    'ada',
    'a b@example.com',
    'a@b\r\nX: y',
    '\u212Aate@example.com',
    'а@example.com',
    '@x',
    `${'a'.repeat(251)}@b.c`,
  ])('name no approver as %j', async (email) => {
    const { deps } = await stage();
    expect(holderProblem({ kind: 'approver', email })).toContain('e-mail');
    await expect(createToken(deps, { kind: 'approver', email }, 'x')).rejects.toThrow('e-mail');
  });

  it('name agents plainly', () => {
    expect(holderProblem({ kind: 'agent', name: 'claude-code.1', human: ALICE })).toBeNull();
    for (const name of ['', '-x', 'a b', 'x'.repeat(65), 'é']) {
      expect(holderProblem({ kind: 'agent', name, human: null })).not.toBeNull();
    }
    expect(holderProblem({ kind: 'agent', name: 'a', human: 'nobody' })).not.toBeNull();
  });
});
