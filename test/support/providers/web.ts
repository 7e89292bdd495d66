/** An HTTP server on the loopback for what plays a provider: every request is kept, and can be answered badly once. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In milliseconds. */
  readonly after?: number;
  /** The connection is cut in place of an answer. */
  readonly cut?: boolean;
}

export interface WebServer {
  readonly origin: string;
  readonly asked: readonly Asked[];
  /** In place of the next answers, in order. */
  next(...answers: readonly Answered[]): void;
  close(): Promise<void>;
}

export async function webServer(answer: (asked: Asked) => Answered | Promise<Answered>): Promise<WebServer> {
  const asked: Asked[] = [];
  const queued: Answered[] = [];
  const server = createServer((request, response) => {
    void reply(request, response);
  });
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    asked.push(one);
    const { status, headers = {}, body = '', after = 0, cut } = queued.shift() ?? (await answer(one));
    if (after > 0) await new Promise((resolve) => setTimeout(resolve, after).unref());
    if (cut === true) return void request.socket.destroy();
    response.writeHead(status, headers).end(body);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return {
    origin: `http://127.0.0.1:${bound.port}`,
    asked,
    next: (...answers) => queued.push(...answers),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answered {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}
