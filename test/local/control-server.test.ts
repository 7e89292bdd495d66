import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controlApp } from '../../lib/control/http.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { type ControlServer, startControlServer } from '../../lib/local/control-server.ts';
import { stage } from '../control/stage.ts';

let folder = '';
let open: ControlServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-'));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((server) => server.close()));
  await rm(folder, { recursive: true });
});

const file = () => join(folder, 'control.json');

async function started(host = '127.0.0.1') {
  const on = await stage();
  const server = await startControlServer({
    host,
    port: 0,
    controlFile: file(),
    app: ({ origin, token_hash }) =>
      controlApp({ ...on.deps, origin, local: { token_hash, approver: 'local:ada' } }),
  });
  open.push(server);
  const control = JSON.parse(await readFile(file(), 'utf8'));
  return { on, server, control };
}

describe('control.json', () => {
  it('is its owner’s alone, and opens the API', async () => {
    const { on, server, control } = await started();
    expect(control).toEqual({ url: server.url, token: expect.stringMatching(/^[\w-]{43}$/) });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['control.json']);
    const { approval_id } = await on.ask();
    const headers = { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${control.url}/api/approvals/${approval_id}/decision`, {
      method: 'POST',
      headers,
      body: '{"verdict":"approve"}',
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'approved' }]);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await fetch(`${control.url}/api/approvals`)).status).toBe(401);
  });

  it('goes with its server, but never the one that a later server wrote', async () => {
    const first = await started();
    const second = await started();
    await first.server.close();
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(second.control);
    await second.server.close();
    expect(await readdir(folder)).toEqual([]);
    open = [];
  });

  it('holds a token that is only known by its hash inside', async () => {
    let told = '';
    const server = await startControlServer({
      host: '127.0.0.1',
      port: 0,
      controlFile: file(),
      app: (listener) => {
        told = JSON.stringify(listener);
        return { fetch: () => new Response('x') };
      },
    });
    open.push(server);
    const { token } = JSON.parse(await readFile(file(), 'utf8'));
    expect(told).toContain(sha256(token));
    expect(told).not.toContain(token);
  });
});

describe('the listener', () => {
  it.each(['0.0.0.0', '::', '192.168.1.2', 'example.com', '127.0.0.1.example.com', '127.1', ''])(
    'does not listen on %s unless told to',
    async (host) => {
      const app = () => ({ fetch: () => new Response('x') });
      await expect(startControlServer({ host, port: 0, controlFile: file(), app })).rejects.toThrow(
        'loopback',
      );
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('says which address is taken, and leaves the file alone', async () => {
    const { server, control } = await started();
    const { port } = new URL(server.url);
    const app = () => ({ fetch: () => new Response('x') });
    const again = startControlServer({ host: '127.0.0.1', port: Number(port), controlFile: file(), app });
    await expect(again).rejects.toThrow(`127.0.0.1:${port}`);
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(control);
  });

  it('frees the port where the file cannot be written', async () => {
    await writeFile(join(folder, 'not-a-folder'), '');
    const app = () => ({ fetch: () => new Response('x') });
    const controlFile = join(folder, 'not-a-folder', 'control.json');
    await expect(startControlServer({ host: '127.0.0.1', port: 0, controlFile, app })).rejects.toThrow();
  });

  it.each([
    ['a foreign Host', { host: 'evil.example' }, '', 421],
    ['a declared body that is too large', { 'content-length': '70000' }, 'x'.repeat(70_000), 413],
    ['a chunked body that is too large', { 'transfer-encoding': 'chunked' }, 'x'.repeat(70_000), 413],
  ])('turns away %s', async (_, headers, body, status) => {
    const { server, control } = await started();
    const answer = await sent(`${server.url}/api/approvals/apr_x/decision`, body, {
      authorization: `Bearer ${control.token}`,
      'content-type': 'application/json',
      ...headers,
    });
    expect(answer).toBe(status);
  });
});

/** With headers that `fetch` would not let us set. Gives the status. */
function sent(url: string, body: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
