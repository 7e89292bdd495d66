/**
 * The agent API: MCP for agents, and nothing else. Its tokens are those of agents; an approver's, or the one
 * of `control.json`, opens nothing here. Whatever is refused is in the audit before it is answered.
 */
import { type Context, Hono } from 'hono';
import type { AwsSigner } from '../core/aws-principal.ts';
import type { Caller } from '../core/plan.ts';
import type { McpHttp } from '../mcp-http.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Callers } from '../ports/people.ts';
import type { Clock } from '../ports/process.ts';
import { hasJsonType, NOT_JSON, readJson } from './body.ts';
import { unrecognised } from './challenge.ts';
import { foreign } from './guard.ts';
import { answerRefusal, type HttpRefusal, RefusalLog } from './refusal.ts';
import {
  type OAuthResource,
  RESOURCE_METADATA,
  resourceMetadata,
  SERVER_METADATA,
  serverMetadata,
} from './resource.ts';

export interface AgentHttpDeps {
  readonly mcp: McpHttp;
  readonly callers: Callers;
  /** Where clients get the tokens that `callers` takes; null where the operator makes them. */
  readonly oauth: OAuthResource | null;
  /** Whose signed requests `POST /iam/mcp` serves; null: it does not exist. */
  readonly signers: ((signer: AwsSigner) => Caller | null) | null;
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
  /**
   * Answers one request. Never rejects. `signer`: whom AWS found to have signed it, before it came here; it
   * counts under `/iam` alone, and there nothing else does.
   */
  readonly fetch: (request: Request, signer?: AwsSigner | null) => Promise<Response>;
  /** Writes the counts of refusals of minutes that are over into the audit. Never rejects. */
  readonly settle: () => Promise<void>;
  /** Writes all counts. Never rejects. */
  readonly close: () => Promise<void>;
}

export function agentHttp(deps: AgentHttpDeps): AgentHttp {
  const log = new RefusalLog(deps);
  const app = new Hono<{ Bindings: { readonly signer: AwsSigner | null } }>();
  const refuse = async (c: Context, refusal: HttpRefusal, agent: string | null = null) => {
    await log.note(c.req.raw, refusal, agent);
    return answerRefusal(refusal);
  };
  const serve = async (c: Context, caller: Caller) => {
    const request = c.req.raw;
    const content = hasJsonType(request) ? await readJson(request) : NOT_JSON;
    if ('refusal' in content) return refuse(c, content.refusal, caller.agent);
    return deps.mcp(request, content.value, caller);
  };
  app.use(async (c, next) => {
    const refusal = foreign(deps, c.req.raw);
    return refusal === null ? next() : refuse(c, refusal);
  });
  app.post('/mcp', async (c) => {
    const found = await deps.callers.identify(c.req.header('authorization') ?? null);
    return found.because === null ? serve(c, found.caller) : refuse(c, unrecognised(deps, c.req.raw, found));
  });
  app.all('/mcp', (c) => refuse(c, notAllowed('POST')));
  const { signers, oauth } = deps;
  if (signers !== null) {
    app.post('/iam/mcp', async (c) => {
      if (c.env.signer === null) return refuse(c, UNSIGNED);
      const caller = signers(c.env.signer);
      return caller === null ? refuse(c, unknownSigner(c.env.signer)) : serve(c, caller);
    });
    app.all('/iam/mcp', (c) => refuse(c, notAllowed('POST')));
  }
  if (oauth !== null) {
    for (const { path, issuer } of SERVER_METADATA) {
      app.get(path, async (c) => {
        try {
          return c.json(await serverMetadata(deps, c.req.raw, oauth, issuer));
        } catch (failure) {
          deps.report(`agent API: ${String(failure)}`);
          return refuse(c, ISSUER_DOWN);
        }
      });
      app.all(path, (c) => refuse(c, notAllowed('GET, HEAD')));
    }
  }
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
    fetch: async (request, signer = null) => guarded(await app.fetch(request, { signer })),
    settle: () => log.settle(),
    close: () => log.close(),
  };
}

function guarded(response: Response): Response {
  response.headers.set('Cache-Control', 'no-store');
  response.headers.set('X-Content-Type-Options', 'nosniff');
  return response;
}

function unknownSigner({ arn }: AwsSigner): HttpRefusal {
  return {
    status: 403,
    code: 'not_allowed',
    why: `${arn} is no agent of this gateway; the operator names the principals that are.`,
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

const UNSIGNED: HttpRefusal = {
  status: 403,
  code: 'not_allowed',
  why: 'Only requests that AWS IAM authorized are served here.',
};
const ISSUER_DOWN: HttpRefusal = {
  status: 503,
  code: 'identity_unavailable',
  why: 'The issuer of tokens does not answer. Try again later.',
  headers: { 'Retry-After': '5' },
};
const NOT_FOUND: HttpRefusal = { status: 404, code: 'not_found', why: 'There is nothing at this address.' };
const BROKEN: HttpRefusal = { status: 500, code: 'internal', why: 'Something broke here. Nothing was run.' };
