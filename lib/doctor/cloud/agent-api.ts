/** What the agent API says to strangers, to clients that look for its issuer, and to the agent itself. */
import { advice, type CloudCheck, ok, problem, type Said, tried } from './check.ts';

/** One request to an address; follows no redirect. Rejects where nothing came back. */
export type Ask = (url: string, init?: RequestInit) => Promise<Response>;

export interface Handshake {
  /** Such as `TLSv1.3`. */
  readonly protocol: string;
  readonly validUntil: Date;
}

export interface AgentApiOptions {
  /** The origin of the API. */
  readonly origin: string;
  readonly ask: Ask;
  /** Asks as the agent does, at the path that is for it; null where there is no identity to ask with. */
  readonly asAgent: { readonly path: '/mcp' | '/iam/mcp'; readonly ask: Ask } | null;
  /** Connects and looks at the certificate, which must be trusted here. Rejects where it is not. */
  readonly handshake: () => Promise<Handshake>;
  /** Origin of the control API, where the agent must find every door shut; null: not told. */
  readonly control: string | null;
  readonly now: Date;
}

export async function agentApiChecks(options: AgentApiOptions): Promise<CloudCheck[]> {
  const check = (id: string, run: () => Promise<Said>) => tried(id, 'the agent API', run);
  return Promise.all([
    check('tls', () => tls(options)),
    check('health', () => health(options)),
    check('resource-metadata', () => resource(options)),
    check('issuer-metadata', () => issuer(options)),
    check('no-token', () => refusal(options, {}, false)),
    check('bad-token', () => refusal(options, { authorization: 'Bearer e30.e30.e30' }, true)),
    check('foreign-origin', () => foreign(options)),
    check('unsigned', () => unsigned(options)),
    check('agent-identity', () => tools(options)),
    check('control-shut', () => controlShut(options)),
  ]);
}

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
const JSON_POST = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const TOOLS = 14;
const MONTH_MS = 14 * 86_400_000;

async function tls({ handshake, now }: AgentApiOptions): Promise<Said> {
  const { protocol, validUntil } = await handshake();
  if (protocol !== 'TLSv1.2' && protocol !== 'TLSv1.3') return problem(`it speaks ${protocol}`);
  const until = validUntil.toISOString().slice(0, 10);
  return validUntil.getTime() - now.getTime() < MONTH_MS
    ? advice(`${protocol}, and the certificate ends on ${until}`)
    : ok(`${protocol}, with a certificate that is good until ${until}`);
}

async function health({ origin, ask }: AgentApiOptions): Promise<Said> {
  const { status } = await ask(`${origin}/healthz`);
  return status === 200 ? ok('it answers') : problem(`/healthz answered ${status}`);
}

async function resource({ origin, ask }: AgentApiOptions): Promise<Said> {
  for (const path of ['', '/mcp']) {
    const found = await metadata(ask, `${origin}/.well-known/oauth-protected-resource${path}`);
    if (typeof found === 'string') return problem(found);
    if (found.resource !== `${origin}/mcp`) return problem(`it calls itself ${String(found.resource)}`);
    if (!isFilled(found.authorization_servers)) return problem('it names no authorization server');
    if (!isFilled(found.scopes_supported)) return problem('it names no scope, so clients would guess');
  }
  return ok('clients find what it is and who gives tokens for it');
}

/** As clients of the current specification look, and as strictly. */
async function issuer({ origin, ask }: AgentApiOptions): Promise<Said> {
  const found = await metadata(ask, `${origin}/.well-known/oauth-protected-resource/mcp`);
  const named = typeof found === 'string' ? [] : found.authorization_servers;
  const name = Array.isArray(named) ? named[0] : undefined;
  if (typeof name !== 'string' || !URL.canParse(name)) return problem('it names no authorization server');
  const { origin: where, pathname } = new URL(name);
  const path = pathname.replace(/\/$/, '');
  const places = [
    `${where}/.well-known/oauth-authorization-server${path}`,
    `${where}/.well-known/openid-configuration${path}`,
    `${where}${path}/.well-known/openid-configuration`,
  ];
  for (const place of places) {
    const server = await metadata(ask, place);
    if (typeof server === 'string') continue;
    if (server.issuer !== name) return problem(`${place} calls itself ${String(server.issuer)}, not ${name}`);
    const methods = server.code_challenge_methods_supported;
    if (!Array.isArray(methods) || !methods.includes('S256')) {
      return problem(`${name} does not say that it takes PKCE with S256, so clients refuse it`);
    }
    for (const endpoint of ['authorization_endpoint', 'token_endpoint']) {
      const url = server[endpoint];
      if (typeof url !== 'string' || !url.startsWith('https://'))
        return problem(`its ${endpoint} is not https`);
    }
    return ok(`clients find the endpoints of ${name}, with PKCE`);
  }
  return problem(`${name} has no metadata that clients look for`);
}

