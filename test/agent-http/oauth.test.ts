/** The agent API as an OAuth resource server: what it says of itself, how it refuses, and whom. */
import { describe, expect, it } from 'vitest';
import { httpHandler } from '../../lib/aws/http-event.ts';
import { eventOf, responseOf } from '../support/aws/http-event.ts';
import { LOSSY_PLAN } from '../support/harness.ts';
import { toolCall } from '../support/http-served.ts';
import { AGENT_HOST, oauthStage, RESOURCE, SCOPE, SCOPES } from '../support/oidc/oauth-stage.ts';

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };
const BASE = `https://${AGENT_HOST}`;
const METADATA = `${BASE}/.well-known/oauth-protected-resource/mcp`;
const CI = { arn: 'arn:aws:sts::111122223333:assumed-role/ci/run-7', account: '111122223333' };

describe('what it says of itself', () => {
  it.each(['', '/mcp'])('as a resource, at both places: “%s”', async (suffix) => {
    const on = await oauthStage();
    const answer = await on.get(`/.well-known/oauth-protected-resource${suffix}`);
    expect(await answer.json()).toEqual({
      resource: RESOURCE,
      resource_name: 'Recourse gateway',
      authorization_servers: [BASE],
      scopes_supported: SCOPES,
      bearer_methods_supported: ['header'],
    });
    expect(on.idp.state.asked).toEqual([]);
  });

  it('sends clients to the issuer itself where that says all that they insist on', async () => {
    const on = await oauthStage({ shape: 'standard' });
    const metadata = await (await on.get('/.well-known/oauth-protected-resource')).json();
    expect(metadata.authorization_servers).toEqual(['https://idp.example.com']);
  });

  it.each([
    ['/.well-known/oauth-authorization-server', BASE],
    ['/.well-known/openid-configuration', BASE],
    ['/.well-known/oauth-authorization-server/mcp', RESOURCE],
    ['/.well-known/openid-configuration/mcp', RESOURCE],
    ['/mcp/.well-known/openid-configuration', RESOURCE],
  ])(
    'for the issuer, at %s, under the name that was asked for, with the issuer’s own endpoints',
    async (path, issuer) => {
      const on = await oauthStage();
      const metadata = await (await on.get(path)).json();
      expect(metadata).toMatchObject({
        issuer,
        authorization_endpoint: `${on.idp.endpoints}/authorize`,
        token_endpoint: `${on.idp.endpoints}/token`,
        jwks_uri: `${on.idp.name}/.well-known/jwks.json`,
        scopes_supported: SCOPES,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      });
      for (const promised of ['registration_endpoint', 'authorization_response_iss_parameter_supported']) {
        expect(metadata).not.toHaveProperty(promised);
      }
    },
  );

  it('is 503 with a time while the issuer’s endpoints cannot be had', async () => {
    const on = await oauthStage();
    on.idp.state.down = true;
    const answer = await on.get('/.well-known/oauth-authorization-server');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(on.h.reports).toHaveLength(1);
  });

  it('says only what clients may know, and only to GET and HEAD', async () => {
    const on = await oauthStage();
    for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/openid-configuration']) {
      expect((await on.post({}, { path })).status).toBe(405);
      expect((await on.get(path, { host: 'evil.example' })).status).toBe(421);
    }
    const [refused] = await on.events('http.refused');
    expect(refused?.data.code).toBe('method_not_allowed');
  });
});

