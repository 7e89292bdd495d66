/** A place on the loopback that serves one terraform module as a zip, and counts who asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { strToU8, zipSync } from 'fflate';

export interface ModuleServer {
  /** For `source = "…"`. */
  readonly source: string;
  /** How often anything was asked for. */
  requests(): number;
  /** How often the module itself was fetched. */
  downloads(): number;
  /** What the module holds from now on: path → text. */
  serve(files: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

export async function moduleServer(files: Readonly<Record<string, string>>): Promise<ModuleServer> {
  let zip = zipOf(files);
  const methods: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    methods.push(request.method);
    response.writeHead(200, { 'content-type': 'application/zip' }).end(zip);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    source: `http://127.0.0.1:${port}/module.zip`,
    requests: () => methods.length,
    downloads: () => methods.filter((each) => each === 'GET').length,
    serve: (next) => {
      zip = zipOf(next);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).map(([path, text]) => [path, strToU8(text)] as const);
  return Buffer.from(zipSync(Object.fromEntries(entries)));
}
