/** Break-glass, overrides, reviews and stopping a run, through the API as people reach them. */
import { describe, expect, it } from 'vitest';
import type { ApprovalRecord } from '../../lib/core/approval.ts';
import { type parsePlanId, reviewIdOf, runIdOf } from '../../lib/core/ids.ts';
import { refuse } from '../../lib/core/refusal.ts';
import type { RunRecord } from '../../lib/core/run.ts';
import { LOCAL_TOKEN, type Setting, type Stage, stage } from './stage.ts';

const BOSS = 'boss@example.com';
const ALICE = 'alice@example.com';
const SETTING: Setting = {
  approvers: [ALICE],
  roles: { override: [BOSS], break_glass: [BOSS], operator: ['olga@example.com'] },
};

async function as(on: Stage, email: string) {
  const token = await on.approverToken(email);
  return {
    post: async (path: string, body: unknown) => answer(await on.api(path, body, token)),
    get: async (path: string) => answer(await on.api(path, undefined, token)),
    remove: async (path: string, body: unknown) =>
      answer(
        await on.request(path, {
          method: 'DELETE',
          body: JSON.stringify(body),
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        }),
      ),
  };
}

async function answer(response: Response) {
  return { status: response.status, body: await response.json() };
}

function code(given: { body: { error?: { code: string } } }): string | undefined {
  return given.body.error?.code;
}

async function running(on: Stage, approval: ApprovalRecord, over: Partial<RunRecord> = {}): Promise<string> {
  const plan_id = approval.plan_id;
  const run = {
    state: 'running',
    run_id: runIdOf(plan_id),
    plan_id,
    environment: 'prod',
    caller: { agent: 'claude', human: null },
    digest: approval.digest,
    approval_id: approval.approval_id,
    lane: 'terraform-apply',
    decision: 'escalate',
    overrides: [],
    break_glass_id: null,
    started_at: on.clock.now().toISOString(),
    owner: { host: 'h', pid: 1, started: 's' },
    audit: approval.audit,
    ...over,
  } as RunRecord;
  await on.store.create('run', run.run_id, run);
  return run.run_id;
}

