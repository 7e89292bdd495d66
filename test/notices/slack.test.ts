import { afterEach, describe, expect, it } from 'vitest';
import { REFUSALS_A_MINUTE } from '../../lib/control/refusals.ts';
import type { ApprovalRecord } from '../../lib/core/approval.ts';
import type { SlackSettings } from '../../lib/core/policy/providers.ts';
import { slackInbound } from '../../lib/notices/slack/inbound.ts';
import { slackProvider } from '../../lib/notices/slack/provider.ts';
import { slackSignature } from '../../lib/notices/slack/signature.ts';
import type { Setting } from '../control/stage.ts';
import { type SlackRequest, type SlackServer, slackServer, type Who } from '../support/providers/slack.ts';
import { json } from '../support/providers/web.ts';
import { noticeStage, requested, secretsOf } from './stage.ts';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
const WORLD = { token: 'xoxb-the-token', signingSecret: 'the signing secret', channel: 'C0123' };
const HOME = 'T0123';
const U_ALICE: Who = { id: 'UALICE', team: HOME };
const U_BOB: Who = { id: 'UBOB', team: HOME };

const open: SlackServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function slacked(setting: Setting = { approvers: [ALICE, BOB] }, token = WORLD.token) {
  const slack = await slackServer(WORLD);
  open.push(slack);
  const settings: SlackSettings = {
    workspace: HOME,
    channel: WORLD.channel,
    botToken: 'BOT',
    signingSecret: 'SIGNING',
    approvers: { UALICE: ALICE, UBOB: BOB },
    apiUrl: slack.origin,
  };
  const secrets = secretsOf({ BOT: token, SIGNING: WORLD.signingSecret });
  const on = await noticeStage([slackProvider(settings, secrets)], setting, [
    slackInbound(settings, secrets),
  ]);
  /** A request that is told in Slack. */
  const asked = async () => {
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    const message = slack.messages.at(-1);
    if (message === undefined) throw new Error('nothing was told');
    return { approval, message };
  };
  const send = ({ body, headers }: SlackRequest) => on.post('/integrations/slack', body, headers);
  const now = () => on.clock.now();
  const votes = async ({ approval_id }: ApprovalRecord) =>
    (await on.store.list('vote', { under: approval_id, order: 'oldest_first', limit: 10 })).items;
  return { ...on, slack, asked, send, now, votes, settings };
}

function shown(message: { readonly blocks: readonly unknown[] }): string {
  return JSON.stringify(message.blocks);
}

