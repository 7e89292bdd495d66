import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES, MAX_DEPTH } from '../../lib/agent-http/body.ts';
import { REFUSALS_A_MINUTE } from '../../lib/agent-http/refusal.ts';
import { LOSSY_PLAN } from '../support/harness.ts';
import { toolCall } from '../support/http-served.ts';
import { HOST, httpStage, INITIALIZE, modern } from '../support/http-stage.ts';

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };
const METADATA = '/.well-known/oauth-protected-resource';

describe('who may call', () => {
  it('an agent, by its token; the audit names it and its human', async () => {
    const on = await httpStage();
    const answer = await on.post(toolCall('gateway_get_plan', { plan_id: 'plan_x' }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toMatchObject({
      id: 1,
      result: { structuredContent: { error: { code: 'plan_not_found' } } },
    });
    const [received] = await on.events('call.received');
    expect(received).toMatchObject({ actor: 'agent:agent-1', data: { human: 'bob@example.com' } });
    expect(await on.events('http.refused')).toEqual([]);
  });

  it.each([
    ['no token', null],
    ['an approver’s token', 'approver'],
    ['a revoked token', 'revoked'],
    ['a token of the right form that nobody has', `rgw_${'A'.repeat(43)}`],
    ['the form that control.json has', 'A'.repeat(43)],
    ['an agent’s token cut short', 'short'],
    ['two tokens', 'two'],
    ['the hash of a token', 'hash'],
    ['nothing after Bearer', ''],
  ])('not %s', async (_, which) => {
    const on = await httpStage();
    const { tokens } = on;
    const token =
      which === 'approver' || which === 'revoked'
        ? tokens[which]
        : which === 'short'
          ? tokens.agent.slice(0, -1)
          : which === 'two'
            ? `${tokens.agent}, Bearer ${tokens.agent}`
            : which;
    const answer = await on.post(toolCall('gateway_get_plan', { plan_id: 'plan_x' }), { token });
    expect(answer.status).toBe(401);
    const challenge = answer.headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer realm="recourse"/);
    expect(challenge).toContain(`resource_metadata="http://${HOST}${METADATA}/mcp"`);
    expect(challenge.includes('error="invalid_token"')).toBe(which !== null);
    expect(await on.events('call.received')).toEqual([]);
    const [refused, ...more] = await on.events('http.refused');
    expect(more).toEqual([]);
    expect(refused).toMatchObject({ actor: 'agent:(unknown)', data: { status: 401, path: '/mcp' } });
    expect(JSON.stringify(refused)).not.toMatch(/rgw_[\w-]{20}/);
  });

  it('a token in the address opens nothing and is not written down', async () => {
    const on = await httpStage();
    const path = `/mcp/${on.tokens.agent}?access_token=${on.tokens.agent}`;
    expect((await on.post(PING, { token: null, path })).status).toBe(404);
    expect((await on.post(PING, { token: null, path: path.replace(/^\/mcp\/[^?]*/, '/mcp') })).status).toBe(
      401,
    );
    expect(JSON.stringify(await on.events('http.refused'))).not.toContain(on.tokens.agent.slice(4));
  });

  it('a token is worth nothing from the moment it is revoked, and the shown one is named by its id', async () => {
    const on = await httpStage();
    await on.post(PING, { token: on.tokens.revoked });
    const [revoked] = await on.events('token.revoked');
    const [refused] = await on.events('http.refused');
    expect(refused?.data.token_id).toBe(revoked?.data.id);
    expect(refused?.data.token_id).toMatch(/^[0-9a-f]{12}$/);
  });

  it('one agent’s plan is not another’s', async () => {
    const on = await httpStage();
    const planned = await (await on.post(toolCall('gateway_terraform_plan'))).json();
    const { plan_id } = planned.result.structuredContent;
    const look = async (token: string) =>
      (await (await on.post(toolCall('gateway_get_plan', { plan_id }), { token })).json()).result
        .structuredContent;
    expect(await look(on.tokens.agent)).toMatchObject({ plan_id, success: true });
    expect((await look(on.tokens.other)).error.code).toMatch(/not_your_plan|plan_not_found/);
  });
});

describe('an approval asked for over HTTP', () => {
  it('cannot be given by the human that the token names, and runs once another one gives it', async () => {
    const on = await httpStage({ environment: 'prod' });
    on.h.terraform.planJson = LOSSY_PLAN;
    const call = async (name: string, args: unknown = {}) =>
      (await (await on.post(toolCall(name, args))).json()).result.structuredContent;
    const { plan_id, status } = await call('gateway_terraform_plan');
    expect(status).toBe('needs_approval');
    const { approval_id } = await call('gateway_request_approval', { plan_id, reason: 'the test needs it' });
    expect((await on.h.vote(approval_id, 'approve', 'bob@example.com')).refused).toBe(true);
    expect((await call('gateway_terraform_apply', { plan_id })).error.code).toBe('approval_pending');
    expect((await on.h.vote(approval_id, 'approve', 'alice@example.com')).refused).toBe(false);
    expect((await call('gateway_terraform_apply', { plan_id })).status).toBe('succeeded');
    expect(on.h.executor.started).toHaveLength(1);
  });
});

describe('what was meant for us', () => {
  it.each([
    ['a foreign name', 'evil.example'],
    ['our address with another port', '127.0.0.1:1'],
    ['our name inside another', `${HOST}.evil.example`],
    ['no port', '127.0.0.1'],
  ])('not a Host of %s', async (_, host) => {
    const on = await httpStage();
    for (const path of ['/mcp', METADATA, '/healthz']) {
      expect((await on.get(path, { host })).status).toBe(421);
    }
    expect((await on.post(PING, { headers: { host } })).status).toBe(421);
    expect((await on.events('http.refused')).length).toBe(4);
  });

  it.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `https://${HOST}` },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('not what another site’s page sends: %j', async (headers) => {
    const on = await httpStage();
    expect((await on.post(PING, { headers })).status).toBe(403);
    expect(await on.events('http.refused')).toMatchObject([{ data: { code: 'foreign_origin' } }]);
  });

  it('each of its own names, in any case, and its own origin', async () => {
    const on = await httpStage();
    for (const host of [HOST, 'LocalHost:8137']) {
      expect((await on.post(PING, { headers: { host } })).status).toBe(200);
    }
    expect((await on.post(PING, { headers: { origin: `http://${HOST}` } })).status).toBe(200);
  });
});