describe('break-glass', () => {
  it('is recorded, signed, an alarm, told to everybody and open to review', async () => {
    const on = await stage(SETTING);
    const { plan_id } = await on.ask();
    const boss = await as(on, BOSS);
    const done = await boss.post('/api/break-glass', { plan_id, reason: 'the site\n is down' });
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({ plan_id, by: BOSS, reason: 'the site is down', run_id: null });
    expect(done.body.note).toContain('repeat its call');
    expect(Date.parse(done.body.expires_at) - on.clock.at.getTime()).toBe(900_000);
    expect(on.audit.types()).toContain('alarm.break_glass');
    expect(on.told.map((event) => event.kind)).toEqual(['break_glass_used', 'review_open']);
    expect(String(on.errors)).toContain('ALARM');
    const open = await boss.get('/api/reviews');
    expect(open.body.reviews).toMatchObject([{ state: 'open', by: BOSS, plan_id }]);

    const again = await boss.post('/api/break-glass', { plan_id, reason: 'again' });
    expect(again.body).toMatchObject({ repeated: true, break_glass_id: done.body.break_glass_id });
    expect(on.told).toHaveLength(2);
  });

  it('starts the plan at once where this side may', async () => {
    const started: string[] = [];
    const startRun = async (plan: { plan_id: ReturnType<typeof parsePlanId> & string }) => {
      started.push(plan.plan_id);
      return { run_id: runIdOf(plan.plan_id) };
    };
    const on = await stage({ ...SETTING, startRun });
    const { plan_id } = await on.ask();
    const done = await (await as(on, BOSS)).post('/api/break-glass', {
      plan_id,
      reason: 'now',
      ttl_seconds: 60,
    });
    expect(done.body).toMatchObject({ run_id: runIdOf(plan_id), note: null });
    expect(started).toEqual([plan_id]);
  });

  it('says why the plan did not start', async () => {
    const on = await stage({ ...SETTING, startRun: async () => refuse('plan_tampered', 'Bytes changed.') });
    const { plan_id } = await on.ask();
    const done = await (await as(on, BOSS)).post('/api/break-glass', { plan_id, reason: 'now' });
    expect(done.body).toMatchObject({ run_id: null, note: 'It did not start: Bytes changed.' });
  });

  it.each([
    ['by an approver without the role', ALICE, {}, 403, 'not_allowed'],
    ['without a reason', BOSS, { reason: ' \u202e ' }, 400, 'reason_required'],
    ['for too long', BOSS, { ttl_seconds: 3601 }, 400, 'invalid_ttl'],
    ['for no time', BOSS, { ttl_seconds: 0 }, 400, 'invalid_ttl'],
    ['for no plan', BOSS, { plan_id: 'plan_x' }, 404, 'plan_not_found'],
    ['with something more', BOSS, { force: true }, 400, 'invalid_arguments'],
  ] as const)('is refused %s, and that is on record', async (_what, who, over, status, expected) => {
    const on = await stage(SETTING);
    const { plan_id } = await on.ask();
    const done = await (await as(on, who)).post('/api/break-glass', { plan_id, reason: 'now', ...over });
    expect([done.status, code(done)]).toEqual([status, expected]);
    expect(on.audit.types().some((type) => type.endsWith('.refused'))).toBe(true);
    expect(await on.store.get('break_glass', plan_id)).toBeNull();
    expect(on.told).toEqual([]);
  });

  it.each([
    ['expired', { plan: { expires_at: '2026-03-01T12:00:00.000Z' } }, 'plan_expired'],
    ['on the shell block list', { plan: { classes: ['shell_blocked'] } }, 'never_broken'],
    [
      "about the gateway's own resources",
      { plan: { classes: ['gateway_self_modification'] } },
      'never_broken',
    ],
    ['ready', { plan: { state: 'ready' } }, 'not_needed'],
    ['of another environment', { plan: { environment: 'dev' } }, 'plan_not_found'],
  ] as const)('is refused for a plan that is %s', async (_what, changes, expected) => {
    const on = await stage(SETTING);
    const { plan_id } = await on.ask({ plan: { ...changes.plan } });
    const done = await (await as(on, BOSS)).post('/api/break-glass', { plan_id, reason: 'now' });
    expect(code(done)).toBe(expected);
    expect(await on.store.get('review', reviewIdOf('bg_' as never))).toBeNull();
  });

  it('is refused once the plan has run', async () => {
    const on = await stage(SETTING);
    const approval = await on.ask();
    await running(on, approval);
    const done = await (await as(on, BOSS)).post('/api/break-glass', {
      plan_id: approval.plan_id,
      reason: 'now',
    });
    expect(code(done)).toBe('plan_used');
  });

  it('does not happen where the audit cannot be written', async () => {
    const on = await stage(SETTING);
    const { plan_id } = await on.ask();
    const boss = await as(on, BOSS);
    on.audit.broken = true;
    expect((await boss.post('/api/break-glass', { plan_id, reason: 'now' })).status).toBe(503);
    expect(await on.store.get('break_glass', plan_id)).toBeNull();
  });

  it('is done by one of two who do it in the same moment', async () => {
    const on = await stage({ ...SETTING, roles: { break_glass: [BOSS, ALICE] } });
    const { plan_id } = await on.ask();
    const [boss, alice] = [await as(on, BOSS), await as(on, ALICE)];
    const both = await Promise.all(
      [boss, alice].map((each) => each.post('/api/break-glass', { plan_id, reason: 'now' })),
    );
    expect(both.map((each) => each.status).sort()).toEqual([200, 409]);
  });

  it('can be done anew once the first has expired unused', async () => {
    const on = await stage(SETTING);
    const { plan_id } = await on.ask();
    const boss = await as(on, BOSS);
    const first = await boss.post('/api/break-glass', { plan_id, reason: 'now', ttl_seconds: 60 });
    on.clock.at = new Date(on.clock.at.getTime() + 61_000);
    const second = await boss.post('/api/break-glass', { plan_id, reason: 'again' });
    expect(second.body).toMatchObject({ repeated: false });
    expect(second.body.break_glass_id).not.toBe(first.body.break_glass_id);
    expect((await boss.get('/api/reviews')).body.reviews).toHaveLength(2);
  });

  it('is nobody’s but the person’s at the machine where the policy names nobody', async () => {
    const on = await stage();
    const { plan_id } = await on.ask();
    const eve = await (await as(on, 'eve@example.com')).post('/api/break-glass', { plan_id, reason: 'x' });
    expect(code(eve)).toBe('not_allowed');
    expect((await on.api('/api/break-glass', { plan_id, reason: 'x' })).status).toBe(200);
  });

  it('is not to be had with an agent’s token, nor from another site', async () => {
    const on = await stage();
    const { plan_id } = await on.ask();
    const agent = await on.agentToken('claude');
    expect((await on.api('/api/break-glass', { plan_id, reason: 'x' }, agent)).status).toBe(401);
    const foreign = await on.api('/api/break-glass', { plan_id, reason: 'x' }, LOCAL_TOKEN, {
      origin: 'https://evil.example',
    });
    expect(foreign.status).toBe(403);
    const { cookie } = await on.browser('local:ada');
    const without = await on.request('/api/break-glass', {
      method: 'POST',
      body: JSON.stringify({ plan_id, reason: 'x' }),
      headers: { cookie, 'content-type': 'application/json', origin: on.deps.origin },
    });
    expect(without.status).toBe(403);
  });
});

