import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApprovalRecord } from '../../lib/core/approval.ts';
import type { WebhookSettings } from '../../lib/core/policy/providers.ts';
import { webhookInbound } from '../../lib/notices/webhook/inbound.ts';
import { webhookProvider } from '../../lib/notices/webhook/provider.ts';
import type { Setting } from '../control/stage.ts';
import { type Answered, type WebServer, webServer } from '../support/providers/web.ts';
import { noticeStage, requested, secretsOf } from './stage.ts';

const ALICE = 'alice@example.com';
const OUT = `whsec_${Buffer.from('the secret of what goes out').toString('base64')}`;
const IN = 'the secret of what comes in, plain';

const open: WebServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function hooked(setting: Setting = { approvers: [ALICE] }, out = OUT, path = '/hook?token=in-the-url') {
  const receiver = await webServer(() => ({ status: 204 }));
  open.push(receiver);
  const settings: WebhookSettings = {
    url: `${receiver.origin}${path}`,
    secret: 'OUT',
    inboundSecret: 'IN',
    approvers: { alice: ALICE },
  };
  const secrets = secretsOf({ OUT: out, IN });
  const clock = { now: () => on.clock.now() };
  const inbound = webhookInbound(settings, secrets);
  const provider = webhookProvider(settings, secrets, clock);
  const on = await noticeStage([provider], setting, inbound === null ? [] : [inbound]);
  const told = async () => {
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    return approval;
  };
  const votes = async ({ approval_id }: ApprovalRecord) =>
    (await on.store.list('vote', { under: approval_id, order: 'oldest_first', limit: 10 })).items;
  /** As the other system sends it. */
  const send = (body: unknown, changes: Changes = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const id = changes.id ?? `msg_${Math.random()}`;
    const timestamp = changes.timestamp ?? String(Math.floor(on.clock.now().getTime() / 1000));
    const signature = signed(changes.secret ?? IN, id, timestamp, changes.signs ?? text);
    return on.post('/integrations/webhook', text, {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': changes.signature ?? signature,
    });
  };
  return { ...on, receiver, provider, told, votes, send };
}

interface Changes {
  readonly id?: string;
  readonly timestamp?: string;
  readonly secret?: string;
  readonly signs?: string;
  readonly signature?: string;
}

/** The scheme, written down once more from its own description. */
function signed(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

function decision({ approval_id, digest }: ApprovalRecord, more: object = {}) {
  return { approval_id, digest, verdict: 'approve', approver: 'alice', ...more };
}

describe('a webhook that is told', () => {
  it('gets the event as signed JSON, without any link that decides', async () => {
    const on = await hooked();
    const approval = await on.told();
    const [request] = on.receiver.asked;
    const header = (name: string) => String(request?.headers[name]);
    expect(header('webhook-signature')).toBe(
      signed(OUT, header('webhook-id'), header('webhook-timestamp'), request?.body ?? ''),
    );
    const body = JSON.parse(request?.body ?? '');
    expect(body).toMatchObject({
      type: 'approval.requested',
      data: {
        environment: 'prod',
        approval: {
          approval_id: approval.approval_id,
          digest: approval.digest,
          state: 'pending',
          open: true,
        },
        summary: '1 change cannot be undone: aws_db_instance.main.',
        agent_words: { reason: 'The old database is not used any more.' },
      },
    });
    expect(request?.body).not.toContain('?t=');
    expect((await on.notices())[0]?.recipient).not.toContain('token');
  });

  it('that fails is tried again with the same id, a new time, and ever longer waits', async () => {
    const on = await hooked();
    const bad: Answered[] = [
      { status: 500 },
      { status: 200, cut: true },
      { status: 302, headers: { location: '/x' } },
    ];
    on.receiver.next(...bad);
    await on.told();
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      const [notice] = await on.notices();
      if (notice?.state !== 'waiting') throw new Error('it is not tried again');
      waits.push(Date.parse(notice.next_at) - on.clock.now().getTime());
      on.advance(waits.at(-1) ?? 0);
      await on.box.work();
    }
    expect(on.receiver.asked.map((each) => each.path)).toEqual(Array(4).fill('/hook?token=in-the-url'));
    expect(new Set(on.receiver.asked.map((each) => each.headers['webhook-id'])).size).toBe(1);
    expect(new Set(on.receiver.asked.map((each) => each.headers['webhook-timestamp'])).size).toBe(4);
    expect(waits[0]).toBeLessThan(waits[1] ?? 0);
    expect(waits[1]).toBeLessThan(waits[2] ?? 0);
    expect((await on.notices())[0]?.state).toBe('delivered');
  });

  it('that is gone is told no more of it; its URL is in no record', async () => {
    const on = await hooked();
    on.receiver.next({ status: 410 });
    await on.told();
    expect((await on.notices())[0]?.state).toBe('dead');
    expect(on.audit.types()).toContain('notice.dead');
    expect(JSON.stringify([await on.notices(), on.audit.events, on.reports])).not.toContain('in-the-url');
  });

  it('that answers never costs an attempt and no more', async () => {
    const on = await hooked();
    on.receiver.next({ status: 200, after: 60_000 });
    const started = performance.now();
    await on.told();
    expect(performance.now() - started).toBeLessThan(13_000);
    expect((await on.notices())[0]).toMatchObject({ state: 'waiting', attempts: 1 });
  }, 20_000);

  it('with a secret that anybody could guess is not told, and the doctor says so', async () => {
    const on = await hooked({ approvers: [ALICE] }, 'short');
    await on.told();
    expect(on.receiver.asked).toEqual([]);
    expect(await on.provider.problem()).toBe('a signing secret needs at least 16 bytes');
  });
});