describe('routes', () => {
  it.each([METADATA, `${METADATA}/mcp`])(
    '%s tells clients what this is, under the name they used',
    async (path) => {
      const on = await httpStage();
      const answer = await on.get(path, { host: 'localhost:8137' });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({
        resource: 'http://localhost:8137/mcp',
        resource_name: 'Recourse gateway',
        bearer_methods_supported: ['header'],
      });
    },
  );

  it('/healthz says ok and no more, to anyone', async () => {
    const answer = await (await httpStage()).get('/healthz');
    expect([answer.status, await answer.text()]).toEqual([200, '{"status":"ok"}']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const head = await (await httpStage()).get('/healthz', {}, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    const other = await (await httpStage()).get('/healthz', {}, 'DELETE');
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each(['GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD'])('%s /mcp is 405', async (method) => {
    const on = await httpStage();
    const answer = await on.get('/mcp', { accept: 'text/event-stream', 'mcp-session-id': 'x' }, method);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each(['/', '/mcp/', '/MCP', '/api/approvals', '/console', '/a/apr_x', '/mcp/../healthz/x'])(
    '%s is 404 with any token',
    async (path) => {
      const on = await httpStage();
      expect((await on.post(PING, { path })).status).toBe(404);
      expect((await on.post(PING, { path, token: on.tokens.approver })).status).toBe(404);
    },
  );
});

describe('bodies', () => {
  it.each([
    ['another type', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a longer name', { 'content-type': 'application/jsonp' }],
    ['two types', { 'content-type': 'application/json, text/plain' }],
    ['compressed', { 'content-encoding': 'gzip' }],
  ])('415 for %s', async (_, headers) => {
    const on = await httpStage();
    expect((await on.post(PING, { headers })).status).toBe(415);
    expect(await on.events('http.refused')).toMatchObject([
      { actor: 'agent:agent-1', data: { code: 'not_json' } },
    ]);
  });

  it('a charset does not matter', async () => {
    const on = await httpStage();
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await on.post(PING, { headers })).status).toBe(200);
  });

  it('1 MB is served, one byte more is 413, declared or not', async () => {
    const on = await httpStage();
    const text = JSON.stringify(PING);
    expect((await on.post(text.padEnd(MAX_BODY_BYTES))).status).toBe(200);
    expect((await on.post(text.padEnd(MAX_BODY_BYTES + 1))).status).toBe(413);
    const declared = { 'content-length': String(MAX_BODY_BYTES + 1) };
    expect((await on.post(text, { headers: declared })).status).toBe(413);
    const lied = { 'content-length': '10' };
    expect((await on.post(text.padEnd(MAX_BODY_BYTES + 1), { headers: lied })).status).toBe(413);
    expect((await on.events('http.refused')).map((event) => event.data.code)).toEqual([
      'too_large',
      'too_large',
      'too_large',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'not json'],
    ['half of it', '{"jsonrpc":"2.0"'],
    ['two values', `${JSON.stringify(PING)}${JSON.stringify(PING)}`],
  ])('%s is 400 with the JSON-RPC code for it', async (_, text) => {
    const on = await httpStage();
    const answer = await on.post(text);
    expect([answer.status, (await answer.json()).error.code]).toEqual([400, -32700]);
    expect(await on.events('http.refused')).toMatchObject([{ data: { code: 'malformed' } }]);
  });

  it('bytes that are no UTF-8 are 400', async () => {
    const on = await httpStage();
    const answer = await on.app.fetch(
      new Request(`http://${HOST}/mcp`, {
        method: 'POST',
        headers: {
          host: HOST,
          'content-type': 'application/json',
          authorization: `Bearer ${on.tokens.agent}`,
        },
        body: Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":"'), Buffer.from([0xff]), Buffer.from('"}')]),
      }),
    );
    expect(answer.status).toBe(400);
  });

  it('nesting that would overflow a stack is refused before it is parsed', async () => {
    const on = await httpStage();
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
      const call = (depth: number) =>
        on.post(
          `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"gateway_get_plan","arguments":{"x":${nested(depth)}}}}`,
        );
      expect((await call(MAX_DEPTH - 3)).status).toBe(200);
      expect((await call(MAX_DEPTH)).status).toBe(400);
      expect((await call(100_000)).status).toBe(400);
    }
    expect((await on.post({ ...PING, id: '[{"\\'.repeat(1000) })).status).toBe(200);
    expect(on.h.reports).toEqual([]);
  });

  it.each([
    '42',
    'null',
    '{}',
    '[]',
    '"x"',
    '{"jsonrpc":"1.0","id":1,"method":"ping"}',
    '{"jsonrpc":"2.0","id":[],"method":"ping"}',
  ])('JSON that is no message is 400, and in the audit: %s', async (text) => {
    const on = await httpStage();
    const answer = await on.post(text);
    expect([answer.status, (await answer.json()).error.code]).toEqual([400, -32600]);
    expect(await on.events('call.malformed')).toMatchObject([{ actor: 'agent:agent-1' }]);
    expect(on.h.reports).toEqual([]);
  });
});

describe('floods', () => {
  it('write so many events a minute, then one with the count; those of agents are all written', async () => {
    const on = await httpStage();
    const total = REFUSALS_A_MINUTE + 40;
    await Promise.all(Array.from({ length: total }, () => on.post(PING, { token: null })));
    expect((await on.events('http.refused')).length).toBe(REFUSALS_A_MINUTE);
    await on.post('x');
    await on.get('/nothing');
    expect((await on.events('http.refused')).length).toBe(REFUSALS_A_MINUTE + 2);
    await on.app.settle();
    expect(await on.events('http.refused_more')).toEqual([]);

    on.h.now = new Date(on.h.now.getTime() + 60_000);
    await on.app.settle();
    await on.app.settle();
    expect(await on.events('http.refused_more')).toMatchObject([
      { data: { code: 'unauthenticated', count: 40, minute: '2026-03-01T12:00:00.000Z' } },
    ]);
    expect((await on.post(PING, { token: null })).status).toBe(401);
    expect((await on.events('http.refused')).length).toBe(REFUSALS_A_MINUTE + 3);
  });

  it('are summed up by the next refusal, and by closing, too', async () => {
    const on = await httpStage();
    const flood = () =>
      Promise.all(Array.from({ length: REFUSALS_A_MINUTE + 1 }, () => on.post(PING, { token: null })));
    await flood();
    on.h.now = new Date(on.h.now.getTime() + 3_600_000);
    await flood();
    expect((await on.events('http.refused_more')).map((event) => event.data.count)).toEqual([1]);
    await on.app.close();
    expect((await on.events('http.refused_more')).map((event) => event.data.count)).toEqual([1, 1]);
  });
});

describe('sessions and eras', () => {
  it('a session is neither given nor needed, and one that is sent is ignored', async () => {
    const on = await httpStage();
    const answer = await on.post(INITIALIZE);
    expect(answer.headers.get('mcp-session-id')).toBeNull();
    expect((await answer.json()).result).toMatchObject({ protocolVersion: '2025-06-18' });
    const headers = { 'mcp-session-id': 'made-up', 'mcp-protocol-version': '2025-06-18' };
    const listed = await on.post({ jsonrpc: '2.0', id: 'a', method: 'tools/list' }, { headers });
    expect((await listed.json()).result.tools).toHaveLength(14);
    expect(listed.headers.get('mcp-session-id')).toBeNull();
  });

  it.each(['2024-10-07', '2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    'speaks %s',
    async (version) => {
      const on = await httpStage();
      const hello = { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: version } };
      expect((await (await on.post(hello)).json()).result.protocolVersion).toBe(version);
      const answer = await on.post(PING, { headers: { 'mcp-protocol-version': version } });
      expect([answer.status, await answer.json()]).toEqual([200, { jsonrpc: '2.0', id: 1, result: {} }]);
    },
  );

  it('speaks 2026-07-28: discovery, the list and calls, each one JSON body', async () => {
    const on = await httpStage();
    const asked = async (method: string, params: Record<string, unknown> = {}) => {
      const { message, headers } = modern(method, params);
      const answer = await on.post(message, { headers });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
      return answer.json();
    };
    const found = (await asked('server/discover')).result;
    expect(found.supportedVersions).toContain('2026-07-28');
    expect(found.capabilities).toEqual({ tools: { listChanged: false } });
    expect((await asked('tools/list')).result.tools).toHaveLength(14);
    const called = await asked('tools/call', { name: 'gateway_get_plan', arguments: { plan_id: 'plan_x' } });
    expect(called.result.structuredContent.error.code).toBe('plan_not_found');
    // A stream that is never used would keep a Lambda busy until it is ended.
    expect((await asked('subscriptions/listen', { notifications: {} })).error).toBeDefined();
  });

  it.each([
    ['an unknown version', PING, { 'mcp-protocol-version': '1999-01-01' }, -32000],
    ['a version that is none', PING, { 'mcp-protocol-version': 'x' }, -32602],
    ['2026-07-28 without its envelope', PING, { 'mcp-protocol-version': '2026-07-28' }, -32602],
    [
      'an envelope of another version than the header',
      modern('tools/list').message,
      { ...modern('tools/list').headers, 'mcp-protocol-version': '2025-11-25' },
      -32020,
    ],
    ['an envelope without the header', modern('tools/list').message, {}, -32020],
    [
      'a header that names another tool',
      modern('tools/call', { name: 'gateway_terraform_apply', arguments: {} }).message,
      modern('tools/call', { name: 'gateway_get_plan' }).headers,
      -32020,
    ],
  ])('%s is 400, audited, and runs nothing', async (_, message, headers, code) => {
    const on = await httpStage();
    const answer = await on.post(message, { headers });
    expect([answer.status, (await answer.json()).error.code]).toEqual([400, code]);
    expect(await on.events('call.malformed')).toHaveLength(1);
    expect(await on.events('call.received')).toEqual([]);
  });

  it('unknown methods and tools are JSON-RPC errors, and in the audit', async () => {
    const on = await httpStage();
    const unknown = await (await on.post({ jsonrpc: '2.0', id: 1, method: 'no/such' })).json();
    expect(unknown.error.code).toBe(-32601);
    expect((await (await on.post(toolCall('no_such'))).json()).error.code).toBe(-32602);
    const { message, headers } = modern('no/such');
    expect((await (await on.post(message, { headers })).json()).error.code).toBe(-32601);
    expect(await on.events('call.malformed')).toHaveLength(2);
    expect(await on.events('call.received')).toMatchObject([{ data: { tool: 'no_such' } }]);
  });

  it('notifications and answers to nothing are 202 without a body', async () => {
    const on = await httpStage();
    for (const message of [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
      { jsonrpc: '2.0', id: 7, result: {} },
    ]) {
      const answer = await on.post(message);
      expect([answer.status, await answer.text()]).toEqual([202, '']);
    }
  });

  it('a client that takes only JSON is served', async () => {
    const on = await httpStage();
    for (const accept of ['application/json', '*/*']) {
      expect((await on.post(PING, { headers: { accept } })).status).toBe(200);
    }
  });
});

describe('batches', () => {
  const batch = [PING, { ...PING, id: 2 }, { jsonrpc: '2.0', method: 'notifications/initialized' }];

  it.each([{}, { 'mcp-protocol-version': '2025-03-26' }, { 'mcp-protocol-version': '2024-11-05' }])(
    'are answered where the era has them: %j',
    async (headers: Record<string, string>) => {
      const on = await httpStage();
      const answer = await on.post(batch, { headers });
      expect(await answer.json()).toEqual([
        { jsonrpc: '2.0', id: 1, result: {} },
        { jsonrpc: '2.0', id: 2, result: {} },
      ]);
    },
  );

  it.each(['2025-06-18', '2025-11-25'])('are refused in %s, which has none', async (version) => {
    const on = await httpStage();
    const answer = await on.post(batch, { headers: { 'mcp-protocol-version': version } });
    expect([answer.status, (await answer.json()).error.code]).toEqual([400, -32600]);
    expect(await on.events('call.malformed')).toHaveLength(1);
  });

  it('are refused in 2026-07-28, and with one message of it among others', async () => {
    const on = await httpStage();
    const { message, headers } = modern('tools/list');
    expect((await on.post([message], { headers })).status).toBe(400);
    expect((await on.post([PING, message])).status).toBe(400);
  });

  it('leave no request without an answer: cancelled, or with an id used twice', async () => {
    const on = await httpStage();
    const call = toolCall('gateway_get_plan', { plan_id: 'plan_x' });
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    const answers = await (await on.post([call, cancel, call])).json();
    expect(answers.map((each: { id: number }) => each.id)).toEqual([1, 1]);
    expect(await on.events('call.received')).toHaveLength(2);
  });

  it('of notifications alone are 202; too long, empty, or with an initialize are 400', async () => {
    const on = await httpStage();
    const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
    expect((await on.post([note, note])).status).toBe(202);
    expect((await on.post(Array.from({ length: 101 }, () => PING))).status).toBe(400);
    expect((await on.post([])).status).toBe(400);
    expect((await on.post([INITIALIZE, PING])).status).toBe(400);
    expect((await on.post([PING, 42])).status).toBe(400);
  });
});

describe('when something is broken', () => {
  it('a store that cannot be read lets nobody in', async () => {
    const on = await httpStage();
    on.h.ctx.store.get = () => Promise.reject(new Error('the disk is gone'));
    const answer = await on.post(toolCall('gateway_get_plan', { plan_id: 'plan_x' }));
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('disk')]);
    expect(on.h.reports.join()).toContain('the disk is gone');
  });

  it('an audit that cannot be written refuses still, and says so to the operator', async () => {
    const on = await httpStage();
    on.h.ctx.audit.append = () => Promise.reject(new Error('the disk is full'));
    expect((await on.post(PING, { token: null })).status).toBe(401);
    expect(on.h.reports.join()).toContain('the disk is full');
  });
});