describe('a review', () => {
  async function opened(setting: Setting = SETTING) {
    const on = await stage(setting);
    const { plan_id } = await on.ask();
    const done = await (await as(on, BOSS)).post('/api/break-glass', { plan_id, reason: 'now' });
    return { on, path: `/api/reviews/${done.body.review_id}/close` };
  }

  it('is closed by somebody else, with a comment, once', async () => {
    const { on, path } = await opened();
    const alice = await as(on, ALICE);
    expect(code(await alice.post(path, { comment: ' ' }))).toBe('reason_required');
    const closed = await alice.post(path, { comment: 'looked at it with Bob' });
    expect(closed.body).toMatchObject({
      state: 'closed',
      closed: { by: ALICE, comment: 'looked at it with Bob' },
    });
    expect(code(await alice.post(path, { comment: 'again' }))).toBe('already_closed');
    expect((await alice.get('/api/reviews')).body.reviews).toEqual([]);
    expect((await alice.get('/api/reviews?status=all')).body.reviews).toHaveLength(1);
  });

  it('is not closed by who broke the glass, in whatever case, nor by somebody without a role', async () => {
    const { on, path } = await opened();
    expect(code(await (await as(on, 'BOSS@example.com')).post(path, { comment: 'fine' }))).toBe('own_deed');
    const auditors = await opened({
      ...SETTING,
      roles: { ...SETTING.roles, auditor: ['audrey@example.com'], viewer: ['vera@example.com'] },
    });
    const vera = await as(auditors.on, 'vera@example.com');
    expect(code(await vera.post(auditors.path, { comment: 'fine' }))).toBe('not_allowed');
    const eve = await as(auditors.on, 'eve@example.com');
    expect(code(await eve.post(auditors.path, { comment: 'fine' }))).toBe('no_role');
    const audrey = await as(auditors.on, 'audrey@example.com');
    expect((await audrey.post(auditors.path, { comment: 'fine' })).status).toBe(200);
  });

  it('stays open whatever is written into its record without a signature', async () => {
    const { on, path } = await opened();
    const id = path.split('/')[3] ?? '';
    const found = await on.store.get('review', id);
    if (found === null) throw new Error('no review');
    const { review_id, break_glass_id, environment } = found.value;
    await on.store.replace('review', id, found.version, {
      ...found.value,
      closed: {
        ...{ review_id, break_glass_id, environment, closed_by: ALICE, comment: 'fine', closed_at: 'x' },
        signature: Buffer.alloc(64, 1).toString('base64'),
        audit: found.value.audit,
      },
    });
    expect((await (await as(on, ALICE)).get('/api/reviews')).body.reviews).toMatchObject([{ state: 'open' }]);
  });
});

