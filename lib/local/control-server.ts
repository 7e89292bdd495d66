/**
 * The control side on one machine: a listener on loopback, and `control.json`, by which the person at the
 * machine (and nobody else: 0600) finds it and proves to be that person.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { type Digest, sha256 } from '../core/canonical.ts';
import { listen } from './listener.ts';

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
  const token = randomBytes(32).toString('base64url');
  let app: ReturnType<ControlServerOptions['app']> | null = null;
  const respond = async (request: Request) => app?.fetch(request) ?? new Response(null, { status: 503 });
  const listener = await listen({
    who: 'the console',
    host,
    port,
    exposed: options.exposed === true,
    respond,
  });
  const url = listener.origin;
  try {
    app = options.app({ origin: url, token_hash: sha256(token) });
    await writeControlFile(controlFile, `${JSON.stringify({ url, token })}\n`);
  } catch (error) {
    await listener.close(0);
    throw error;
  }
  return {
    url,
    close: async () => {
      await removeIfOurs(controlFile, token);
      await listener.close(0);
    },
  };
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
