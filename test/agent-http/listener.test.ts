/** The agent API on a real socket: who may reach it, who is waited for, what a client that leaves takes along. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../lib/agent-http/body.ts';
import { type AgentServer, startAgentServer } from '../../lib/local/agent-server.ts';
import { type Listener, listen, PATIENCE } from '../../lib/local/listener.ts';
import { gate } from '../support/harness.ts';
import { mcpPost, rawRequest, toolCall } from '../support/http-served.ts';
import { type HttpStage, httpStage } from '../support/http-stage.ts';

let open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  open = [];
});

async function started(host = '127.0.0.1'): Promise<{ on: HttpStage; server: AgentServer }> {
  const on = await httpStage();
  const server = await startAgentServer({ host, port: 0, app: ({ hosts }) => on.appUnder(hosts) });
  open.push(server);
  return { on, server };
}

const app = () => ({
  fetch: async () => new Response('x'),
  settle: async () => {},
  close: async () => {},
});

describe('where it listens', () => {
  it.each(['0.0.0.0', '::', '192.168.1.2', 'example.com', '127.0.0.1.example.com', '127.1', ''])(
    'not on %s, ever',
    async (host) => {
      await expect(startAgentServer({ host, port: 0, app })).rejects.toThrow(
        'the agent API listens on loopback only',
      );
    },
  );

  it('says which address is taken', async () => {
    const { server } = await started();
    const port = Number(new URL(server.url).port);
    await expect(startAgentServer({ host: '127.0.0.1', port, app })).rejects.toThrow(`127.0.0.1:${port}`);
  });

  it('answers under each name of loopback and no other', async () => {
    const { on, server } = await started();
    const { port } = new URL(server.url);
    const status = (host: string) =>
      rawRequest(`${server.url}/mcp`, {
        headers: {
          host,
          authorization: `Bearer ${on.tokens.agent}`,
          'content-type': 'application/json',
        },
        body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      });
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      expect(await status(`${name}:${port}`)).toBe(200);
    }
    expect(await status(`127.0.0.2:${port}`)).toBe(421);
    expect(await status(`rebound.example:${port}`)).toBe(421);
  });
});

describe('clients that are slow', () => {
  const patience = { headers: 500, request: 1_000 };

  async function slow(respond: (request: Request) => Promise<Response>): Promise<number> {
    const listener: Listener = await listen({
      who: 'the test',
      host: '127.0.0.1',
      port: 0,
      exposed: false,
      respond,
      patience,
    });
    open.push({ close: () => listener.close(0) });
    return listener.port;
  }

  /** Writes a piece every 100 ms, for ever; resolves with all that came back once the other side hangs up. */
  function dribble(port: number, start: string, piece: string): Promise<string> {
    return new Promise((resolve) => {
      let heard = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(start));
      const timer = setInterval(() => socket.write(piece), 100);
      socket.on('data', (chunk) => {
        heard += String(chunk);
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        clearInterval(timer);
        resolve(heard);
      });
    });
  }

  it('with their headers are cut off', async () => {
    let asked = 0;
    const port = await slow(async () => {
      asked += 1;
      return new Response('x');
    });
    expect(await dribble(port, 'POST /mcp HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n')).toMatch(
      /^HTTP\/1\.1 408|^$/,
    );
    expect(asked).toBe(0);
  });

  it('with their body are cut off, and the reader of it is told', async () => {
    let failed = 0;
    const port = await slow(async (request) => {
      await request.text().catch(() => {
        failed += 1;
      });
      return new Response('x');
    });
    const head = 'POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n';
    expect(await dribble(port, head, 'x')).toMatch(/^HTTP\/1\.1 408|^$/);
    await sleep(50);
    expect(failed).toBe(1);
  });

  it('have seconds, not minutes', () => {
    expect(PATIENCE.headers).toBeLessThanOrEqual(10_000);
    expect(PATIENCE.request).toBeLessThanOrEqual(30_000);
  });

  it('a body that breaks off is in the audit and reaches no tool', async () => {
    const { on, server } = await started();
    const { host, port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify(toolCall('gateway_terraform_plan'));
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${on.tokens.agent}\r\nContent-Type: application/json\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}`,
    );
    await sleep(100);
    socket.destroy();
    await expect.poll(() => on.events('http.refused')).toMatchObject([{ data: { code: 'broken_off' } }]);
    expect(await on.events('call.received')).toEqual([]);
  });
});

describe('bodies that are too large', () => {
  it('are 413, streamed too, and unread without a token', async () => {
    const { on, server } = await started();
    const large = 'x'.repeat(3 * MAX_BODY_BYTES);
    const sent = (headers: Record<string, string>) =>
      rawRequest(`${server.url}/mcp`, {
        headers: { 'content-type': 'application/json', ...headers },
        body: large,
      });
    const authorization = `Bearer ${on.tokens.agent}`;
    expect(await sent({ authorization })).toBe(413);
    expect(await sent({ authorization, 'transfer-encoding': 'chunked' })).toBe(413);
    expect(await sent({ 'transfer-encoding': 'chunked' })).toBe(401);
    expect(await on.events('call.received')).toEqual([]);
  });
});

describe('a client that leaves', () => {
  it('in the middle of an apply leaves the run going, and finds it later', async () => {
    const { on, server } = await started();
    const post = (name: string, args: unknown = {}) =>
      mcpPost(server.url, on.tokens.agent, toolCall(name, args));
    const planned = await (await post('gateway_terraform_plan')).json();
    const { plan_id, status } = planned.result.structuredContent;
    expect(status).toBe('ready');

    const held = gate();
    on.h.executor.gate = held.closed;
    const leaving = new AbortController();
    const applied = fetch(`${server.url}/mcp`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { authorization: `Bearer ${on.tokens.agent}`, 'content-type': 'application/json' },
      body: JSON.stringify(toolCall('gateway_terraform_apply', { plan_id })),
    });
    await expect.poll(() => on.h.executor.started.length).toBe(1);
    leaving.abort();
    await expect(applied).rejects.toThrow();
    await sleep(50);
    const look = async () =>
      (await (await post('gateway_get_plan', { plan_id })).json()).result.structuredContent.status;
    expect(await look()).toBe('running');
    held.open();
    await expect.poll(look).toBe('succeeded');
    expect(on.h.executor.started).toHaveLength(1);
    expect(await on.events('call.answered')).toContainEqual(
      expect.objectContaining({ data: expect.objectContaining({ tool: 'gateway_terraform_apply' }) }),
    );
  });
});

describe('many at once', () => {
  it('200 calls are each answered with their own id', async () => {
    const { on, server } = await started();
    const ids = Array.from({ length: 200 }, (_, id) => id);
    const answers = await Promise.all(
      ids.map(async (id) =>
        (
          await mcpPost(
            server.url,
            on.tokens.agent,
            toolCall('gateway_get_plan', { plan_id: `plan_${id}` }, id),
          )
        ).json(),
      ),
    );
    expect(answers.map((answer) => answer.id)).toEqual(ids);
    const codes = answers.map((answer) => answer.result.structuredContent.error.code);
    expect([...new Set(codes)]).toEqual(['plan_not_found']);
  });

  it('ends while a call is under way, after answering it', async () => {
    const { on, server } = await started();
    const held = gate();
    on.h.terraform.gate = held.closed;
    const call = mcpPost(server.url, on.tokens.agent, toolCall('gateway_terraform_plan'));
    await expect.poll(() => on.events('call.received')).toHaveLength(1);
    const closed = server.close();
    await sleep(50);
    held.open();
    expect((await (await call).json()).result.structuredContent.status).toBe('ready');
    await closed;
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });
});
