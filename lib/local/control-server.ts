/**
 * The control side on one machine: a listener on loopback, and `control.json`, by which the person at the
 * machine (and nobody else: 0600) finds it and proves to be that person.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type Digest, sha256 } from '../core/canonical.ts';

export interface ControlServerOptions {
  /** An IP address or `localhost`; loopback unless `exposed`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The operator asked for an address that other machines reach. Default false. */
  readonly exposed?: boolean;
  /** Where `control.json` goes, in the state folder. */
  readonly controlFile: string;
  /** Makes the app once the address is known; `token_hash` is of the token in `control.json`. */
  readonly app: (listener: { readonly origin: string; readonly token_hash: Digest }) => {
    readonly fetch: (request: Request) => Response | Promise<Response>;
  };
}

export interface ControlServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Stops listening and removes `control.json` if it is still this server's. */
  close(): Promise<void>;
}

/** Rejects with one clear sentence where it cannot or must not listen there. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { host, port, controlFile } = options;
  if (!isLoopback(host) && options.exposed !== true) {
    throw new Error(`the console listens on loopback only; ${host} is reached by other machines`);
  }
  const token = randomBytes(32).toString('base64url');
  let app: ReturnType<ControlServerOptions['app']> | null = null;
  const respond = async (request: Request) => app?.fetch(request) ?? new Response(null, { status: 503 });
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 },
    getRequestListener(respond, { overrideGlobalObjects: false }),
  );
  await listening(server, host, port);
  const url = new URL(`http://${host.includes(':') ? `[${host}]` : host}:${boundPort(server)}`).origin;
  try {
    app = options.app({ origin: url, token_hash: sha256(token) });
    await writeControlFile(controlFile, `${JSON.stringify({ url, token })}\n`);
  } catch (error) {
    await stopped(server);
    throw error;
  }
  return {
    url,
    close: async () => {
      await removeIfOurs(controlFile, token);
      await stopped(server);
    },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Error(`the console cannot listen on ${host}:${port} (${error.message})`));
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
}

function boundPort(server: Server): number {
  const bound: AddressInfo | string | null = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the console has no port');
  return bound.port;
}

function stopped(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Written beside and moved into place, so that a reader sees the old file or the new one, never half of it. */
async function writeControlFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

async function removeIfOurs(path: string, token: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text.includes(JSON.stringify(token))) await rm(path, { force: true });
}