describe('a request in Slack', () => {
  it('is one message with buttons, and holds no link that decides', async () => {
    const on = await slacked();
    const { message, approval } = await on.asked();
    expect(shown(message)).toContain('May this agent apply Terraform changes in prod?');
    expect(shown(message)).toContain('aws_db_instance.main');
    expect(shown(message)).toContain('recourse_approve');
    expect(shown(message)).not.toContain('?t=');
    expect(shown(message)).toContain(`${on.deps.origin}/a/${approval.approval_id}`);
    expect(message.text).toBe('[prod] Decide: apply Terraform changes (1 change cannot be undone)');
  });

  it('is approved by a mapped approver, and the message changes', async () => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    const answer = await on.send(on.slack.press(message, 'recourse_approve', U_ALICE, on.now()));
    expect(answer.status).toBe(200);
    const [vote] = await on.votes(approval);
    expect(vote).toMatchObject({ approver: ALICE, verdict: 'approve' });
    expect(on.audit.events.find((each) => each.type === 'vote.cast')?.data.via).toBe('slack');
    await on.box.work();
    expect(message.edits).toBe(1);
    expect(shown(message)).toContain(`Approved by ${ALICE}`);
    expect(shown(message)).not.toContain('recourse_approve');
    const whispers = on.slack.messages.filter((each) => each.user !== null);
    expect(whispers.map((each) => [each.user, each.text])).toEqual([
      ['UALICE', 'Your approval is recorded.'],
    ]);
  });

  it('is rejected with a reason that a dialog asks for', async () => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    expect((await on.send(on.slack.press(message, 'recourse_reject', U_BOB, on.now()))).status).toBe(200);
    expect(await on.votes(approval)).toEqual([]);
    const view = on.slack.views[0]?.view;
    if (view === undefined) throw new Error('no dialog');
    const empty = await on.send(on.slack.submit(view, null, U_BOB, on.now()));
    expect(await empty.json()).toEqual({
      response_action: 'errors',
      errors: { reason: 'A rejection needs a reason: the agent is told it.' },
    });
    const sent = await on.send(on.slack.submit(view, 'not <!channel> today', U_BOB, on.now()));
    expect([sent.status, await sent.text()]).toEqual([200, '']);
    expect((await on.votes(approval))[0]).toMatchObject({ approver: BOB, verdict: 'reject' });
    await on.box.work();
    expect(shown(message)).toContain(`Rejected by ${BOB}`);
    expect(shown(message)).toContain('not <!channel> today');
  });

  it('shows what was decided elsewhere, votes that are not enough yet, and expiry', async () => {
    const on = await slacked({ approvers: [ALICE, BOB], quorum: 2 });
    const { approval, message } = await on.asked();
    await on.decide(approval, ALICE, 'approve');
    await on.box.work();
    expect(shown(message)).toContain('1 more; 1 so far');
    expect(shown(message)).toContain('recourse_approve');
    await on.decide(approval, BOB, 'approve');
    await on.box.work();
    expect(shown(message)).toContain('Approved by');
    expect(shown(message)).not.toContain('recourse_approve');

    const other = await on.asked();
    on.advance(25 * 3_600_000);
    const { approval_id, plan_id, environment, expires_at: at } = other.approval;
    await on.box.tell({ kind: 'approval_expired', at, environment, approval_id, plan_id });
    await on.box.work();
    expect(shown(other.message)).toContain('Nobody decided in time');
    const late = await on.send(on.slack.press(message, 'recourse_open', U_ALICE, on.now()));
    expect(late.status).toBe(200);
  });

  it('reminds in its thread, and tells there how the run ended', async () => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    const { approval_id, plan_id, environment, expires_at } = approval;
    await on.box.tell({
      kind: 'approval_expiring',
      at: expires_at,
      environment,
      approval_id,
      plan_id,
      expires_at,
    });
    await on.box.work();
    const reminder = on.slack.messages.at(-1);
    expect(reminder?.thread_ts).toBe(message.ts);
    expect(reminder === undefined ? '' : shown(reminder)).not.toContain('recourse_approve');
  });

  it('is told as news where the message is gone', async () => {
    const on = await slacked();
    const { approval } = await on.asked();
    on.slack.messages.length = 0;
    await on.decide(approval, ALICE, 'approve');
    await on.box.work();
    expect(on.slack.messages.map((each) => each.text)).toEqual([
      '[prod] Approved: apply Terraform changes (1 change cannot be undone)',
    ]);
  });
});

describe('who is nobody', () => {
  it.each([
    ['a member of the channel whom nobody mapped', { id: 'UEVE', team: HOME }],
    ['somebody of another workspace with the id of an approver', { id: 'UALICE', team: 'TOTHER' }],
    ['somebody with the name of a property', { id: 'constructor', team: HOME }],
  ])('%s decides nothing and is told so politely', async (_, who) => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    for (const action of ['recourse_approve', 'recourse_reject']) {
      expect((await on.send(on.slack.press(message, action, who, on.now()))).status).toBe(200);
      on.advance(1000);
    }
    expect(await on.votes(approval)).toEqual([]);
    expect(on.slack.views).toEqual([]);
    const whispers = on.slack.messages.filter((each) => each.user === who.id);
    expect(whispers).toHaveLength(2);
    expect(whispers[0]?.text).toContain('is nobody here');
    expect(
      on.audit.events.filter((each) => each.type === 'integration.refused').map((each) => each.data.code),
    ).toEqual(['unknown_user', 'unknown_user']);
  });

  it('a mapped human who is no approver of this plan, or who asked for it', async () => {
    const on = await slacked({ approvers: [BOB] });
    const { approval, message } = await on.asked();
    await on.send(on.slack.press(message, 'recourse_approve', U_ALICE, on.now()));
    expect(await on.votes(approval)).toEqual([]);
    expect(on.slack.messages.at(-1)?.text).toContain('you are not among them');
  });
});

