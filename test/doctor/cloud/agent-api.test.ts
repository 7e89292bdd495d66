/** The doctor's look at a deployed agent API: at the real one in process, and at ones that are wrong somewhere. */
import { describe, expect, it } from 'vitest';
import { controlApp } from '../../../lib/control/http.ts';
import { type AgentApiOptions, type Ask, agentApiChecks } from '../../../lib/doctor/cloud/agent-api.ts';
import { CONTROL, oidcStage } from '../../control/oidc-stage.ts';
import { AGENT_HOST, oauthStage, RESOURCE } from '../../support/oidc/oauth-stage.ts';

const ORIGIN = `https://${AGENT_HOST}`;
const NOW = new Date('2026-03-01T12:00:00Z');
const AGENT = { arn: 'arn:aws:sts::111122223333:assumed-role/ci/run-7', account: '111122223333' };
const GOOD = { protocol: 'TLSv1.3', validUntil: new Date('2026-12-31T00:00:00Z') };

async function deployed(changes: Partial<AgentApiOptions> = {}, shape: 'cognito' | 'standard' = 'cognito') {
  const on = await oauthStage({ shape });
  const control = await oidcStage();
  const app = controlApp(control.deps);
  const signed: Ask = async (url, init) => {
    const asked = new Request(url, init);
    const headers = new Headers(asked.headers);
    headers.set('host', new URL(url).host);
    const request = new Request(asked, { headers });
    return url.startsWith(CONTROL) ? app.fetch(request, { signer: AGENT }) : on.app.fetch(request, AGENT);
  };
  const token = await on.token('claude-client', {}, shape === 'standard' ? RESOURCE : null);
  const bearing: Ask = (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${token}`);
    headers.set('host', new URL(url).host);
    const request = new Request(url, { ...init, headers });
    return url.startsWith(CONTROL) ? Promise.resolve(app.fetch(request)) : on.app.fetch(request);
  };
  const options: AgentApiOptions = {
    origin: ORIGIN,
    ask: on.network,
    asAgent: { path: '/iam/mcp', ask: signed },
    handshake: async () => GOOD,
    control: CONTROL,
    now: NOW,
    ...changes,
  };
  return { on, options, bearing };
}

/** Problems and advice by id. */
async function found(options: AgentApiOptions): Promise<Record<string, string>> {
  const checks = await agentApiChecks(options);
  return Object.fromEntries(
    checks
      .filter(({ level }) => level !== 'ok')
      .map(({ id, level, message }) => [id, `${level}: ${message}`]),
  );
}

describe('the agent API as it is', () => {
  it.each(['cognito', 'standard'] as const)('holds with an issuer of the %s shape', async (shape) => {
    const { options, bearing } = await deployed({}, shape);
    expect(await found(options)).toEqual({});
    expect(await found({ ...options, asAgent: { path: '/mcp', ask: bearing } })).toEqual({});
    expect(await agentApiChecks(options)).toHaveLength(10);
  });

  it('is not said to hold for an agent that was not there', async () => {
    const { options } = await deployed({ asAgent: null, control: null });
    expect(await found(options)).toEqual({
      'agent-identity': expect.stringMatching(/^advice: not tried/),
      'control-shut': expect.stringMatching(/^advice: not tried/),
    });
  });
});

describe('an agent API that is wrong', () => {
  const answering = (
    real: Ask,
    wrong: Record<string, (real: Response) => Response | Promise<Response>>,
  ): Ask => {
    return async (url, init) => {
      const answer = await real(url, init);
      const change = Object.entries(wrong).find(([end]) => new URL(url).pathname.endsWith(end))?.[1];
      return change === undefined ? answer : change(answer);
    };
  };
  const json = (change: Record<string, unknown>) => async (answer: Response) =>
    Response.json({ ...(await answer.json()), ...change });

  it.each([
    ['resource-metadata', '/oauth-protected-resource', json({ resource: 'https://other.example.com/mcp' })],
    ['resource-metadata', '/oauth-protected-resource/mcp', () => new Response(null, { status: 404 })],
    ['resource-metadata', '/oauth-protected-resource/mcp', json({ scopes_supported: [] })],
    ['issuer-metadata', '/oauth-authorization-server', json({ issuer: 'https://other.example.com' })],
    ['issuer-metadata', '/oauth-authorization-server', json({ code_challenge_methods_supported: undefined })],
    [
      'issuer-metadata',
      '/oauth-authorization-server',
      json({ token_endpoint: 'http://idp.example.com/token' }),
    ],
    ['health', '/healthz', () => new Response(null, { status: 500 })],
    ['unsigned', '/iam/mcp', () => new Response('{}', { status: 200 })],
    ['unsigned', '/iam/mcp', () => new Response('{}', { status: 404 })],
  ])('fails %s: %s', async (id, path, wrong) => {
    const { options } = await deployed();
    const problems = await found({ ...options, ask: answering(options.ask, { [path]: wrong }) });
    expect(Object.keys(problems)).toContain(id);
    expect(problems[id]).toMatch(/^problem: /);
  });

  it('fails where it lets strangers in, or does not say where to go', async () => {
    const { options } = await deployed();
    for (const wrong of [
      () => Response.json({ result: {} }),
      () => new Response(null, { status: 403 }),
      () => new Response(null, { status: 401 }),
      () =>
        new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }),
    ]) {
      const problems = await found({ ...options, ask: answering(options.ask, { '/mcp': wrong }) });
      expect(Object.keys(problems)).toEqual(expect.arrayContaining(['no-token', 'bad-token']));
    }
  });

  it('fails where another site’s page is served, and where Cognito’s own metadata is all there is', async () => {
    const { options } = await deployed();
    const open: Ask = (url, init) => {
      const { origin: _, ...headers } = Object.fromEntries(new Headers(init?.headers));
      return options.ask(url, { ...init, headers });
    };
    expect(Object.keys(await found({ ...options, ask: open }))).toEqual(['foreign-origin']);
    const direct = await oauthStage({ authorizationServer: 'issuer' });
    const problems = await found({ ...options, ask: direct.network });
    expect(problems['issuer-metadata']).toContain('PKCE');
  });

  it('fails where the agent is refused, sees other tools, or opens the control API', async () => {
    const { options } = await deployed();
    const as = (answer: () => Response) =>
      found({ ...options, asAgent: { path: '/mcp', ask: async () => answer() } });
    expect(Object.keys(await as(() => new Response(null, { status: 403 })))).toEqual(['agent-identity']);
    const short = await as(() => Response.json({ result: { tools: [1] } }));
    expect(short['agent-identity']).toContain('1 tools');
    expect(short['control-shut']).toContain('answered 200');
  });

  it.each([
    [{ protocol: 'TLSv1.1', validUntil: GOOD.validUntil }, 'problem: it speaks TLSv1.1'],
    [
      { protocol: 'TLSv1.2', validUntil: new Date('2026-03-10T00:00:00Z') },
      'advice: TLSv1.2, and the certificate ends',
    ],
  ])('looks at the handshake: %j', async (shaken, said) => {
    const { options } = await deployed({ handshake: async () => shaken });
    expect((await found(options)).tls).toContain(said);
  });

  it('fails what could not be told', async () => {
    const { options } = await deployed({
      handshake: () => Promise.reject(new Error('self-signed certificate')),
      ask: () => Promise.reject(new Error('ECONNREFUSED')),
    });
    const problems = await found(options);
    expect(problems.tls).toBe('problem: could not be told: self-signed certificate');
    expect(Object.values(problems).every((each) => each.startsWith('problem: could not be told'))).toBe(true);
  });
});
