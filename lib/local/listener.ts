/** An HTTP listener on this machine: where it may listen, how long a slow client is waited for, how it ends. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { isLoopback } from './loopback.ts';

export interface ListenOptions {
  /** Who listens, for messages: `the console`. */
  readonly who: string;
  /** An IP address or `localhost`; loopback unless `exposed`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The operator asked for an address that other machines reach. */
  readonly exposed: boolean;
  readonly respond: (request: Request) => Promise<Response>;
  /** Default: `PATIENCE`. */
  readonly patience?: Patience;
}

/** How long a client may take, in milliseconds; after that it is answered 408 and cut off. */
export interface Patience {
  readonly headers: number;
  /** Headers and body together. */
  readonly request: number;
}

export const PATIENCE: Patience = { headers: 10_000, request: 30_000 };

export interface Listener {
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string;
  readonly port: number;
  /** Takes no more requests and waits this long, in milliseconds, for those under way. */
  close(grace: number): Promise<void>;
}

/** Far more than the agents of one machine need, too few to use up its file handles. */
const MAX_CONNECTIONS = 512;

/** Rejects with one clear sentence where it cannot or must not listen there. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { who, host, port, exposed, respond, patience = PATIENCE } = options;
  if (!isLoopback(host) && !exposed) {
    throw new Error(`${who} listens on loopback only; ${host} is reached by other machines`);
  }
  const server = createServer(
    {
      requestTimeout: patience.request,
      headersTimeout: patience.headers,
      // Node looks for slow requests only so often; its default would be three times the patience.
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16_384,
    },
    getRequestListener(respond, { overrideGlobalObjects: false }),
  );
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, who, host, port);
  const bound = boundPort(server, who);
  return {
    origin: new URL(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`).origin,
    port: bound,
    close: (grace) => stopped(server, grace),
  };
}

function listening(server: Server, who: string, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Error(`${who} cannot listen on ${host}:${port} (${error.message})`));
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
}

function boundPort(server: Server, who: string): number {
  const bound: AddressInfo | string | null = server.address();
  if (bound === null || typeof bound === 'string') throw new Error(`${who} has no port`);
  return bound.port;
}

function stopped(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
