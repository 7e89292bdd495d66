/**
 * The agent API: MCP for agents, and nothing else. Its tokens are those of agents; an approver's, or the one
 * of `control.json`, opens nothing here. Whatever is refused is in the audit before it is answered.
 */
import { type Context, Hono } from 'hono';
import type { McpHttp } from '../mcp-http.ts';
import type { AuditLog, Clock, Store } from '../ports.ts';
import { callerOf } from './bearer.ts';
import { hasJsonType, NOT_JSON, readJson } from './body.ts';
import { foreign } from './guard.ts';
import { answerRefusal, type HttpRefusal, RefusalLog } from './refusal.ts';
import { metadataUrl, RESOURCE_METADATA, resourceMetadata } from './resource.ts';

export interface AgentHttpDeps {
  readonly mcp: McpHttp;
  readonly store: Store;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly environment: string;
  readonly scheme: 'http' | 'https';
  /** Every value of Host under which clients reach this listener, in lower case, with the port if not the scheme's. */
  readonly hosts: readonly string[];
  /** Told of bugs and broken adapters; the client is told nothing of them. */
  readonly report: (message: string) => void;
}

export interface AgentHttp {
  /** Answers one request. Never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Writes the counts of refusals of minutes that are over into the audit. Never rejects. */
  readonly settle: () => Promise<void>;
  /** Writes all counts. Never rejects. */
  readonly close: () => Promise<void>;
}

export function agentHttp(deps: AgentHttpDeps): AgentHttp {
  const log = new RefusalLog(deps);
  const app = new Hono();
  const refuse = async (c: Context, refusal: HttpRefusal, agent: string | null = null) => {
    await log.note(c.req.raw, refusal, agent);
    return answerRefusal(refusal);
  };
  app.use(async (c, next) => {
    const refusal = foreign(deps, c.req.raw);
    return refusal === null ? next() : refuse(c, refusal);
  });
  app.post('/mcp', async (c) => {
    const request = c.req.raw;
    const caller = await callerOf(deps.store, request.headers.get('authorization'));
    if (caller === null) return refuse(c, unauthenticated(deps, request));
    const content = hasJsonType(request) ? await readJson(request) : NOT_JSON;
    if ('refusal' in content) return refuse(c, content.refusal, caller.agent);
    return deps.mcp(request, content.value, caller);
  });
  app.all('/mcp', (c) => refuse(c, notAllowed('POST')));
  for (const path of RESOURCE_METADATA) {
    app.get(path, (c) => c.json(resourceMetadata(deps, c.req.raw)));
    app.all(path, (c) => refuse(c, notAllowed('GET, HEAD')));
  }
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.all('/healthz', (c) => refuse(c, notAllowed('GET, HEAD')));
  app.notFound((c) => refuse(c, NOT_FOUND));
  app.onError((error) => {
    deps.report(`agent API: ${error.stack ?? error.message}`);
    return answerRefusal(BROKEN);
  });
  return {
    fetch: async (request) => guarded(await app.fetch(request)),
    settle: () => log.settle(),
    close: () => log.close(),
  };
}

function guarded(response: Response): Response {
  response.headers.set('Cache-Control', 'no-store');
  response.headers.set('X-Content-Type-Options', 'nosniff');
  return response;
}

function unauthenticated(deps: AgentHttpDeps, request: Request): HttpRefusal {
  const given = request.headers.get('authorization') === null ? '' : 'error="invalid_token", ';
  return {
    status: 401,
    code: 'unauthenticated',
    why: "An agent's bearer token is needed; the operator makes one with: recourse tokens create --agent NAME",
    headers: {
      'WWW-Authenticate': `Bearer realm="recourse", ${given}resource_metadata="${metadataUrl(deps, request)}"`,
    },
  };
}

function notAllowed(methods: string): HttpRefusal {
  return {
    status: 405,
    code: 'method_not_allowed',
    why: `Only ${methods} is served here.`,
    headers: { Allow: methods },
  };
}

const NOT_FOUND: HttpRefusal = { status: 404, code: 'not_found', why: 'There is nothing at this address.' };
const BROKEN: HttpRefusal = { status: 500, code: 'internal', why: 'Something broke here. Nothing was run.' };
