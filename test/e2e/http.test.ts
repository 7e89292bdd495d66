/** The built gateway on HTTP: tokens from the command line, both SDKs' clients, many agents at once, the audit. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServed, mcpPost, serveHttp, tokenFor, toolCall } from '../support/http-served.ts';
import { controlOf, inherited, Place, recourse, serveArguments } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

const GENEROUS = "recourseos:\n  version: '2.0'\nlimits: { calls_per_minute: 10000 }\n";
const MISSING_PLAN = { plan_id: 'plan_x' };

const place = new Place();
let served: HttpServed;
let agent = '';

beforeAll(async () => {
  const policy = path.join(place.folder, 'policy.yaml');
  writeFileSync(policy, GENEROUS);
  served = await serveHttp(place, 'dev', ['-p', policy]);
  agent = await tokenFor(place, '--agent', 'agent-1', '--human', 'bob@example.com');
});
afterAll(async () => {
  await served.close();
  place.remove();
});

interface Event {
  readonly type: string;
  readonly actor: string;
  readonly data: Record<string, unknown>;
}

async function auditEvents(type: string): Promise<Event[]> {
  const { stdout } = await recourse(['audit', 'export', '--state', place.state]);
  const events: Event[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return events.filter((event) => event.type === type);
}

/** Starts a gateway that should not start. */
async function refusedStart(more: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, serveArguments(place, 'dev', more), { env: inherited() });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [code] = await once(child, 'exit');
  return { code, stderr };
}

describe('tokens', () => {
  it('open it once made and no more once revoked, while it runs', async () => {
    const made = await recourse(['tokens', 'create', '--agent', 'brief', '--json', '--state', place.state]);
    const { token, id } = JSON.parse(made.stdout);
    expect((await mcpPost(served.url, token, toolCall('gateway_get_plan', MISSING_PLAN))).status).toBe(200);
    expect((await recourse(['tokens', 'revoke', id, '--state', place.state])).code).toBe(0);
    expect((await mcpPost(served.url, token, toolCall('gateway_get_plan', MISSING_PLAN))).status).toBe(401);
    expect(await auditEvents('http.refused')).toContainEqual(
      expect.objectContaining({ data: expect.objectContaining({ status: 401, token_id: id }) }),
    );
  });

  it('of humans open nothing here, those of agents nothing of the console', async () => {
    const approver = await tokenFor(place, '--approver', 'alice@example.com');
    const control = await controlOf(place);
    for (const token of [approver, control.token]) {
      expect((await mcpPost(served.url, token, toolCall('gateway_get_plan', MISSING_PLAN))).status).toBe(401);
    }
    const asked = (token: string) =>
      fetch(`${control.url}/api/approvals`, { headers: { authorization: `Bearer ${token}` } });
    expect((await asked(agent)).status).toBe(401);
    expect((await asked(control.token)).status).toBe(200);
    expect((await fetch(`${served.url}/api/approvals`)).status).toBe(404);
  });

  it('are stored nowhere', async () => {
    // Files come and go meanwhile (grep then says 2); what counts is which of them hold it.
    const found = spawn('grep', ['-rlaF', agent.slice(4), place.state], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const holding: string[] = [];
    found.stdout.on('data', (chunk) => holding.push(String(chunk)));
    const [code] = await once(found, 'close');
    expect([holding, code === 0]).toEqual([[], false]);
  });
});

describe('starting', () => {
  it.each(['0.0.0.0:0', '[::]:0', '192.0.2.1:0', 'example.com:0'])('refuses %s', async (address) => {
    const { code, stderr } = await refusedStart(['--http', address]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^recourse: --http \S+ is reached by other machines; give a loopback address such as \S+\n$/,
    );
  });

  it.each([
    [['--http', 'nonsense'], '--http nonsense is not HOST:PORT'],
    [['--http', '127.0.0.1:70000'], '--http 127.0.0.1:70000 is not HOST:PORT'],
  ])('refuses %j in one line', async (args, said) => {
    const { code, stderr } = await refusedStart(args);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain(said);
  });

  it('says on stderr where it is and how to make a token, and nothing on stdout', async () => {
    expect(served.said()).toContain(`${served.url}/mcp; make an agent's token with: recourse tokens create`);
    expect(served.said()).not.toMatch(/rgw_/);
    expect(served.stdout()).toBe('');
  });
});

describe('agents at once', () => {
  it('200 calls over one gateway are each answered, and each twice in an audit that holds', async () => {
    const before = (await auditEvents('call.received')).length;
    const names = Array.from({ length: 4 }, (_, index) => `many-${index}`);
    const tokens = await Promise.all(names.map((name) => tokenFor(place, '--agent', name)));
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, id) => {
        const token = tokens[id % tokens.length] ?? '';
        const answer = await mcpPost(served.url, token, toolCall('gateway_get_plan', MISSING_PLAN, id));
        return answer.json();
      }),
    );
    expect(answers.map((answer) => answer.id)).toEqual(answers.map((_, id) => id));
    const codes = answers.map((answer) => answer.result.structuredContent.error.code);
    expect([...new Set(codes)]).toEqual(['plan_not_found']);
    expect((await auditEvents('call.received')).length - before).toBe(200);
    expect((await recourse(['audit', 'verify', '--state', place.state])).code).toBe(0);
  });

  it('200 at once of one agent are not taken for more than they are', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, id) =>
        (await mcpPost(served.url, agent, toolCall('gateway_get_plan', MISSING_PLAN, id))).json(),
      ),
    );
    const codes = answers.map((answer) => answer.result.structuredContent.error.code);
    expect([...new Set(codes)]).toEqual(['plan_not_found']);
  });
});

describeWith('terraform', 'a second gateway on the same state', () => {
  it('knows the same tokens, plans and counts', async () => {
    const second = await serveHttp(place, 'dev', ['-p', path.join(place.folder, 'policy.yaml')]);
    try {
      const planned = await mcpPost(served.url, agent, toolCall('gateway_terraform_plan'));
      const { plan_id } = (await planned.json()).result.structuredContent;
      expect(plan_id).toMatch(/^plan_/);
      const transport = new StreamableHTTPClientTransport(new URL(`${second.url}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${agent}` } },
      });
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(transport);
      const seen = await client.callTool({ name: 'gateway_get_plan', arguments: { plan_id } });
      expect(seen.structuredContent).toMatchObject({ plan_id, success: true });
      await client.close();
    } finally {
      expect(await second.close()).toBe(0);
    }
  });
});