describe('what Slack did not send', () => {
  it.each([
    ['another secret', (r: SlackRequest) => forged(r, 'another secret')],
    ['no signature', (r: SlackRequest) => without(r, 'x-slack-signature')],
    ['no time', (r: SlackRequest) => without(r, 'x-slack-request-timestamp')],
    ['a changed body', (r: SlackRequest) => ({ ...r, body: `${r.body}%20` })],
    ['a time of its own', (r: SlackRequest) => withHeader(r, 'x-slack-request-timestamp', '1772366401')],
    ['an empty signature of its version', (r: SlackRequest) => withHeader(r, 'x-slack-signature', 'v0=')],
    ['a version of its own', (r: SlackRequest) => withHeader(r, 'x-slack-signature', `v1=${'0'.repeat(64)}`)],
  ])('with %s is refused with one event and no vote', async (_, change) => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    const before = on.audit.events.length;
    const answer = await on.send(change(on.slack.press(message, 'recourse_approve', U_ALICE, on.now())));
    expect(answer.status).toBe(401);
    expect(on.audit.types().slice(before)).toEqual(['integration.refused']);
    expect(await on.votes(approval)).toEqual([]);
  });

  it('is refused outside of five minutes, before and after', async () => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    for (const away of [-301_000, 301_000]) {
      const at = new Date(on.now().getTime() + away);
      expect((await on.send(on.slack.press(message, 'recourse_approve', U_ALICE, at))).status).toBe(401);
    }
    expect(await on.votes(approval)).toEqual([]);
    const edge = new Date(on.now().getTime() - 300_000);
    expect((await on.send(on.slack.press(message, 'recourse_approve', U_ALICE, edge))).status).toBe(200);
  });

  it('is refused as a replay', async () => {
    const on = await slacked({ approvers: [ALICE, BOB], quorum: 2 });
    const { approval, message } = await on.asked();
    const request = on.slack.press(message, 'recourse_approve', U_ALICE, on.now());
    expect((await on.send(request)).status).toBe(200);
    const again = await on.send(request);
    expect(again.status).toBe(409);
    expect((await again.json()).error.code).toBe('replayed');
    expect(await on.votes(approval)).toHaveLength(1);
  });

  it('cannot fill the audit, and does not keep Slack out', async () => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    const before = on.audit.events.length;
    const statuses: number[] = [];
    for (let i = 0; i < 100; i++) {
      const forgery = forged(on.slack.press(message, 'recourse_approve', U_ALICE, on.now()), 'guess');
      statuses.push((await on.send(forgery)).status);
    }
    expect(on.audit.events.length - before).toBe(REFUSALS_A_MINUTE + 1);
    expect(on.audit.events.at(-1)?.type).toBe('integration.refused_more');
    expect(statuses.slice(REFUSALS_A_MINUTE).every((status) => status === 429)).toBe(true);
    expect((await on.send(on.slack.press(message, 'recourse_approve', U_ALICE, on.now()))).status).toBe(200);
    expect(await on.votes(approval)).toHaveLength(1);
  });

  it('is not read when it is large, and nothing is decided by other payloads', async () => {
    const on = await slacked();
    const { approval } = await on.asked();
    const large = await on.send(sign(`payload=${'x'.repeat(70_000)}`, on.now()));
    expect(large.status).toBe(400);
    for (const [index, body] of [
      'payload=%7B%7D',
      'payload=nonsense',
      'nothing=1',
      'payload=%7B%22type%22%3A%22shortcut%22%7D',
      'payload=1&payload=2',
    ].entries()) {
      const at = new Date(on.now().getTime() + index * 1000);
      expect((await on.send(sign(body, at))).status).toBe(200);
    }
    expect(await on.votes(approval)).toEqual([]);
  });

  it('with a button that is not ours, or of another plan, decides nothing', async () => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    const other = await on.ask();
    const payload = (value: string) =>
      JSON.stringify({
        type: 'block_actions',
        user: { id: 'UALICE', team_id: HOME },
        team: { id: HOME },
        actions: [{ action_id: 'recourse_approve', value }],
      });
    const press = (value: string) =>
      on.send(sign(new URLSearchParams({ payload: payload(value) }).toString(), on.now()));
    expect((await press('{}')).status).toBe(400);
    await press(JSON.stringify({ approval_id: approval.approval_id, digest: other.digest }));
    expect(await on.votes(approval)).toEqual([]);
    expect(on.slack.messages.at(-1)?.text).toContain('another plan');
    expect(shown(message)).toContain('recourse_approve');
  });
});

