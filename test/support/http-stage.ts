/** The agent API over a gateway whose edges are played, with tokens of each kind. In process, or on a socket. */
import { type AgentHttp, type AgentHttpDeps, agentHttp } from '../../lib/agent-http/app.ts';
import { tokenCallers } from '../../lib/agent-http/bearer.ts';
import { createToken, revokeToken } from '../../lib/control/tokens.ts';
import type { AuditEvent } from '../../lib/core/audit.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import { mcpHttp } from '../../lib/mcp-http.ts';
import { type Harness, type HarnessOptions, makeHarness } from './harness.ts';

export const HOST = '127.0.0.1:8137';
export const INFO = { name: 'recourse-gateway', version: '0.0.0' };

export interface HttpStage {
  readonly h: Harness;
  readonly app: AgentHttp;
  /** For listeners: the same app under other hosts. */
  appUnder(hosts: readonly string[]): AgentHttp;
  readonly tokens: {
    readonly agent: string;
    readonly other: string;
    readonly approver: string;
    readonly revoked: string;
  };
  post(message: unknown, options?: PostOptions): Promise<Response>;
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>;
  /** Events of this type, oldest first. */
  events(type: string): Promise<readonly AuditEvent[]>;
}

export interface PostOptions {
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly path?: string;
}

export async function httpStage(options: HarnessOptions = {}): Promise<HttpStage> {
  const limits = { ...DEFAULT_POLICY.limits, callsPerMinute: 100_000 };
  const h = makeHarness({ environment: 'dev', ...options, policy: { limits, ...options.policy } });
  const { store, audit, clock, environment, random } = h.ctx;
  const tokenDeps = { store, audit, clock, environment, random };
  const minted = (holder: Parameters<typeof createToken>[1]) => createToken(tokenDeps, holder, 'local:ada');
  const agent = await minted({ kind: 'agent', name: 'agent-1', human: 'bob@example.com' });
  const other = await minted({ kind: 'agent', name: 'agent-2', human: null });
  const approver = await minted({ kind: 'approver', email: 'alice@example.com' });
  const revoked = await minted({ kind: 'agent', name: 'agent-3', human: null });
  await revokeToken(tokenDeps, revoked.view.id, 'local:ada');
  const report = (message: string) => void h.reports.push(message);
  const deps: Omit<AgentHttpDeps, 'hosts'> = {
    mcp: mcpHttp(h.gateway, INFO, report),
    callers: tokenCallers(store),
    oauth: null,
    signers: null,
    audit,
    clock,
    environment,
    scheme: 'http',
    report,
  };
  const appUnder = (hosts: readonly string[]) => agentHttp({ ...deps, hosts });
  const app = appUnder([HOST, 'localhost:8137']);
  return {
    h,
    app,
    appUnder,
    tokens: {
      agent: agent.token,
      other: other.token,
      approver: approver.token,
      revoked: revoked.token,
    },
    post: (message, { token = agent.token, headers = {}, path = '/mcp' } = {}) =>
      app.fetch(
        new Request(`http://${HOST}${path}`, {
          method: 'POST',
          headers: {
            host: HOST,
            'content-type': 'application/json',
            ...(token === null ? {} : { authorization: `Bearer ${token}` }),
            ...headers,
          },
          body: typeof message === 'string' ? message : JSON.stringify(message),
        }),
      ),
    get: (path, headers = {}, method = 'GET') =>
      app.fetch(new Request(`http://${HOST}${path}`, { method, headers: { host: HOST, ...headers } })),
    events: async (type) => {
      const all: AuditEvent[] = [];
      const chains = await store.list('chain', listing('chains'));
      for (const { chain } of chains.items) {
        all.push(...(await store.list('audit', listing(chain))).items);
      }
      return all.filter((event) => event.type === type);
    },
  };
}

function listing(under: string) {
  return { under, order: 'oldest_first', limit: 1000, after: null } as const;
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

/** A request of the 2026-07-28 era: the envelope in `_meta`, and the headers that mirror it. */
export function modern(method: string, params: Record<string, unknown> = {}, id: number | string = 1) {
  const name = typeof params.name === 'string' ? { 'mcp-name': params.name } : {};
  return {
    message: {
      jsonrpc: '2.0',
      id,
      method,
      params: {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    },
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...name },
  };
}