async function refusal(
  { origin, ask }: AgentApiOptions,
  headers: Readonly<Record<string, string>>,
  given: boolean,
): Promise<Said> {
  const answer = await ask(`${origin}/mcp`, {
    method: 'POST',
    headers: { ...JSON_POST, ...headers },
    body: PING,
  });
  const challenge = answer.headers.get('www-authenticate') ?? '';
  const metadataAt = `resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`;
  const what = given ? 'a token that nobody issued' : 'no token';
  if (answer.status !== 401) return problem(`with ${what} it answered ${answer.status}, not 401`);
  if (!challenge.includes(metadataAt)) return problem(`with ${what} it does not say where its metadata is`);
  if (given !== challenge.includes('error="invalid_token"'))
    return problem('its 401 does not say what is wrong');
  return ok(`with ${what} it answers 401, and where to get one`);
}

async function foreign({ origin, ask }: AgentApiOptions): Promise<Said> {
  const headers = { ...JSON_POST, origin: 'https://evil.example' };
  const { status } = await ask(`${origin}/mcp`, { method: 'POST', headers, body: PING });
  return status === 403
    ? ok('pages of other sites are refused')
    : problem(`another site’s page got ${status}`);
}

async function unsigned({ origin, ask }: AgentApiOptions): Promise<Said> {
  const { status } = await ask(`${origin}/iam/mcp`, { method: 'POST', headers: JSON_POST, body: PING });
  return status === 403
    ? ok('/iam/mcp takes signed requests alone')
    : problem(`/iam/mcp answered ${status} to a request that nobody signed`);
}

async function tools({ origin, asAgent }: AgentApiOptions): Promise<Said> {
  if (asAgent === null) {
    return advice(
      'not tried as an agent: set RECOURSE_TOKEN to an access token, or AWS credentials of the agent',
    );
  }
  const { path, ask } = asAgent;
  const answer = await ask(`${origin}${path}`, { method: 'POST', headers: JSON_POST, body: PING });
  if (answer.status !== 200) return problem(`${path} answered ${answer.status} to the agent`);
  const listed = (await answer.json())?.result?.tools;
  return Array.isArray(listed) && listed.length === TOOLS
    ? ok(`the agent lists its ${TOOLS} tools at ${path}`)
    : problem(`the agent sees ${Array.isArray(listed) ? listed.length : 'no'} tools, not ${TOOLS}`);
}

async function controlShut({ control, asAgent }: AgentApiOptions): Promise<Said> {
  if (control === null || asAgent === null) {
    return advice('not tried whether the agent opens the control API: name it with --control');
  }
  const prefix = asAgent.path === '/iam/mcp' ? '/iam' : '';
  const { status } = await asAgent.ask(`${control}${prefix}/api/approvals`);
  return status === 401 || status === 403
    ? ok('the control API takes the agent for nobody')
    : problem(`the control API answered ${status} to the agent`);
}

/** The document, or what is wrong with getting it. */
async function metadata(ask: Ask, url: string): Promise<Readonly<Record<string, unknown>> | string> {
  const answer = await ask(url, { headers: { accept: 'application/json' } });
  if (answer.status !== 200) return `${url} answered ${answer.status}`;
  const value: unknown = await answer.json().catch(() => null);
  const isObject = typeof value === 'object' && value !== null;
  return isObject ? (value as Readonly<Record<string, unknown>>) : `${url} is no JSON`;
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}
