/** The agent API as the cloud serves it: tokens of a test issuer, and requests that AWS found signed. */
import { agentHttp } from '../../../lib/agent-http/app.ts';
import type { OAuthResource } from '../../../lib/agent-http/resource.ts';
import type { AwsSigner } from '../../../lib/core/aws-principal.ts';
import { agentsByPrincipal, type KnownAgent } from '../../../lib/core/known-agent.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { mcpHttp } from '../../../lib/mcp-http.ts';
import { jwtCallers } from '../../../lib/oidc/agent-tokens.ts';
import { openIssuer } from '../../../lib/oidc/issuer.ts';
import { makeHarness } from '../harness.ts';
import { INFO } from '../http-stage.ts';
import { eventsOf } from './events.ts';
import { testIssuer } from './issuer.ts';

export const AGENT_HOST = 'agent.example.com';
export const RESOURCE = `https://${AGENT_HOST}/mcp`;
export const SCOPE = `${RESOURCE}/act`;
export const SCOPES = [SCOPE, 'openid', 'email'];
export const REDIRECT = 'http://127.0.0.1:8976/callback';

export const AGENTS: readonly KnownAgent[] = [
  { name: 'claude', client: 'claude-client' },
  { name: 'night-bot', client: 'bot-client' },
  { name: 'carol-bot', client: 'carol-client', human: 'Carol@example.com' },
  { name: 'ci', principal: 'arn:aws:iam::111122223333:role/build/ci', human: 'dave@example.com' },
];

export type OAuthStage = Awaited<ReturnType<typeof oauthStage>>;

export async function oauthStage(
  options: {
    readonly shape?: 'cognito' | 'standard';
    readonly authorizationServer?: OAuthResource['authorizationServer'];
    readonly environment?: string;
    readonly defaultAgent?: string | null;
  } = {},
) {
  const { shape = 'cognito', authorizationServer = shape === 'cognito' ? 'gateway' : 'issuer' } = options;
  const limits = { ...DEFAULT_POLICY.limits, callsPerMinute: 100_000 };
  const h = makeHarness({ environment: options.environment ?? 'dev', policy: { limits } });
  const { store, audit, clock, environment } = h.ctx;
  const idp = await testIssuer({
    shape,
    clock,
    clients: {
      'claude-client': { secret: null, redirectUris: [REDIRECT], scopes: SCOPES },
      'confidential-client': { secret: 'its-secret', redirectUris: [REDIRECT], scopes: SCOPES },
      'bot-client': { secret: 'bot-secret', redirectUris: [], scopes: [SCOPE] },
      'stranger-client': { secret: null, redirectUris: [REDIRECT], scopes: SCOPES },
    },
    resources: [RESOURCE],
  });
  const issuer = openIssuer({ issuer: idp.name, clock, fetch: idp.fetch });
  const report = (message: string) => void h.reports.push(message);
  const app = agentHttp({
    mcp: mcpHttp(h.gateway, INFO, report),
    callers: jwtCallers({
      issuer,
      audience: [RESOURCE],
      scopes: [SCOPE],
      agents: [...AGENTS, { name: 'confidential', client: 'confidential-client' }],
      defaultAgent: options.defaultAgent ?? null,
      humanClaim: 'email',
      clock,
    }),
    oauth: { issuer: idp.name, scopes: SCOPES, authorizationServer, metadata: issuer.metadata },
    signers: agentsByPrincipal(AGENTS),
    audit,
    clock,
    environment,
    scheme: 'https',
    hosts: [AGENT_HOST],
    report,
  });
  const request = (path: string, init: RequestInit = {}) =>
    new Request(`https://${AGENT_HOST}${path}`, { ...init, headers: { host: AGENT_HOST, ...init.headers } });
  return {
    h,
    idp,
    app,
    issuer,
    get: (path: string, headers: Record<string, string> = {}) => app.fetch(request(path, { headers })),
    post: (
      message: unknown,
      { token = null, headers = {}, path = '/mcp', signer = null }: PostOptions = {},
    ) =>
      app.fetch(
        request(path, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token !== null && { authorization: `Bearer ${token}` }),
            ...headers,
          },
          body: JSON.stringify(message),
        }),
        signer,
      ),
    /** A token of `client` for the person at the browser (or for the client itself), as the issuer gives it. */
    token: (client: string, changes: Record<string, unknown> = {}, resource: string | null = null) =>
      idp.accessToken({ client, user: idp.state.user, scope: SCOPES.join(' '), resource }, changes),
    machineToken: (client: string, changes: Record<string, unknown> = {}) =>
      idp.accessToken({ client, user: null, scope: SCOPE, resource: null }, changes),
    events: (type: string) => eventsOf(store, type),
    /** What a client fetches over the network: of this API, of the issuer, and nothing else. */
    network: async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const asked = new Request(input, init);
      const { host } = new URL(asked.url);
      if (idp.isAt(asked.url)) return idp.fetch(asked);
      if (host !== AGENT_HOST) throw new TypeError(`nothing answers at ${host}`);
      const headers = new Headers(asked.headers);
      headers.set('host', host);
      return app.fetch(new Request(asked, { headers }));
    },
  };
}

interface PostOptions {
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly path?: string;
  readonly signer?: AwsSigner | null;
}