describe('a webhook that decides', () => {
  it('is answered with the vote, and with the same again when it asks again', async () => {
    const on = await hooked();
    const approval = await on.told();
    const answer = await on.send(decision(approval));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      approver: ALICE,
      verdict: 'approve',
      status: 'approved',
      repeated: false,
    });
    const again = await on.send(decision(approval));
    expect(await again.json()).toMatchObject({ status: 'approved', repeated: true });
    expect(await on.votes(approval)).toHaveLength(1);
  });

  it.each([
    ['another secret', { secret: 'another secret of that length' }],
    ['the secret of what goes out', { secret: OUT }],
    ['a signature over another body', { signs: '{}' }],
    ['no signature', { signature: '' }],
    ['many signatures, none of them right', { signature: Array(50).fill('v1,AAAA').join(' ') }],
    ['a time that is too old', { timestamp: String(Date.parse('2026-03-01T11:54:59Z') / 1000) }],
    ['a time in the future', { timestamp: String(Date.parse('2026-03-01T12:05:01Z') / 1000) }],
    ['a time that is no number', { timestamp: '1e9' }],
  ] as const)('is refused with %s', async (_, changes) => {
    const on = await hooked();
    const approval = await on.told();
    const before = on.audit.events.length;
    expect((await on.send(decision(approval), changes)).status).toBe(401);
    expect(on.audit.types().slice(before)).toEqual(['integration.refused']);
    expect(await on.votes(approval)).toEqual([]);
  });

  it('is refused as a replay, byte for byte', async () => {
    const on = await hooked();
    const approval = await on.told();
    expect((await on.send(decision(approval), { id: 'one' })).status).toBe(200);
    expect((await on.send(decision(approval), { id: 'one' })).status).toBe(409);
    on.advance(1_000);
    expect((await on.send(decision(approval), { id: 'one' })).status).toBe(200);
  });

  it.each([
    ['somebody whom nobody mapped', { approver: 'eve' }, 403, 'unknown_user'],
    ['an approver by the name that policy has for them', { approver: ALICE }, 403, 'unknown_user'],
    ['a property of every object', { approver: '__proto__' }, 403, 'unknown_user'],
    ['another digest', { digest: `sha256:${'0'.repeat(64)}` }, 409, 'digest_mismatch'],
    ['no such approval', { approval_id: 'apr_00000000000000000000000000' }, 404, 'approval_not_found'],
    ['a rejection without a reason', { verdict: 'reject' }, 400, 'reason_required'],
    ['a verdict of its own', { verdict: 'maybe' }, 400, 'invalid_arguments'],
    ['a field more', { extra: 1 }, 400, 'invalid_arguments'],
  ])('is refused for %s', async (_, change, status, code) => {
    const on = await hooked();
    const approval = await on.told();
    const answer = await on.send(decision(approval, change));
    expect([answer.status, (await answer.json()).error.code]).toEqual([status, code]);
    expect(await on.votes(approval)).toEqual([]);
    expect(['integration.refused', 'vote.refused']).toContain(on.audit.types().at(-1));
  });

  it.each(['', 'null', '[]', '{', '\u0000'])('is refused for a body that says nothing: %j', async (body) => {
    const on = await hooked();
    expect((await on.send(body)).status).toBe(400);
  });

  it('opens nothing else: no session, no token and no page comes of it', async () => {
    const on = await hooked();
    const approval = await on.told();
    const answer = await on.send(decision(approval));
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect((await on.post('/integrations/slack', '', {})).status).toBe(421);
    expect((await on.post('/integrations/unknown', '', {})).status).toBe(421);
  });
});