describe('an override', () => {
  const body = {
    scope: { action: 'terraform-apply', agent: 'claude' },
    reason: 'release',
    ttl_seconds: 3600,
  };

  it('is made, listed with its end, and revoked', async () => {
    const on = await stage(SETTING);
    const boss = await as(on, BOSS);
    const made = await boss.post('/api/overrides', body);
    expect(made.body).toMatchObject({
      state: 'active',
      by: BOSS,
      scope: { action: 'terraform-apply', class: null, address: null, agent: 'claude' },
    });
    expect(on.told).toMatchObject([{ kind: 'override_made', by: BOSS }]);
    const again = await boss.post('/api/overrides', body);
    expect(again.body.override_id).toBe(made.body.override_id);
    const id = made.body.override_id;
    const olga = await as(on, 'olga@example.com');
    expect((await olga.get('/api/overrides')).body.overrides).toHaveLength(1);
    expect(code(await (await as(on, ALICE)).remove(`/api/overrides/${id}`, { reason: 'no' }))).toBe(
      'not_allowed',
    );
    const gone = await olga.remove('/api/overrides', { override_id: id, reason: 'done' });
    expect(gone.body).toMatchObject({
      state: 'revoked',
      revoked: { by: 'olga@example.com', reason: 'done' },
    });
    expect((await olga.get('/api/overrides')).body.overrides).toEqual([]);
    expect((await olga.get('/api/overrides?status=all')).body.overrides).toHaveLength(1);
    expect(on.audit.types()).toEqual(
      expect.arrayContaining(['override.made', 'override.revoked', 'override.refused']),
    );
  });

  it('ends by itself', async () => {
    const on = await stage(SETTING);
    const boss = await as(on, BOSS);
    await boss.post('/api/overrides', body);
    on.clock.at = new Date(on.clock.at.getTime() + 3_600_000);
    expect((await boss.get('/api/overrides')).body.overrides).toEqual([]);
    expect((await boss.get('/api/overrides?status=all')).body.overrides).toMatchObject([
      { state: 'expired' },
    ]);
  });

  it.each([
    ['for everything', { scope: {} }, 400, 'scope_required'],
    ['for everything an agent does', { scope: { agent: 'claude' } }, 400, 'scope_required'],
    ['for more than a day', { ttl_seconds: 86_401 }, 400, 'invalid_ttl'],
    ['without a reason', { reason: '' }, 400, 'reason_required'],
    ['of what has a floor', { scope: { class: 'code_execution' } }, 409, 'never_lowered'],
    ['of the shell', { scope: { action: 'shell' } }, 409, 'never_lowered'],
    ['of an exec', { scope: { action: 'kubectl-exec' } }, 409, 'never_lowered'],
    ['of an unknown class', { scope: { class: 'everything' } }, 400, 'invalid_arguments'],
    ['with an address that hides something', { scope: { address: 'aws_*\u202e' } }, 400, 'invalid_arguments'],
  ] as const)('is refused %s', async (_what, over, status, expected) => {
    const on = await stage(SETTING);
    const made = await (await as(on, BOSS)).post('/api/overrides', { ...body, ...over });
    expect([made.status, code(made)]).toEqual([status, expected]);
    expect((await (await as(on, BOSS)).get('/api/overrides?status=all')).body.overrides).toEqual([]);
  });

  it('is refused to whoever has no such role', async () => {
    const on = await stage(SETTING);
    expect(code(await (await as(on, ALICE)).post('/api/overrides', body))).toBe('not_allowed');
  });
});

