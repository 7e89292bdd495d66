/** What clients get wrong, on purpose or not: the server lives, the audit has it, nothing runs twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TOOLS } from '../../lib/tools/table.ts';
import { RawClient } from '../support/raw-client.ts';
import { Place, recourse, serve, spawnServe } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

let place: Place;
let client: RawClient;
beforeEach(() => {
  place = new Place();
  client = new RawClient(spawnServe(place, 'dev'));
});
afterEach(async () => {
  client.process.kill('SIGKILL');
  await client.exited();
  place.remove();
});

interface Event {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

async function auditEvents(): Promise<Event[]> {
  const { stdout, code } = await recourse(['audit', 'export', '--state', place.state]);
  expect(code).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('garbage on stdin', () => {
  test('lines that are no JSON, no message, or binary: the next call is answered, the audit has them', async () => {
    await client.initialize();
    for (const garbage of [
      'not json\n',
      '{"jsonrpc":"2.0"}\n',
      '[]\n',
      '42\n',
      '\u0000\u0001\n',
      '{"jsonrpc":"2.0","id":[],"method":7}\n',
    ])
      client.send(garbage);
    const answer = await client.call('gateway_get_plan', { plan_id: 'nonsense' });
    expect(answer.result?.structuredContent?.error?.code).toBe('plan_not_found');
    expect((await auditEvents()).filter((event) => event.type === 'call.malformed').length).toBe(6);
  });

  test('unknown methods and tools, and calls without a name', async () => {
    await client.initialize();
    expect((await client.request('no/such/method')).error?.code).toBe(-32601);
    expect((await client.request('tools/call', { arguments: {} })).error).toBeDefined();
    expect((await client.call('no_such_tool')).error?.code).toBe(-32602);
    expect(
      (await client.request('tools/call', { name: 'gateway_get_plan', arguments: [] })).error,
    ).toBeDefined();
    const events = await auditEvents();
    const malformed = events
      .filter((event) => event.type === 'call.malformed')
      .map((event) => String(event.data.what));
    expect(malformed.some((what) => what.includes('no/such/method'))).toBe(true);
    expect(malformed.filter((what) => what.includes('tools/call'))).toHaveLength(2);
    expect(events.some((event) => event.type === 'call.received' && event.data.tool === 'no_such_tool')).toBe(
      true,
    );
  });

  test('six megabytes of arguments are refused with the limit; the audit keeps their size, not their bytes', async () => {
    await client.initialize();
    const answer = await client.call('gateway_request_approval', {
      plan_id: 'x',
      reason: 'y'.repeat(6 * 1024 * 1024),
    });
    expect(answer.result?.structuredContent?.error?.code).toBe('invalid_arguments');
    expect(JSON.stringify(answer)).toContain('524288');
    expect((await client.call('gateway_get_plan', { plan_id: 'x' })).result).toBeDefined();
    const received = (await auditEvents()).find(
      (event) => event.type === 'call.received' && event.data.tool === 'gateway_request_approval',
    );
    expect(JSON.stringify(received).length).toBeLessThan(2000);
    expect(received?.data.arguments).toHaveProperty('bytes');
  });

  test('unknown and mistyped arguments are named, with the nearest name', async () => {
    await client.initialize();
    const answer = await client.call('gateway_terraform_plan', { workspce: 'x' });
    expect(JSON.stringify(answer)).toContain('Did you mean workspace?');
    expect(answer.result?.structuredContent?.error?.code).toBe('invalid_arguments');
  });
});

describe('the tool list', () => {
  test('14 tools with titles, strict inputs, output schemas and all four annotations; stdout holds nothing but MCP', async () => {
    const hello = await client.initialize();
    expect(hello.result?.instructions).toContain('plan → approve → apply → get');
    const { result } = await client.request('tools/list');
    const tools: {
      name: string;
      title: string;
      inputSchema: { additionalProperties?: boolean };
      outputSchema?: unknown;
      annotations: Record<string, unknown>;
    }[] = JSON.parse(JSON.stringify(result?.tools));
    expect(tools.map((tool) => tool.name)).toEqual(TOOLS.map((tool) => tool.name));
    expect(tools).toHaveLength(14);
    for (const tool of tools) {
      expect(tool.title).toBeTruthy();
      expect(tool.inputSchema.additionalProperties, tool.name).toBe(false);
      expect(tool.outputSchema).toBeDefined();
      for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'])
        expect(tool.annotations, tool.name).toHaveProperty(hint);
    }
    for (const line of client.lines) expect(JSON.parse(line).jsonrpc).toBe('2.0');
  });

  test('no value of a kubectl argument can become a flag', async () => {
    await client.initialize();
    for (const args of [
      { resource: '--kubeconfig=x' },
      { resource: 'pods', name: '-A' },
      { resource: 'pods', namespace: '--all' },
    ]) {
      const answer = await client.call('gateway_kubectl_get', args);
      expect(answer.result?.structuredContent?.error?.code, JSON.stringify(args)).toBe('invalid_arguments');
    }
  });
});

describe('the modern era', () => {
  test('the current client lists and calls', async () => {
    const served = await serve(place, { env: 'dev' });
    try {
      expect((await served.client.listTools()).tools).toHaveLength(14);
      expect((await served.call('gateway_get_plan', { plan_id: 'x' })).error?.code).toBe('plan_not_found');
    } finally {
      await served.close();
    }
  });
});

describeWith('terraform', 'a client that disappears', () => {
  test('in the middle of a call: the run it started is finished and recorded, once', async () => {
    place.write('main.tf', 'resource "terraform_data" "slow" {\n  input = "x"\n}\n');
    await client.initialize();
    const plan = await client.call('gateway_terraform_plan');
    const planId = plan.result?.structuredContent?.plan_id;
    expect(planId).toBeDefined();
    void client.call('gateway_terraform_apply', { plan_id: planId }).catch(() => {});
    await sleep(40);
    client.process.stdin?.destroy();
    client.process.stdout?.destroy();
    await client.exited();

    const served = await serve(place, { env: 'dev' });
    try {
      const seen = await served.call('gateway_get_plan', { plan_id: planId });
      // The call may not have been read before the pipe closed; then nothing ran, and it may run now.
      if (seen.status === 'ready')
        expect((await served.call('gateway_terraform_apply', { plan_id: planId })).status).toBe('succeeded');
      else {
        expect(seen.status).toBe('succeeded');
        expect((await served.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
          'plan_used',
        );
      }
    } finally {
      await served.close();
    }
    expect((await recourse(['audit', 'verify', '--state', place.state])).code).toBe(0);
  });
});
