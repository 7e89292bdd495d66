/** The Kubernetes API of the tests over TLS, as clusters are reached: for kubeconfigs that name a certificate authority. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../fixtures/tls');

export interface OverTls {
  readonly url: string;
  /** The certificate authority in base64, as kubeconfigs have it. */
  readonly ca: string;
  /** `Authorization` of every request. */
  readonly tokens: string[];
  close(): Promise<void>;
}

/** `target`: an http URL. */
export async function overTls(target: string): Promise<OverTls> {
  const [key, cert] = ['loopback.key', 'loopback.crt'].map((name) => readFileSync(path.join(FOLDER, name)));
  const tokens: string[] = [];
  const server = createServer({ key, cert }, (incoming, response) => {
    tokens.push(incoming.headers.authorization ?? '');
    const onward = request(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method, headers: incoming.headers },
      (answered) => {
        response.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('TLS listens nowhere');
  return {
    url: `https://127.0.0.1:${address.port}`,
    ca: (cert ?? Buffer.alloc(0)).toString('base64'),
    tokens,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
