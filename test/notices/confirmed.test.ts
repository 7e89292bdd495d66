/** In the cloud, whoever serves agents can have people told of any event: they learn what the records say, or nothing. */
import { expect, test } from 'vitest';
import { askStep, parseAskEvent } from '../../lib/aws/ask-step.ts';
import { type RunId, runIdOf } from '../../lib/core/ids.ts';
import type { RunRecord } from '../../lib/core/run.ts';
import type { Delivery, Provider } from '../../lib/notices/provider.ts';
import { finished, sampleRun } from '../support/sample-records.ts';
import { noticeStage } from './stage.ts';

async function told() {
  const deliveries: Delivery[] = [];
  const provider: Provider = {
    name: 'email',
    recipients: () => ['alice@example.com'],
    deliver: async (delivery) => {
      deliveries.push(delivery);
      return { outcome: 'delivered', receipt: null };
    },
    problem: async () => null,
  };
  const on = await noticeStage([provider], {
    approvers: ['alice@example.com', 'bob@example.com'],
    quorum: 2,
  });
  const tell = async (event: Readonly<Record<string, unknown>>) => {
    const before = deliveries.length;
    const common = { at: on.clock.now().toISOString(), environment: 'prod' };
    await askStep(
      { ...on.deps, sleep: async () => {} },
      parseAskEvent({ step: 'tell', event: { ...common, ...event } }),
    );
    return deliveries.slice(before);
  };
  return { ...on, tell, deliveries };
}

test('an end that is not yet is not told, and does not stand in the way of the real one', async () => {
  const on = await told();
  const approval = await on.ask();
  const other = await on.ask();
  const run_id: RunId = runIdOf(approval.plan_id);
  const { approval_id, plan_id } = approval;
  const running: RunRecord = {
    ...sampleRun(1, on.clock.now().toISOString()),
    environment: 'prod',
    run_id,
    plan_id,
    approval_id,
  };
  await on.deps.store.create('run', run_id, running);
  const forged = { kind: 'run_ended', run_id, plan_id: other.plan_id, state: 'succeeded' };
  expect(await on.tell(forged)).toEqual([]);
  if (running.state !== 'running') throw new Error('it runs');
  const ended: RunRecord = { ...finished(running), environment: 'prod' };
  await on.deps.store.replace('run', run_id, 1, ended);
  const [delivery] = await on.tell(forged);
  // Under the plan that ran, whatever the event says.
  expect(delivery).toMatchObject({ event: { plan_id }, content: { plan_id, run_id } });
  expect(await on.tell({ ...forged, plan_id })).toEqual([]);
});

test('nobody is told of a vote that nobody cast', async () => {
  const on = await told();
  const approval = await on.ask();
  const { approval_id, plan_id } = approval;
  const event = {
    kind: 'approval_decided',
    approval_id,
    plan_id,
    verdict: 'approve',
    via: 'api',
    state: 'approved',
  };
  expect(await on.tell({ ...event, approver: 'bob@example.com' })).toEqual([]);
  expect(await on.tell({ ...event, approver: 'mallory@example.com' })).toEqual([]);
  expect(await on.notices()).toEqual([]);
  await on.decide(approval, 'bob@example.com', 'reject');
  const [delivery] = await on.tell({ ...event, approver: 'bob@example.com' });
  expect(delivery).toMatchObject({ event: { verdict: 'reject', state: 'rejected' } });
});

test.each(['approval_requested', 'approval_expiring', 'approval_expired', 'approval_withdrawn'])(
  'nobody is told of %s before its time',
  async (kind) => {
    const on = await told();
    const approval = await on.ask();
    const { approval_id, plan_id, expires_at } = approval;
    expect(await on.tell({ kind, approval_id, plan_id, expires_at, why: 'because I say so' })).toEqual([]);
    expect(await on.notices()).toEqual([]);
  },
);

test('nobody is told of broken glass, reviews and overrides that no human signed', async () => {
  const on = await told();
  const approval = await on.ask();
  const { plan_id } = approval;
  const words = { by: 'alice@example.com', reason: 'fire', expires_at: approval.expires_at };
  for (const event of [
    { kind: 'break_glass_used', break_glass_id: 'bg_x', plan_id, ...words },
    { kind: 'review_open', review_id: 'rev_x', plan_id, by: words.by },
    { kind: 'override_made', override_id: 'ovr_x', ...words },
  ]) {
    expect(await on.tell(event)).toEqual([]);
  }
  expect(await on.notices()).toEqual([]);
});
