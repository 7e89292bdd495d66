/** The 14 tools over the Model Context Protocol, both eras. With `mcp-http.ts` all that imports the MCP SDK. */
import {
  type JSONRPCMessage,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type Transport,
} from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio as serve } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import type { Caller } from './core/plan.ts';
import type { Gateway, ToolAnswer } from './gateway.ts';
import { onlyJsonLines } from './json-lines.ts';
import { isErrorStatus, resultSchema } from './tools/result.ts';
import { findTool, TOOLS } from './tools/table.ts';

const INSTRUCTIONS = [
  'This gateway stands between you and infrastructure: you hold no credentials, it does.',
  'Every change goes plan → approve → apply → get:',
  '1. gateway_terraform_plan says what would change and whether it can be undone, and gives a plan_id.',
  '2. If status is needs_approval, call gateway_request_approval with that plan_id and a reason for the humans, then gateway_check_approval until they decide. If status is ready, skip this.',
  '3. gateway_terraform_apply runs exactly that plan, once.',
  '4. gateway_get_plan shows the run, its output, and anything still in progress.',
  'kubectl and shell calls go the same way in one call: what is allowed runs at once; what is escalated gives a plan_id to request approval for, and the same call with that plan_id runs it.',
  'Every answer names the next call in "next"; every refusal says how to go on in error.message. A blocked plan cannot be approved: change it.',
].join('\n');

/** The name and version that clients see. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
}

/** A server for one caller. Stateless: any number of them share one gateway. */
export function mcpServer(gateway: Gateway, caller: Caller, info: ServerInfo): Server {
  const server = new Server(info, {
    capabilities: { tools: { listChanged: false } },
    instructions: INSTRUCTIONS,
  });
  server.setRequestHandler('tools/list', toolList);
  server.setRequestHandler('tools/call', async (request) => {
    const { name, arguments: args } = request.params;
    const answer = await gateway.call(name, args ?? {}, caller);
    if (findTool(name) === null) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, answer.error?.message ?? 'Unknown tool.');
    }
    return toolResult(answer);
  });
  return server;
}

export interface StdioServer {
  /** Resolves when the client is gone. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Serves one client on stdin and stdout. What is no request it knows goes into the audit. */
export function serveStdio(
  gateway: Gateway,
  caller: Caller,
  info: ServerInfo,
  report: (message: string) => void,
): StdioServer {
  const { promise: closed, resolve } = withResolvers();
  const note = (what: string) => {
    report(`mcp: ignored ${what}`);
    void gateway.noteMalformed(what, caller);
  };
  const transport = new StdioServerTransport(process.stdin.pipe(onlyJsonLines(note)));
  process.stdin.once('error', () => void transport.close());
  const handle = serve(() => mcpServer(gateway, caller, info), {
    transport: audited(transport, gateway, caller, resolve),
    maxSubscriptions: 0,
    onerror: () => note('a message that is not JSON-RPC'),
  });
  return { closed, close: () => handle.close() };
}

/** What `tools/list` answers. JSON Schemas are made once, when they are first asked for. */
export const toolList = once(() => plainJson({ tools: listTools() }));

function listTools() {
  const outputSchema = objectSchema(resultSchema, 'output');
  return TOOLS.map((tool) => ({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: objectSchema(tool.input, 'input'),
    outputSchema,
    annotations: { title: tool.title, ...tool.annotations },
  }));
}

function objectSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return { ...rest, type: 'object' };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function plainJson(value: unknown) {
  return JSON.parse(JSON.stringify(value));
}

function toolResult(answer: ToolAnswer) {
  const text = JSON.stringify(answer);
  return {
    content: [{ type: 'text' as const, text }],
    structuredContent: plainJson(answer),
    isError: isErrorStatus(answer.status),
  };
}

const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'tools/call',
  'subscriptions/listen',
]);

/** Watches what comes in: calls are audited by the gateway, everything that is not a known request here. */
function audited(transport: Transport, gateway: Gateway, caller: Caller, onGone: () => void): Transport {
  const watched: Transport = {
    start: async () => {
      transport.onmessage = (message, extra) => {
        const odd = whatIsOdd(message);
        if (odd !== null) void gateway.noteMalformed(odd, caller);
        watched.onmessage?.(message, extra);
      };
      transport.onerror = (error) => watched.onerror?.(error);
      transport.onclose = () => {
        watched.onclose?.();
        onGone();
      };
      await transport.start();
    },
    send: (message, options) => transport.send(message, options),
    close: () => transport.close(),
  };
  return watched;
}

/** Why a request is none that this gateway serves; null where nothing is odd, and for all that is no request. */
export function whatIsOdd(message: JSONRPCMessage): string | null {
  if (!('method' in message)) return null;
  if (!('id' in message)) return null;
  if (!KNOWN_METHODS.has(message.method)) return `unknown method ${message.method.slice(0, 200)}`;
  if (message.method !== 'tools/call') return null;
  const name = message.params?.name;
  const args = message.params?.arguments;
  const fits =
    typeof name === 'string' &&
    (args === undefined || (typeof args === 'object' && args !== null && !Array.isArray(args)));
  return fits ? null : 'tools/call without a tool name or with arguments that are no object';
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