describe('refusals', () => {
  it('without a token: 401, where to look and what to ask for', async () => {
    const on = await oauthStage();
    const answer = await on.post(PING);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="recourse", resource_metadata="${METADATA}", scope="${SCOPES.join(' ')}"`,
    );
    expect((await answer.json()).error.message).toContain(on.idp.name);
  });

  it('with a bad one: 401 that says no more than that; the audit says why', async () => {
    const on = await oauthStage();
    const answer = await on.post(PING, { token: await on.token('claude-client', { exp: 1 }) });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="recourse", error="invalid_token", resource_metadata="${METADATA}", scope="${SCOPES.join(' ')}"`,
    ]);
    expect(JSON.stringify(await answer.json())).not.toMatch(/EXPIRED/i);
    const [refused] = await on.events('http.refused');
    expect(refused?.data.detail).toContain('ERR_JWT_EXPIRED');
  });

  it('with too little scope: 403 in the form of a step-up', async () => {
    const on = await oauthStage();
    const answer = await on.post(PING, { token: await on.token('claude-client', { scope: 'openid email' }) });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      403,
      `Bearer realm="recourse", error="insufficient_scope", resource_metadata="${METADATA}", scope="${SCOPES.join(' ')}"`,
    ]);
    expect((await answer.json()).error.message).toContain(SCOPE);
  });

  it('of a client that is no agent, or a human without a name: 403 that no step-up mends', async () => {
    const on = await oauthStage();
    const stranger = await on.post(PING, { token: await on.token('stranger-client', { aud: RESOURCE }) });
    on.idp.state.userinfo = { email_verified: 'false' };
    const nameless = await on.post(PING, { token: await on.token('claude-client') });
    for (const answer of [stranger, nameless]) {
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([403, null]);
    }
    expect((await stranger.json()).error.message).toContain('stranger-client');
  });

  it('while it cannot be known: 503 with a time, and nothing runs', async () => {
    const on = await oauthStage();
    const token = await on.token('claude-client');
    on.idp.state.down = true;
    const answer = await on.post(toolCall('gateway_terraform_plan'), { token });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await on.events('call.received')).toEqual([]);
    on.idp.state.down = false;
    on.h.now = new Date(on.h.now.getTime() + 60_000);
    expect((await on.post(PING, { token })).status).toBe(200);
  });

  it.each([
    ['Host', { host: 'agent.staging.example.com' }, 421],
    ['forwarded host', { 'x-forwarded-host': 'evil.example' }, 401],
    ['origin', { origin: 'https://evil.example' }, 403],
  ])('a foreign %s changes nothing that clients are told', async (_, headers, status) => {
    const on = await oauthStage();
    const answer = await on.post(PING, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate') ?? METADATA).toContain(METADATA);
    expect(await answer.text()).not.toMatch(/evil|staging/);
  });

  it('no token of another environment, though the same issuer made it', async () => {
    const on = await oauthStage();
    const other = await oauthStage({ environment: 'prod' });
    expect(other.idp.name).toBe(on.idp.name);
    const staging = 'https://agent.staging.example.com/mcp';
    const token = await other.idp.accessToken({
      client: 'claude-client',
      user: other.idp.state.user,
      scope: `${staging}/act openid email`,
      resource: null,
    });
    expect((await on.post(PING, { token })).status).toBe(403);
    const bound = await other.token('claude-client', { aud: staging });
    expect((await on.post(PING, { token: bound })).status).toBe(401);
  });

  it('no token in the address, no cookie, and no token of one machine', async () => {
    const on = await oauthStage();
    const token = await on.token('claude-client');
    for (const headers of [{ cookie: `token=${token}` }, { 'x-access-token': token }]) {
      expect((await on.post(PING, { headers, path: `/mcp?access_token=${token}` })).status).toBe(401);
    }
    expect((await on.post(PING, { token: `rgw_${'A'.repeat(43)}` })).status).toBe(401);
    expect(JSON.stringify(await on.events('http.refused'))).not.toContain(token);
  });
});

