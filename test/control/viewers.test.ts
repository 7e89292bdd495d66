/** That somebody can log in says who they are. What they see, and do, is what the policy names them for. */
import { describe, expect, it } from 'vitest';
import { castVote } from '../../lib/control/vote.ts';
import { ALICE_SIGNS, oidcStage } from './oidc-stage.ts';
import { type Stage, stage } from './stage.ts';

const [BOB, VERA, EVE] = ['bob@example.com', 'vera@example.com', 'eve@example.com'];
const LOOKING = ['/api/approvals', '/api/plans', '/api/runs', '/api/overrides', '/api/reviews', '/api/audit'];
const PAGES = [
  '/console',
  '/console/plans',
  '/console/runs',
  '/console/exceptions',
  '/console/policy',
  '/console/audit',
];

/** A session as `/console/login` gives it. */
async function session(on: Stage, approver: string): Promise<string> {
  const { startSession } = await import('../../lib/control/identity.ts');
  return (await startSession(on.deps, approver)).split(';')[0] ?? '';
}

describe('somebody whom the policy names nowhere', () => {
  const SETTING = { approvers: [BOB], roles: { viewer: [VERA] } };

  it('sees no page and no answer, by a session', async () => {
    const on = await stage(SETTING);
    const { approval_id, plan_id } = await on.ask();
    const cookie = await session(on, EVE);
    for (const path of [...PAGES, `/a/${approval_id}`, `/console/plans/${plan_id}`, ...LOOKING]) {
      const answer = await on.request(path, { headers: { cookie } });
      expect([path, answer.status]).toEqual([path, 403]);
      const text = await answer.text();
      expect(text).toContain('roles.viewer');
      expect(text).not.toContain(plan_id);
    }
    const refused = on.audit.events.filter(({ type }) => type === 'control.refused');
    expect(new Set(refused.map(({ actor, data }) => `${actor} ${data.code}`))).toEqual(
      new Set([`human:${EVE} no_role`]),
    );
  });

  it('sees nothing by a token either, and does nothing that is open to everybody', async () => {
    const on = await stage({ ...SETTING, approvers: [], roles: { viewer: [VERA] } });
    const { approval_id } = await on.ask();
    const token = await on.approverToken(EVE);
    for (const path of LOOKING) expect((await on.api(path, undefined, token)).status).toBe(403);
    const vote = { verdict: 'approve', reason: '' };
    expect((await on.api(`/api/approvals/${approval_id}/decision`, vote, token)).status).toBe(403);
    expect(on.audit.types()).not.toContain('vote.cast');
  });

  it('is not logged in through the issuer, and is told whom to ask', async () => {
    const on = await oidcStage({ policy: { approvers: [BOB] } });
    const browser = on.browser();
    const answer = await browser.logIn();
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('The policy names alice@example.com nowhere');
    expect((await browser.get('/console')).status).toBe(401);
    const named = (
      await oidcStage({ policy: { approvers: [BOB], roles: { viewer: ['ALICE@example.com'] } } })
    ).browser();
    await named.logIn();
    expect((await named.get('/console')).status).toBe(200);
  });

  it('sees nothing by a signature, whatever the configuration calls the principal', async () => {
    const on = await oidcStage({ policy: { approvers: [BOB] } });
    const answer = await on.app.request(
      'https://control.example.com/iam/api/approvals',
      { headers: { host: 'control.example.com' } },
      { signer: ALICE_SIGNS },
    );
    expect(answer.status).toBe(403);
    expect((await answer.json()).error.code).toBe('no_role');
  });

  it('loses what they see when they lose their name in the policy', async () => {
    const before = await stage(SETTING);
    const cookie = await session(before, VERA);
    expect((await before.request('/console', { headers: { cookie } })).status).toBe(200);
    const { policy } = (await stage({ approvers: [BOB] })).deps;
    const { controlApp } = await import('../../lib/control/http.ts');
    const after = controlApp({ ...before.deps, policy });
    const { host } = new URL(before.deps.origin);
    const answer = await after.request(`${before.deps.origin}/console`, { headers: { cookie, host } });
    expect(answer.status).toBe(403);
  });
});

describe('a viewer', () => {
  it('sees, and does nothing: no vote, no stop, no review, though nobody is named for those', async () => {
    const on = await stage({ roles: { viewer: [VERA] } });
    const { approval_id, plan_id } = await on.ask();
    const token = await on.approverToken(VERA);
    for (const path of LOOKING) expect((await on.api(path, undefined, token)).status).toBe(200);
    const decided = await on.api(
      `/api/approvals/${approval_id}/decision`,
      { verdict: 'approve', reason: '' },
      token,
    );
    expect(decided.status).toBe(403);
    const glass = await on.api('/api/break-glass', { plan_id, reason: 'now' }, token);
    expect(glass.status).toBe(403);
    const override = { action: 'terraform-apply', reason: 'x', ttl_seconds: 60 };
    expect((await on.api('/api/overrides', override, token)).status).toBeGreaterThanOrEqual(400);
    const cast = { approval_id, verdict: 'approve', reason: '', approver: VERA, via: 'api' } as const;
    expect(await castVote(on.deps, cast)).toMatchObject({ refused: true, status: 403 });
  });
});

describe('whoever is named for something', () => {
  it.each([
    ['an approver', { approvers: [BOB] }],
    ['an operator', { roles: { operator: [BOB] } }],
    ['an auditor', { roles: { auditor: [BOB] } }],
    ['one who may override', { approvers: [VERA], roles: { override: [BOB] } }],
    ['one who may break the glass', { approvers: [VERA], roles: { break_glass: [BOB] } }],
  ])('%s sees', async (_, setting) => {
    const on = await stage(setting);
    expect(
      (await on.api('/api/approvals', undefined, await on.approverToken(BOB.toUpperCase()))).status,
    ).toBe(200);
    expect((await on.api('/api/approvals', undefined, await on.approverToken(EVE))).status).toBe(403);
  });

  it('where a policy names nobody, whoever comes in sees', async () => {
    const on = await stage();
    expect((await on.api('/api/approvals', undefined, await on.approverToken(EVE))).status).toBe(200);
  });

  it('the person at the machine sees', async () => {
    const on = await stage({ approvers: [BOB] });
    expect((await on.api('/api/approvals')).status).toBe(200);
  });
});
