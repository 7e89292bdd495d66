/** The built gateway on HTTP as its users start it, and what speaks to it: fetch, or any SDK's client. */
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { createInterface } from 'node:readline';
import { type Place, recourse, spawnServe } from './served.ts';

export interface HttpServed {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly pid: number;
  /** What it said on stderr so far. */
  readonly said: () => string;
  readonly stdout: () => string;
  /** Ends it with SIGTERM and gives its exit code. */
  close(): Promise<number | null>;
}

export async function serveHttp(
  place: Place,
  env = 'dev',
  more: readonly string[] = ['--no-console'],
): Promise<HttpServed> {
  const child = spawnServe(place, env, ['--http', '127.0.0.1:0', ...more]);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the gateway has no output');
  let said = '';
  let printed = '';
  stdout.on('data', (chunk) => {
    printed += String(chunk);
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the gateway ended: ${said}`)));
    createInterface({ input: stderr }).on('line', (line) => {
      said += `${line}\n`;
      const found = /is at (http:\/\/\S+)\/mcp;/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    url,
    pid: child.pid ?? 0,
    said: () => said,
    stdout: () => printed,
    close: async () => {
      if (child.exitCode !== null) return child.exitCode;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

/** A token from the command line, as the operator makes it. */
export async function tokenFor(place: Place, ...holder: string[]): Promise<string> {
  const made = await recourse(['tokens', 'create', ...holder, '--state', place.state]);
  if (made.code !== 0) throw new Error(made.stderr);
  return made.stdout.trim();
}

export function mcpPost(
  url: string,
  token: string | null,
  message: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...authorization,
      ...headers,
    },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  });
}

export function toolCall(name: string, args: unknown = {}, id: number | string = 1) {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}

/** With headers that `fetch` would not let us set. */
export function rawRequest(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', headers = {}, body = '' } = options;
    const asked = send(url, { method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/**
 * Puts an agent's token on whatever passes through, for clients that cannot be told one. Host and Origin
 * that name this proxy name the gateway behind it; others pass as they are.
 */
export async function bearerProxy(
  target: string,
  token: string,
): Promise<{ readonly url: string; close(): void }> {
  const { hostname, port } = new URL(target);
  const proxy = createServer((incoming, outgoing) => {
    const own = String(incoming.socket.localPort);
    const renamed = (value: string | undefined) => value?.replace(`:${own}`, `:${port}`);
    const { host, origin, ...rest } = incoming.headers;
    const headers = {
      ...rest,
      authorization: `Bearer ${token}`,
      host: renamed(host) ?? '',
      ...(origin === undefined ? {} : { origin: renamed(origin) ?? '' }),
    };
    const passed = send(
      { hostname, port, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}