describe('stopping a run', () => {
  it('asks whoever runs it, and says what may be half done', async () => {
    const on = await stage(SETTING);
    const run_id = await running(on, await on.ask());
    const olga = await as(on, 'olga@example.com');
    const done = await olga.post(`/api/runs/${run_id}/cancel`, { reason: 'wrong workspace' });
    expect(done.body).toMatchObject({
      run_id,
      state: 'running',
      stop: { by: 'olga@example.com', reason: 'wrong workspace' },
    });
    expect(done.body.may_be_half_done).toContain('stays changed');
    expect(on.stopped).toEqual([run_id]);
    const again = await olga.post(`/api/runs/${run_id}/cancel`, { reason: 'still' });
    expect(again.body.stop.reason).toBe('wrong workspace');
    expect(on.audit.types()).toContain('run.cancel_requested');
  });

  it.each([
    ['by somebody who is no operator', ALICE, 'not_allowed', {}, 'why'],
    ['without a reason', 'olga@example.com', 'reason_required', {}, ''],
    [
      'of a run that is over',
      'olga@example.com',
      'run_over',
      {
        state: 'succeeded',
        finished_at: 'x',
        result: { exit_code: 0, output: null, stderr: null, error: null, produced_plan: null },
      },
      'why',
    ],
    ['of a run of another environment', 'olga@example.com', 'run_not_found', { environment: 'dev' }, 'why'],
  ] as const)('is refused %s', async (_what, who, expected, over, reason) => {
    const on = await stage(SETTING);
    const run_id = await running(on, await on.ask(), over as Partial<RunRecord>);
    const done = await (await as(on, who)).post(`/api/runs/${run_id}/cancel`, { reason });
    expect(code(done)).toBe(expected);
    expect(on.stopped).toEqual([]);
    expect(await on.store.get('stop_request', run_id)).toBeNull();
  });
});

describe('looking', () => {
  it('lists plans and runs, and shows a run with its output page by page', async () => {
    const on = await stage(SETTING);
    const approval = await on.ask();
    const output = await on.blobs.put(new TextEncoder().encode('é'.repeat(40_000)));
    const result = { exit_code: 0, output, stderr: null, error: null, produced_plan: null };
    const run_id = await running(on, approval, {
      state: 'succeeded',
      finished_at: 'x',
      result,
    } as Partial<RunRecord>);
    const alice = await as(on, ALICE);
    expect((await alice.get('/api/plans')).body.plans).toMatchObject([{ plan_id: approval.plan_id }]);
    expect((await alice.get('/api/runs')).body.runs).toMatchObject([{ run_id, state: 'succeeded' }]);
    const first = (await alice.get(`/api/runs/${run_id}`)).body;
    expect(first.output).toMatchObject({ kind: 'text', from: 0, next: 65_536, total: 80_000 });
    const second = (await alice.get(`/api/runs/${run_id}?from=${first.output.next}`)).body;
    expect(second.output).toMatchObject({ next: null });
    expect(first.output.text + second.output.text).toBe('é'.repeat(40_000));
    expect((await alice.get(`/api/plans/${approval.plan_id}`)).body.run).toMatchObject({ run_id });
    for (const path of ['/api/runs/run_x', '/api/plans/plan_x', `/api/runs/${run_id}?from=-1`]) {
      expect((await alice.get(path)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('filters the audit, and keeps it from strangers where auditors are named', async () => {
    const on = await stage({
      ...SETTING,
      roles: { ...SETTING.roles, auditor: ['audrey@example.com'], viewer: ['vera@example.com'] },
    });
    const { plan_id } = await on.ask();
    await (await as(on, BOSS)).post('/api/break-glass', { plan_id, reason: 'now' });
    const audrey = await as(on, 'audrey@example.com');
    const types = async (query: string) =>
      (await audrey.get(`/api/audit?${query}`)).body.events.map((event: { type: string }) => event.type);
    expect(await types('type=alarm')).toEqual(['alarm.break_glass']);
    expect(await types(`about=${plan_id}&actor=${BOSS}`)).toEqual(['alarm.break_glass']);
    expect(await types('actor=human:nobody@example.com')).toEqual([]);
    expect(await types('since=2026-03-01T12:00:00.001Z')).toEqual([]);
    expect(await types('until=2026-03-02&type=alarm')).toEqual(['alarm.break_glass']);
    expect((await audrey.get('/api/audit?since=yesterday')).status).toBe(400);
    expect(code(await (await as(on, 'vera@example.com')).get('/api/audit'))).toBe('not_allowed');
    expect(code(await (await as(on, 'eve@example.com')).get('/api/audit'))).toBe('no_role');
    expect((await (await as(on, ALICE)).get('/api/audit')).status).toBe(200);
  });
});
