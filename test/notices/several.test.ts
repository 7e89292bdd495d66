/** All ways at once, and what each event says by whichever of them. */
import { describe, expect, it } from 'vitest';
import { breakGlassStatement } from '../../lib/core/break-glass.ts';
import { newBreakGlassId, newOverrideId, reviewIdOf, runIdOf } from '../../lib/core/ids.ts';
import type { NoticeEvent } from '../../lib/core/notice.ts';
import type { RunRecord } from '../../lib/core/run.ts';
import type { BreakGlassStatement } from '../../lib/core/statement.ts';
import { compose } from '../../lib/notices/compose.ts';
import { emailProvider } from '../../lib/notices/email/provider.ts';
import { type Delivered, type Delivery, failed, type Provider } from '../../lib/notices/provider.ts';
import { retryNotice } from '../../lib/notices/retry.ts';
import { NO_EVENT, OWNER } from '../support/sample-records.ts';
import { noticeStage, requested } from './stage.ts';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';

function playing(name: Provider['name'], answer: (delivery: Delivery) => Promise<Delivered> = accepted) {
  const deliveries: Delivery[] = [];
  const provider: Provider = {
    name,
    recipients: () => [`${name} of the test`],
    deliver: async (delivery) => {
      deliveries.push(delivery);
      return answer(delivery);
    },
    problem: async () => null,
  };
  return { provider, deliveries };
}

async function accepted(): Promise<Delivered> {
  return { outcome: 'delivered', receipt: null };
}

describe('several ways at once', () => {
  it('each get every event about a request, whoever decided', async () => {
    const ways = (['email', 'slack', 'servicenow', 'webhook'] as const).map((name) => playing(name));
    const on = await noticeStage(
      ways.map((each) => each.provider),
      { approvers: [ALICE, BOB] },
    );
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    await on.decide(approval, ALICE, 'approve');
    await on.box.work();
    for (const { deliveries } of ways) {
      expect(deliveries.map((each) => each.event.kind)).toEqual(['approval_requested', 'approval_decided']);
      expect(deliveries[1]?.content.title).toBe('Approved in prod');
      expect(deliveries[1]?.opening?.state).toBe('delivered');
    }
  });

  it('one that throws, hangs on a promise that rejects or is refused for good is no matter to the others', async () => {
    const bad = playing('slack', () => Promise.reject(new Error('password=hunter2hunter2 is wrong')));
    const worse = playing('servicenow', async () => failed('never', 'never'));
    const good = playing('webhook');
    const on = await noticeStage([bad.provider, worse.provider, good.provider], { approvers: [ALICE] });
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    expect(good.deliveries).toHaveLength(1);
    const states = Object.fromEntries((await on.notices()).map((each) => [each.provider, each.state]));
    expect(states).toEqual({ slack: 'waiting', servicenow: 'dead', webhook: 'delivered' });
    expect(JSON.stringify(await on.notices())).not.toContain('hunter2');
    expect((await on.api('/api/approvals?status=pending')).status).toBe(200);
  });

  it('are told in order: what changes a message waits until the message is there', async () => {
    let down = true;
    const slack = playing('slack', async () =>
      down ? failed('out') : { outcome: 'delivered', receipt: { ts: '1' } },
    );
    const on = await noticeStage([slack.provider], { approvers: [ALICE, BOB], quorum: 2 });
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    await on.decide(approval, ALICE, 'approve');
    await on.box.work();
    expect(slack.deliveries.map((each) => each.event.kind)).toEqual(['approval_requested']);
    down = false;
    for (let i = 0; i < 10; i++) {
      on.advance(60_000);
      await on.box.work();
    }
    expect(slack.deliveries.slice(1).map((each) => each.event.kind)).toEqual([
      'approval_requested',
      'approval_decided',
    ]);
    expect(slack.deliveries[2]?.opening).toMatchObject({ receipt: { ts: '1' } });
  });

  it('a provider that lost its settings leaves a dead letter, which can be tried again when it has them', async () => {
    const slack = playing('slack');
    const on = await noticeStage([slack.provider], { approvers: [ALICE] });
    await on.box.tell(requested(await on.ask()));
    const without = await noticeStage([playing('email').provider], { approvers: [ALICE] });
    const { outbox } = await import('../../lib/notices/outbox.ts');
    await outbox({ ...on.deps, providers: without.deps.providers }).work();
    const [dead] = await on.notices();
    expect(dead).toMatchObject({ state: 'dead', problem: 'slack has no settings any more' });
    expect(await retryNotice(on.deps, dead?.notice_id ?? '', 'local:ada')).toBe('waiting');
    await on.box.work();
    expect(slack.deliveries).toHaveLength(1);
    expect(on.audit.types()).toContain('notice.retried');
    expect(await retryNotice(on.deps, dead?.notice_id ?? '', 'local:ada')).toBe('unknown');
  });

  it('an attempt whose process died is made again after two minutes, under the same id', async () => {
    let reached: (() => void) | undefined;
    const hanging = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let first = true;
    const slack = playing('slack', async () => {
      if (!first) return accepted();
      first = false;
      reached?.();
      return new Promise(() => {});
    });
    const on = await noticeStage([slack.provider], { approvers: [ALICE] });
    await on.box.tell(requested(await on.ask()));
    void on.box.work();
    await hanging;
    on.advance(119_000);
    await on.box.work();
    expect(slack.deliveries).toHaveLength(1);
    on.advance(1_000);
    await on.box.work();
    expect(slack.deliveries).toHaveLength(2);
    expect(new Set(slack.deliveries.map((each) => each.notice_id)).size).toBe(1);
  });

  it('a store that breaks at any write loses no notice that was queued', async () => {
    for (const how of ['fails_before', 'fails_after_persisting'] as const) {
      const slack = playing('slack');
      const on = await noticeStage([slack.provider], { approvers: [ALICE] });
      const approval = await on.ask();
      on.faults.push({ write: { kind: 'notice', nth: 1 }, how });
      await on.box.tell(requested(approval)).catch(() => null);
      await on.box.tell(requested(approval));
      on.faults.length = 0;
      for (let i = 0; i < 3; i++) {
        await on.box.work();
        on.advance(120_000);
      }
      expect(slack.deliveries.length).toBeGreaterThanOrEqual(1);
      expect((await on.notices()).map((each) => each.state)).toEqual(['delivered']);
    }
  });
});

