import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { takeDecision } from '../../lib/control/inbound.ts';
import type { ApprovalRecord } from '../../lib/core/approval.ts';
import type { ServiceNowSettings } from '../../lib/core/policy/providers.ts';
import { pollServiceNow } from '../../lib/notices/servicenow/poll.ts';
import { serviceNowProvider } from '../../lib/notices/servicenow/provider.ts';
import { signedInbound } from '../../lib/notices/webhook/inbound.ts';
import type { Setting } from '../control/stage.ts';
import { type ServiceNowServer, serviceNowServer } from '../support/providers/servicenow.ts';
import { json } from '../support/providers/web.ts';
import { noticeStage, requested, secretsOf } from './stage.ts';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
const CALLBACK = Buffer.from('the secret of the callbacks').toString('base64');

const open: ServiceNowServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function changed(setting: Setting = { approvers: [ALICE, BOB] }, password = 'correct horse') {
  const now = await serviceNowServer({ user: 'recourse', password: 'correct horse' });
  open.push(now);
  const settings: ServiceNowSettings = {
    instance: now.origin,
    user: 'recourse',
    password: 'PASSWORD',
    assignmentGroup: 'CAB',
    approvers: { 'alice.smith': ALICE, 'bob.jones': BOB },
    callbackSecret: 'CALLBACK',
    pollSeconds: 60,
  };
  const secrets = secretsOf({ PASSWORD: password, CALLBACK: `whsec_${CALLBACK}` });
  const inbound = signedInbound('servicenow', 'CALLBACK', settings.approvers, secrets);
  const on = await noticeStage([serviceNowProvider(settings, secrets)], setting, [inbound]);
  const told = async (ask: Parameters<typeof on.ask>[0] = {}) => {
    const approval = await on.ask(ask);
    await on.box.tell(requested(approval));
    await on.box.work();
    return approval;
  };
  const poll = () =>
    pollServiceNow(on.deps, settings, secrets, (decision) =>
      takeDecision(on.control, 'servicenow', decision),
    );
  const votes = async ({ approval_id }: ApprovalRecord) =>
    (await on.store.list('vote', { under: approval_id, order: 'oldest_first', limit: 10 })).items;
  /** As a business rule there signs it: the key in base64, the MAC in base64. */
  const callBack = (body: unknown, key = CALLBACK) => {
    const text = JSON.stringify(body);
    const timestamp = String(Math.floor(on.clock.now().getTime() / 1000));
    const mac = createHmac('sha256', Buffer.from(key, 'base64'))
      .update(`x1.${timestamp}.${text}`)
      .digest('base64');
    return on.post('/integrations/servicenow', text, {
      'webhook-id': 'x1',
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${mac}`,
    });
  };
  const change = () => now.changes[0] ?? {};
  return { ...on, now, told, poll, votes, callBack, change };
}

describe('a change request', () => {
  it('holds the evaluation, and what binds it to the plan', async () => {
    const on = await changed();
    const approval = await on.told();
    expect(on.change()).toMatchObject({
      type: 'normal',
      assignment_group: 'CAB',
      correlation_id: approval.approval_id,
      correlation_display: approval.digest,
      short_description: '[prod] Decide: apply Terraform changes (1 change cannot be undone)',
    });
    expect(on.change().description).toContain('- DELETE aws_db_instance.main: cannot be undone.');
    expect(on.change().description).toContain('| The old database is not used any more.');
  });

  it('is made once although its answer is lost', async () => {
    const on = await changed();
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    on.now.next(json(200, { result: [] }));
    // It is made there, and nobody hears of it.
    const real = on.now.asked.length;
    await on.box.work();
    expect(on.now.asked.length - real).toBe(2);
    expect(on.now.changes).toHaveLength(1);
    const [notice] = await on.notices();
    const found = notice === undefined ? null : await on.store.get('notice', notice.notice_id);
    if (found?.value.state !== 'delivered') throw new Error('not delivered');
    const { receipt: _, ended_at: __, ...rest } = found.value;
    const lost = { ...rest, state: 'waiting', next_at: on.clock.now().toISOString(), problem: null } as const;
    await on.store.replace('notice', lost.notice_id, found.version, lost);
    await on.box.work();
    expect(on.now.changes).toHaveLength(1);
    expect((await on.notices())[0]).toMatchObject({
      state: 'delivered',
      receipt: { sys_id: on.change().sys_id },
    });
  });

  it('says how it went, whoever decided and wherever', async () => {
    const on = await changed();
    const approval = await on.told();
    await on.decide(approval, BOB, 'reject', 'Not in the freeze [code]<img src=x onerror=alert(1)>[/code]');
    await on.box.work();
    expect(on.change().approval).toBe('rejected');
    expect(on.change().work_notes).toContain(`Rejected by ${BOB}. Nothing runs.`);
    expect(on.change().work_notes).toContain('Not in the freeze');
    expect(on.change().work_notes).not.toMatch(/\[\/?code\]/);
  });

  it('cannot be made to show what an agent wrote as HTML, nor to take more than fits', async () => {
    const on = await changed();
    const evil = `[code]<script>alert(1)</script>[/code] [ /CODE] ${'x'.repeat(9_000)}`;
    await on.told({ approval: { reason: evil, operation: evil, target: evil } });
    expect(on.change().description).not.toMatch(/\[\/?code\]/i);
    expect((on.change().description ?? '').length).toBeLessThan(4_000);
  });
});

describe('polling', () => {
  it('takes what mapped approvers decided there, each once', async () => {
    const on = await changed({ approvers: [ALICE, BOB], quorum: 2 });
    const approval = await on.told();
    expect(await on.poll()).toBe(0);
    on.now.answer(on.change(), 'alice.smith', 'requested');
    expect(await on.poll()).toBe(0);
    on.now.answer(on.change(), 'alice.smith', 'approved');
    expect(await on.poll()).toBe(1);
    expect(await on.poll()).toBe(0);
    expect((await on.votes(approval)).map((each) => each.approver)).toEqual([ALICE]);
    on.now.answer(on.change(), 'bob.jones', 'rejected', 'too risky');
    await on.poll();
    const cast = (await on.votes(approval)).find((each) => each.approver === BOB);
    expect(cast).toMatchObject({ verdict: 'reject', reason: 'too risky' });
    expect(on.audit.events.filter((each) => each.type === 'vote.cast').map((each) => each.data.via)).toEqual([
      'servicenow',
      'servicenow',
    ]);
  });

  it('believes nobody who is not mapped, says so once, and not the state that we wrote ourselves', async () => {
    const on = await changed();
    const approval = await on.told();
    on.change().approval = 'approved';
    on.now.answer(on.change(), 'admin', 'approved');
    for (let i = 0; i < 5; i++) await on.poll();
    expect(await on.votes(approval)).toEqual([]);
    expect(on.audit.types().filter((type) => type === 'integration.refused')).toHaveLength(1);
  });

  it('asks nothing where nothing waits, and says what is wrong where it cannot ask', async () => {
    const on = await changed();
    const approval = await on.told();
    on.now.next(json(429, { error: { message: 'Too many requests' } }, { 'retry-after': '5' }));
    await expect(on.poll()).rejects.toThrow('ServiceNow answered 429: Too many requests');
    await on.decide(approval, ALICE, 'approve');
    const asked = on.now.asked.length;
    await on.poll();
    expect(on.now.asked.length).toBe(asked);
  });
});

describe('a callback', () => {
  const body = ({ approval_id, digest }: ApprovalRecord, more: object = {}) => ({
    ...{ approval_id, digest, verdict: 'approve', approver: 'alice.smith' },
    ...more,
  });

  it('decides as the mapped approver, once', async () => {
    const on = await changed();
    const approval = await on.told();
    expect((await on.callBack(body(approval))).status).toBe(200);
    expect((await on.votes(approval))[0]).toMatchObject({ approver: ALICE, verdict: 'approve' });
    expect((await on.callBack(body(approval))).status).toBe(409);
    await on.box.work();
    expect(on.change().approval).toBe('approved');
  });

  it('is refused with another secret, and for nobody', async () => {
    const on = await changed();
    const approval = await on.told();
    const wrong = Buffer.from('another secret altogether').toString('base64');
    expect((await on.callBack(body(approval), wrong)).status).toBe(401);
    expect((await on.callBack(body(approval, { approver: 'admin' }))).status).toBe(403);
    expect(await on.votes(approval)).toEqual([]);
  });
});

describe('an instance that does not work', () => {
  it.each([
    ['refuses the login', json(401, { error: { message: 'User Not Authenticated' }, status: 'failure' })],
    ['hibernates and answers with a page', { status: 200, body: '<html>Hibernating</html>' }],
    ['is down', { status: 503, headers: { 'retry-after': '120' } }],
    ['cuts the line', { status: 200, cut: true }],
  ])('because it %s: it is tried again, and the request can be decided', async (_, answer) => {
    const on = await changed();
    on.now.next(answer);
    const approval = await on.told();
    expect((await on.notices())[0]).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(JSON.stringify([await on.notices(), on.audit.events])).not.toContain('correct horse');
    expect(await on.decide(approval, ALICE, 'approve')).toMatchObject({ refused: false });
    on.advance(600_000);
    await on.box.work();
    expect(on.now.changes).toHaveLength(0);
    const states = (await on.notices()).map((each) => each.state);
    expect(states).toEqual(['skipped', 'skipped']);
  });
});
