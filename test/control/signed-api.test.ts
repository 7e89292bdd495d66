/** The JSON side under `/iam`: for those whose requests AWS IAM authorized, and nobody else. */
import { describe, expect, it } from 'vitest';
import { httpHandler } from '../../lib/aws/http-event.ts';
import type { AwsSigner } from '../../lib/core/aws-principal.ts';
import { eventOf, responseOf } from '../support/aws/http-event.ts';
import { ALICE_SIGNS, CONTROL, oidcStage } from './oidc-stage.ts';
import { stage } from './stage.ts';

const STRANGER = { arn: 'arn:aws:sts::111122223333:assumed-role/ci/x', account: '111122223333' };

async function signedStage() {
  const on = await oidcStage();
  const send = (path: string, signer: AwsSigner | null, init: RequestInit = {}) =>
    Promise.resolve(
      on.app.fetch(
        new Request(`${CONTROL}${path}`, {
          ...init,
          headers: { host: new URL(CONTROL).host, 'content-type': 'application/json', ...init.headers },
        }),
        { signer },
      ),
    );
  const decide = (
    id: string,
    signer: AwsSigner | null,
    prefix = '/iam',
    headers: Record<string, string> = {},
  ) =>
    send(`${prefix}/api/approvals/${id}/decision`, signer, {
      method: 'POST',
      body: JSON.stringify({ verdict: 'approve', reason: 'looked at it' }),
      headers,
    });
  return { ...on, send, decide };
}

describe('an approver’s signed request', () => {
  it('lists, shows and decides, as the approver of the principal', async () => {
    const on = await signedStage();
    const { approval_id } = await on.ask();
    const list = await (await on.send('/iam/api/approvals', ALICE_SIGNS)).json();
    expect(list.approvals).toMatchObject([{ approval_id }]);
    expect((await on.send(`/iam/api/approvals/${approval_id}`, ALICE_SIGNS)).status).toBe(200);
    const answer = await on.decide(approval_id, ALICE_SIGNS);
    expect([answer.status, (await answer.json()).approver]).toEqual([200, 'alice@example.com']);
    const vote = await on.store.get('vote', `${approval_id} alice@example.com`);
    expect(vote?.value.approver).toBe('alice@example.com');
  });

  it('cannot decide what an agent asked for that very human', async () => {
    const on = await signedStage();
    const requested_by = { agent: 'claude', human: 'alice@example.com' };
    const { approval_id } = await on.ask({ approval: { requested_by } });
    expect((await on.decide(approval_id, ALICE_SIGNS)).status).toBe(403);
  });

  it('opens the console by a one-time link', async () => {
    const on = await signedStage();
    const made = await on.send('/iam/api/console-links', ALICE_SIGNS, { method: 'POST', body: '{}' });
    const { url } = await made.json();
    const t = new URL(url).searchParams.get('t') ?? '';
    expect((await on.form('/console/login', { t })).status).toBe(303);
  });

  it('counts under /iam and nowhere else', async () => {
    const on = await signedStage();
    const { approval_id } = await on.ask();
    expect((await on.decide(approval_id, ALICE_SIGNS, '')).status).toBe(401);
    for (const path of ['/console', `/a/${approval_id}`, '/api/approvals', '/api/audit']) {
      expect((await on.send(path, ALICE_SIGNS)).status).toBe(401);
    }
    for (const path of [
      '/iam/console',
      `/iam/a/${approval_id}`,
      '/IAM/api/approvals',
      '//iam/api/approvals',
    ]) {
      expect((await on.send(path, ALICE_SIGNS)).status).toBe(404);
    }
    expect(on.store.writes.some(({ kind }) => kind === 'vote')).toBe(false);
  });
});

describe('nothing else is served there', () => {
  it('neither a principal that nobody named, an agent’s among them, nor an unsigned request', async () => {
    const on = await signedStage();
    const { approval_id } = await on.ask();
    for (const signer of [STRANGER, null, { ...ALICE_SIGNS, account: '444455556666' }]) {
      const answer = await on.decide(approval_id, signer);
      expect([answer.status, (await answer.json()).error.code]).toEqual([403, 'not_an_approver']);
      expect((await on.send('/iam/api/approvals', signer)).status).toBe(403);
    }
    const refused = on.audit.events.filter(({ type }) => type === 'control.refused');
    expect(refused).toHaveLength(6);
    expect(refused[0]).toMatchObject({ actor: 'human:(unknown)', data: { code: 'not_an_approver' } });
  });

  it('no bearer token, no session, no claim of a signature in a header', async () => {
    const on = await signedStage();
    const { approval_id } = await on.ask();
    const browser = on.browser();
    await browser.logIn();
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const csrf = /name="csrf" value="(\w+)"/.exec(await (await browser.get('/console')).text())?.[1] ?? '';
    for (const headers of [
      { authorization: `Bearer ${await on.approverToken('alice@example.com')}` },
      { cookie, 'x-csrf-token': csrf },
      { authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/x, SignedHeaders=host, Signature=0' },
      { 'x-amzn-iam-user-arn': ALICE_SIGNS.arn },
    ]) {
      expect((await on.decide(approval_id, null, '/iam', headers)).status).toBe(403);
    }
    // And those that open the other door are not made better by a signature.
    const agent = { authorization: `Bearer ${await on.agentToken('claude')}` };
    expect((await on.decide(approval_id, ALICE_SIGNS, '', agent)).status).toBe(401);
  });

  it('an agent’s access token opens nothing on this side', async () => {
    const on = await signedStage();
    const { approval_id } = await on.ask();
    const token = await on.idp.accessToken({
      client: 'console',
      user: on.idp.state.user,
      scope: 'openid email',
      resource: null,
    });
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { cookie: `__Host-recourse_session=${token}` },
    ]) {
      expect((await on.decide(approval_id, null, '', headers)).status).toBe(401);
      expect((await on.send('/console', null, { headers })).status).toBe(401);
    }
  });

  it('and on one machine there is no such place', async () => {
    const on = await stage();
    const answer = await on.request('/iam/api/approvals', {
      headers: { authorization: 'Bearer local-token-of-control-json' },
    });
    expect(answer.status).toBe(404);
  });
});

it('all of it as API Gateway’s events', async () => {
  const on = await signedStage();
  const { approval_id } = await on.ask();
  const handler = httpHandler(({ request, signer }) => on.app.fetch(request, { signer }), {
    host: 'domain_name',
  });
  const ask = async (path: string, init: RequestInit = {}, userArn?: string) => {
    const request = new Request(`${CONTROL}${path}`, init);
    return responseOf(await handler(await eventOf(request, { ...(userArn && { userArn }) })));
  };
  const body = JSON.stringify({ verdict: 'approve', reason: 'ok' });
  const post = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
  expect((await ask('/iam/api/approvals', {}, ALICE_SIGNS.arn)).status).toBe(200);
  expect((await ask('/iam/api/approvals')).status).toBe(403);
  expect((await ask(`/iam/api/approvals/${approval_id}/decision`, post, STRANGER.arn)).status).toBe(403);
  expect((await ask(`/iam/api/approvals/${approval_id}/decision`, post, ALICE_SIGNS.arn)).status).toBe(200);
  const begun = await ask('/console/login');
  expect(begun.headers.getSetCookie()).toEqual([expect.stringContaining('__Host-recourse_login=')]);
});