describe('what is told of', () => {
  async function ran(change: Partial<RunRecord> = {}) {
    const on = await noticeStage([playing('slack').provider], { approvers: [ALICE] });
    const approval = await on.ask();
    const { plan_id, digest, environment } = approval;
    const run = {
      ...{ run_id: runIdOf(plan_id), plan_id, environment, digest, approval_id: approval.approval_id },
      caller: { agent: 'claude', human: 'carol@example.com' },
      lane: 'terraform-apply',
      decision: 'escalate',
      overrides: [],
      break_glass_id: null,
      started_at: on.clock.at.toISOString(),
      audit: NO_EVENT,
      state: 'failed',
      finished_at: new Date(on.clock.at.getTime() + 90_000).toISOString(),
      result: {
        exit_code: 1,
        output: null,
        stderr: null,
        error: { code: 'execution_failed', message: 'password=hunter2hunter2' },
        produced_plan: null,
      },
      ...change,
    } as RunRecord;
    await on.store.create('run', run.run_id, run);
    const about = { at: on.clock.at.toISOString(), environment, run_id: run.run_id, plan_id };
    const ended: NoticeEvent = { kind: 'run_ended', ...about, state: 'failed' };
    const warned: NoticeEvent = { kind: 'warned_action_ran', ...about };
    return { ...on, run, ended, warned };
  }

  it('a run: how it ended and what it was, never what it printed', async () => {
    const on = await ran();
    const content = await compose(on.deps, on.ended);
    if ('skip' in content) throw new Error(content.skip);
    expect(content.subject).toBe('[prod] Failed: apply Terraform changes');
    const facts = Object.fromEntries(content.facts.map(({ label, value }) => [label, value]));
    expect(facts).toMatchObject({
      Run: on.run.run_id,
      By: 'agent claude, for carol@example.com',
      Ended: '2026-03-01 12:01 UTC, after 90 s',
      'Exit code': '1',
      Error: 'execution_failed',
    });
    expect(JSON.stringify(content)).not.toContain('hunter2');
  });

  it('runs that a human let through or that warned; of those that policy allows, nobody', async () => {
    const approved = await ran();
    expect(await approved.box.queue(approved.ended)).toHaveLength(1);
    const allowed = await ran({ approval_id: null, decision: 'allow' });
    expect(await allowed.box.queue(allowed.ended)).toEqual([]);
    const warned = await ran({
      approval_id: null,
      decision: 'warn',
      state: 'succeeded',
    } as Partial<RunRecord>);
    expect(await warned.box.queue(warned.ended)).toEqual([]);
    expect(await warned.box.queue(warned.warned)).toHaveLength(1);
    const content = await compose(warned.deps, warned.warned);
    expect('skip' in content ? content.skip : content.subject).toBe(
      '[prod] Ran with a warning: apply Terraform changes',
    );
    const running = await ran({ state: 'running', owner: OWNER } as Partial<RunRecord>);
    expect(await compose(running.deps, running.ended)).toEqual({ skip: 'the run is not stored as ended' });
  });

  async function broken(signed = true) {
    const on = await noticeStage([playing('email').provider], { approvers: [ALICE, BOB] });
    const approval = await on.ask();
    const made_at = on.clock.at.toISOString();
    const statement: BreakGlassStatement = {
      ...{
        break_glass_id: newBreakGlassId(on.deps.random),
        plan_id: approval.plan_id,
        digest: approval.digest,
      },
      ...{ environment: 'prod', by: BOB, reason: 'The site is down', made_at },
      expires_at: new Date(on.clock.at.getTime() + 900_000).toISOString(),
    };
    const signature = signed
      ? await on.control.signer.signStatement({
          type: 'recourse.break-glass.v1',
          statement: breakGlassStatement(statement),
        })
      : 'A'.repeat(88);
    await on.store.create('break_glass', approval.plan_id, { ...statement, signature, audit: NO_EVENT });
    const event: NoticeEvent = {
      ...{ kind: 'break_glass_used', at: made_at, environment: 'prod' },
      ...{ break_glass_id: statement.break_glass_id, plan_id: approval.plan_id },
      ...{
        by: 'mallory@example.com',
        reason: 'Mallory says: all is well',
        expires_at: '2099-01-01T00:00:00.000Z',
      },
    };
    return { ...on, event, approval };
  }

  it('break-glass: from the signed record, whatever the event says', async () => {
    const on = await broken();
    const content = await compose(on.deps, on.event);
    if ('skip' in content) throw new Error(content.skip);
    expect(content.alarm?.tone).toBe('grave');
    expect(content.said).toEqual([{ who: BOB, did: 'used break-glass', reason: 'The site is down' }]);
    expect(JSON.stringify(content)).not.toContain('allory');
    expect(JSON.stringify(content)).toContain('2026-03-01 12:15 UTC, 15 min from its start');
    const forged = await broken(false);
    expect(await compose(forged.deps, forged.event)).toEqual({
      skip: 'the record of it is not signed by the human side',
    });
    const invented = { ...on.event, break_glass_id: newBreakGlassId(on.deps.random) } as NoticeEvent;
    expect(await compose(on.deps, invented)).toEqual({ skip: 'there is no record of it' });
  });

  it('a review: everybody but whoever broke the glass, until it is closed', async () => {
    const sent: string[] = [];
    const sender = {
      send: async ({ to }: { to: string }) => {
        sent.push(to);
        return accepted();
      },
      problem: async () => null,
    };
    const settings = { from: 'g@example.com', transport: { by: 'ses', region: null }, notify: [] } as const;
    const on = await noticeStage([emailProvider(settings, sender)], { approvers: [ALICE, BOB] });
    const { plan_id, created_at: opened_at } = await on.ask();
    const break_glass_id = newBreakGlassId(on.deps.random);
    const review_id = reviewIdOf(break_glass_id);
    await on.store.create('review', review_id, {
      ...{ review_id, break_glass_id, plan_id, environment: 'prod' },
      ...{ by: BOB, reason: 'The site was down', opened_at, audit: NO_EVENT, closed: null },
    });
    await on.box.tell({
      kind: 'review_open',
      at: opened_at,
      environment: 'prod',
      review_id,
      plan_id,
      by: ALICE,
    });
    await on.box.work();
    expect(sent).toEqual([ALICE]);
  });

  it('an override: its scope and its end; nothing where there is none', async () => {
    const on = await noticeStage([playing('slack').provider], { approvers: [ALICE] });
    const override_id = newOverrideId(on.deps.random);
    const made_at = on.clock.at.toISOString();
    const statement = {
      ...{ override_id, environment: 'prod', by: BOB, reason: 'Migration', made_at },
      scope: { action: 'kubectl-apply', class: null, address: 'Deployment/shop/*', agent: null },
      expires_at: new Date(on.clock.at.getTime() + 3_600_000).toISOString(),
    } as const;
    const event: NoticeEvent = {
      ...{ kind: 'override_made', at: made_at, environment: 'prod', override_id },
      ...{ by: 'x', reason: 'y', expires_at: made_at },
    };
    expect(await compose(on.deps, event)).toEqual({ skip: 'there is no record of it' });
    const signature = await on.control.signer.signStatement({ type: 'recourse.override.v1', statement });
    await on.store.create('override', override_id, {
      ...statement,
      signature,
      audit: NO_EVENT,
      revoked: null,
    });
    const content = await compose(on.deps, event);
    if ('skip' in content) throw new Error(content.skip);
    expect(content.facts).toEqual(
      expect.arrayContaining([
        { label: 'Action', value: 'kubectl-apply' },
        { label: 'Address', value: 'Deployment/shop/*' },
        { label: 'Until', value: '2026-03-01 13:00 UTC, 1 h from its start' },
      ]),
    );
  });

  it('nothing of another environment', async () => {
    const on = await noticeStage([playing('slack').provider], { approvers: [ALICE] });
    const event = { ...requested(await on.ask()), environment: 'staging' };
    expect(await compose(on.deps, event)).toEqual({ skip: 'it is of another environment' });
  });

  it('no text that could not be checked for secrets', async () => {
    const slack = playing('slack');
    const on = await noticeStage([slack.provider], { approvers: [ALICE] });
    const secret = `ghp_${'aB3'.repeat(12)}`;
    const approval = await on.ask({ approval: { reason: `use ${secret} for it` } });
    const broken = { ...on.deps, sweep: () => Promise.reject(new Error('no rules')) };
    const content = await compose(broken, requested(approval));
    if ('skip' in content) throw new Error(content.skip);
    expect(content.agentWords?.reason).toBe('(not shown: it could not be checked for secrets)');
    expect(JSON.stringify(content)).not.toContain(secret);
    const whole = await compose(on.deps, requested(approval));
    expect(JSON.stringify(whole)).not.toContain(secret);
  });
});