describe('who presses too late', () => {
  it.each(['expiry', 'a rejection', 'a withdrawal'])(
    'after %s is told so, and decides nothing',
    async (what) => {
      const on = await slacked();
      const { approval, message } = await on.asked();
      if (what === 'expiry') on.advance(24 * 3_600_000);
      if (what === 'a rejection') await on.decide(approval, BOB, 'reject', 'no');
      if (what === 'a withdrawal') {
        const { approval_id, environment, audit, created_at: at } = approval;
        await on.store.create('withdrawal', approval_id, {
          approval_id,
          environment,
          audit,
          at,
          why: 'The plan is gone.',
        });
      }
      const before = (await on.votes(approval)).length;
      expect((await on.send(on.slack.press(message, 'recourse_approve', U_ALICE, on.now()))).status).toBe(
        200,
      );
      expect(await on.votes(approval)).toHaveLength(before);
      expect(on.slack.messages.at(-1)).toMatchObject({ user: 'UALICE' });
      expect(on.slack.messages.at(-1)?.text).toMatch(/expired|rejected already|withdrawn|wait/i);
    },
  );
});

describe('two who press at once', () => {
  it('are one vote each, wherever they press', async () => {
    const on = await slacked({ approvers: [ALICE, BOB], quorum: 2 });
    const { approval, message } = await on.asked();
    const answers = await Promise.all([
      on.send(on.slack.press(message, 'recourse_approve', U_ALICE, on.now())),
      on.send(on.slack.press(message, 'recourse_approve', U_ALICE, new Date(on.now().getTime() + 1000))),
      on.send(on.slack.press(message, 'recourse_approve', U_BOB, on.now())),
      on.decide(approval, ALICE, 'reject', 'no'),
      on.decide(approval, BOB, 'approve', ''),
    ]);
    expect(answers).toHaveLength(5);
    const votes = await on.votes(approval);
    expect(new Set(votes.map((each) => each.approver)).size).toBe(votes.length);
    expect(votes.length).toBeLessThanOrEqual(2);
  });
});

describe('a Slack that does not work', () => {
  it('that limits the rate is left alone for as long as it asks', async () => {
    const on = await slacked();
    on.slack.next(json(429, { ok: false, error: 'ratelimited' }, { 'retry-after': '30' }));
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    on.advance(29_000);
    await on.box.work();
    expect(on.slack.messages).toHaveLength(0);
    on.advance(1_000);
    await on.box.work();
    expect(on.slack.messages).toHaveLength(1);
  });

  it.each([
    ['a refused token', json(200, { ok: false, error: 'invalid_auth' }), 'waiting'],
    ['a refused message', json(200, { ok: false, error: 'invalid_blocks' }), 'dead'],
    ['an error page', { status: 502, body: '<html>' }, 'waiting'],
    ['a cut connection', { status: 200, cut: true }, 'waiting'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'waiting'],
    ['an endless answer', { status: 200, body: 'x'.repeat(300_000) }, 'waiting'],
  ])('gives %s, and the request can be decided all the same', async (_, answer, state) => {
    const on = await slacked();
    on.slack.next(answer);
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    const notices = await on.notices();
    expect(notices.map((each) => each.state)).toEqual([state]);
    expect(JSON.stringify([notices, on.audit.events])).not.toContain(WORLD.token);
    expect(await on.decide(approval, ALICE, 'approve')).toMatchObject({ refused: false });
  });

  it('gets its answer in time although it does not answer us', async () => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    on.slack.next({ status: 200, body: '{}', after: 20_000 });
    const started = performance.now();
    const answer = await on.send(on.slack.press(message, 'recourse_approve', U_ALICE, on.now()));
    expect(answer.status).toBe(200);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(await on.votes(approval)).toHaveLength(1);
  });

  it('decides nothing while the audit or the secret is missing', async () => {
    const on = await slacked();
    const { approval, message } = await on.asked();
    const request = on.slack.press(message, 'recourse_approve', U_ALICE, on.now());
    on.audit.broken = true;
    await on.send(request);
    expect(await on.votes(approval)).toEqual([]);
    on.audit.broken = false;
    // The same request again is no replay: nothing had come of it.
    expect((await on.send(request)).status).toBe(200);
    expect(await on.votes(approval)).toHaveLength(1);
  });
});

function sign(body: string, at: Date): SlackRequest {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = slackSignature(WORLD.signingSecret, timestamp, Buffer.from(body));
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
  };
}

function forged(request: SlackRequest, secret: string): SlackRequest {
  const timestamp = request.headers['x-slack-request-timestamp'] ?? '';
  return withHeader(
    request,
    'x-slack-signature',
    slackSignature(secret, timestamp, Buffer.from(request.body)),
  );
}

function withHeader(request: SlackRequest, name: string, value: string): SlackRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

function without({ body, headers }: SlackRequest, name: string): SlackRequest {
  return { body, headers: Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)) };
}
