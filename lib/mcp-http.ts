/**
 * MCP Streamable HTTP, both eras, without sessions: each POST is served by a server of its own and answered
 * with JSON, so that any instance (a Lambda among them) can answer any request. Who calls, how large the
 * body is and which site sent it was settled before a request comes here.
 */
import {
  createMcpHandler,
  isJSONRPCRequest,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { Caller } from './core/plan.ts';
import type { Gateway } from './gateway.ts';
import { mcpServer, type ServerInfo, whatIsOdd } from './mcp.ts';

/** Answers one POST whose body is parsed already. Never rejects. */
export type McpHttp = (request: Request, body: unknown, caller: Caller) => Promise<Response>;

/** As many messages as one batch may have. */
const MAX_BATCH = 100;
/** The last revision whose POST may carry an array; also what a request without the header speaks. */
const LAST_WITH_BATCHES = '2025-03-26';

interface Serving {
  readonly gateway: Gateway;
  readonly info: ServerInfo;
  readonly caller: Caller;
  readonly report: (message: string) => void;
}

export function mcpHttp(gateway: Gateway, info: ServerInfo, report: (message: string) => void): McpHttp {
  return async (request, body, caller) => {
    const serving = { gateway, info, caller, report };
    try {
      const odd = oddities(body);
      for (const what of odd) await gateway.noteMalformed(what, caller);
      const response = await answer(serving, bare(request), body);
      if (response.status >= 400 && odd.length === 0) {
        await gateway.noteMalformed(await whyRefused(response), caller);
      }
      return response;
    } catch (failure) {
      report(`mcp: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}`);
      return problem(500, -32603, 'The gateway could not answer this request.');
    }
  };
}

async function answer(serving: Serving, request: Request, body: unknown): Promise<Response> {
  if (!(await isLegacyRequest(request, body))) return modern(serving, request, body);
  return Array.isArray(body) ? batch(serving, request, body) : legacy(serving, request, body);
}

/** The handler sends nothing before its result, so the answer is one JSON body; it grants no subscription. */
async function modern(serving: Serving, request: Request, body: unknown): Promise<Response> {
  let failure: Error | null = null;
  const handler = createMcpHandler(() => mcpServer(serving.gateway, serving.caller, serving.info), {
    legacy: 'reject',
    maxSubscriptions: 0,
    onerror: (error) => {
      failure = error;
    },
  });
  const response = await handler.fetch(request, { parsedBody: body });
  if (response.status >= 500) serving.report(`mcp: ${String(failure)}`);
  return response;
}

async function legacy(serving: Serving, request: Request, body: unknown): Promise<Response> {
  const server = mcpServer(serving.gateway, serving.caller, serving.info);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    return await transport.handleRequest(request, { parsedBody: body });
  } finally {
    await server.close();
  }
}

/**
 * Each message of a batch is an exchange of its own: within one, a cancellation or a second use of an id
 * could leave a request without an answer, and the client waiting.
 */
async function batch(serving: Serving, request: Request, messages: readonly unknown[]): Promise<Response> {
  const version = request.headers.get('mcp-protocol-version') ?? LAST_WITH_BATCHES;
  if (version > LAST_WITH_BATCHES) {
    return problem(400, -32600, `Protocol revision ${version} has no batches: send one message a request.`);
  }
  if (messages.length > MAX_BATCH) {
    return problem(400, -32600, `A batch has at most ${MAX_BATCH} messages.`);
  }
  if (messages.some((message) => isJSONRPCRequest(message) && message.method === 'initialize')) {
    return problem(400, -32600, 'initialize is sent alone, not in a batch.');
  }
  const responses = await Promise.all(messages.map((message) => legacy(serving, request, message)));
  const refused = responses.find((response) => response.status >= 400);
  if (refused !== undefined) return refused;
  const answers = await Promise.all(
    responses.filter((response) => response.body !== null).map((response) => response.json()),
  );
  return answers.length === 0 ? new Response(null, { status: 202 }) : Response.json(answers);
}

/**
 * The request as the protocol layer may see it: without the token, without a session (there are none), and
 * willing to take JSON, the only thing that is ever sent. A client that goes away is left out as well: what
 * it started goes on, and its answer stands in the plan.
 */
function bare(request: Request): Request {
  const headers = new Headers({ accept: 'application/json, text/event-stream' });
  for (const name of KEPT_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Request(request.url, { method: 'POST', headers });
}

const KEPT_HEADERS = ['content-type', 'mcp-protocol-version', 'mcp-method', 'mcp-name'] as const;

function oddities(body: unknown): string[] {
  const messages = Array.isArray(body) ? body.slice(0, MAX_BATCH) : [body];
  return messages.flatMap((message) => (isJSONRPCRequest(message) ? (whatIsOdd(message) ?? []) : []));
}

async function whyRefused(response: Response): Promise<string> {
  const text = await response.clone().text();
  return `a request that was answered ${response.status}: ${text}`;
}

function problem(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status });
}