describe('four eyes', () => {
  it('the human of the token cannot approve what the agent asks, in whatever case the address is written', async () => {
    const on = await oauthStage({ environment: 'prod' });
    on.h.terraform.planJson = LOSSY_PLAN;
    const token = await on.token('claude-client');
    const call = async (name: string, args: unknown = {}) =>
      (await (await on.post(toolCall(name, args), { token })).json()).result.structuredContent;
    const { plan_id } = await call('gateway_terraform_plan');
    const { approval_id } = await call('gateway_request_approval', { plan_id, reason: 'the test needs it' });
    for (const name of ['alice@example.com', 'ALICE@EXAMPLE.COM']) {
      expect((await on.h.vote(approval_id, 'approve', name)).refused).toBe(true);
    }
    expect((await on.h.vote(approval_id, 'approve', 'bob@example.com')).refused).toBe(false);
    const [received] = await on.events('call.received');
    expect(received).toMatchObject({ actor: 'agent:claude', data: { human: 'alice@example.com' } });
  });

  it('a client that acts for nobody at the browser has its configured human', async () => {
    const on = await oauthStage();
    await on.post(toolCall('gateway_get_plan', { plan_id: 'x' }), {
      token: await on.machineToken('carol-client'),
    });
    await on.post(toolCall('gateway_get_plan', { plan_id: 'x' }), {
      token: await on.machineToken('bot-client'),
    });
    const received = await on.events('call.received');
    expect(received.map(({ actor, data }) => [actor, data.human])).toEqual([
      ['agent:carol-bot', 'carol@example.com'],
      ['agent:night-bot', undefined],
    ]);
  });
});

describe('requests that AWS IAM authorized', () => {
  it('are served as the agent of their principal, and nothing else opens that route', async () => {
    const on = await oauthStage();
    const path = '/iam/mcp';
    const answer = await on.post(toolCall('gateway_get_plan', { plan_id: 'x' }), { path, signer: CI });
    expect(answer.status).toBe(200);
    expect(await on.events('call.received')).toMatchObject([
      { actor: 'agent:ci', data: { human: 'dave@example.com' } },
    ]);
    const token = await on.token('claude-client');
    expect((await on.post(PING, { path, token })).status).toBe(403);
    expect((await on.post(PING, { path })).status).toBe(403);
    expect((await on.get(path)).status).toBe(405);
  });

  it('open no other route', async () => {
    const on = await oauthStage();
    expect((await on.post(PING, { signer: CI })).status).toBe(401);
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/x, SignedHeaders=host, Signature=0' };
    expect((await on.post(PING, { signer: CI, headers })).status).toBe(401);
  });

  it('of a principal that nobody named are refused, and it is in the audit', async () => {
    const on = await oauthStage();
    const arn = 'arn:aws:sts::111122223333:assumed-role/other/x';
    const answer = await on.post(PING, { path: '/iam/mcp', signer: { arn, account: '111122223333' } });
    expect([answer.status, (await answer.json()).error.message]).toEqual([403, expect.stringContaining(arn)]);
    expect(await on.events('http.refused')).toMatchObject([
      { data: { code: 'not_allowed', path: '/iam/mcp' } },
    ]);
  });
});

it('all of it as API Gateway’s events: a signed one, a bearer, a refusal, the limits on bodies', async () => {
  const on = await oauthStage();
  const handler = httpHandler(({ request, signer }) => on.app.fetch(request, signer), {
    host: 'domain_name',
  });
  const ask = async (path: string, init: RequestInit, userArn?: string) => {
    const request = new Request(`${BASE}${path}`, init);
    return responseOf(await handler(await eventOf(request, { ...(userArn && { userArn }) })));
  };
  const json = { 'content-type': 'application/json' };
  const post = (headers: Record<string, string>, body = JSON.stringify(PING)) =>
    ({ method: 'POST', headers: { ...json, ...headers }, body }) as const;
  const bearer = { authorization: `Bearer ${await on.token('claude-client')}` };
  expect(await (await ask('/mcp', post(bearer))).json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  expect((await ask('/iam/mcp', post({}), CI.arn)).status).toBe(200);
  expect((await ask('/iam/mcp', post(bearer))).status).toBe(403);
  expect((await ask('/mcp', post({}))).headers.get('www-authenticate')).toContain(METADATA);
  expect((await ask('/mcp', post(bearer, 'x'.padEnd(1024 * 1024 + 1)))).status).toBe(413);
  expect((await ask('/mcp', post(bearer, '['.repeat(200)))).status).toBe(400);
  expect((await ask('/mcp', post({ ...bearer, 'x-forwarded-host': 'evil.example' }))).status).toBe(200);
});
