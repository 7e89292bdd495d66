/** People are told at the right moments, and telling is never in the way. */
import { expect, test } from 'vitest';
import { newPlanId, runIdOf } from '../../lib/core/ids.ts';
import { type NoticeEvent, noticeKey } from '../../lib/core/notice.ts';
import { tell } from '../../lib/lifecycle/tell.ts';
import { type Harness, makeHarness } from '../support/harness.ts';

async function asked(harness: Harness): Promise<{ planId: string; approvalId: string }> {
  const planId = String((await harness.call('gateway_terraform_plan', {})).plan_id);
  const request = { plan_id: planId, reason: 'a secret reason' };
  const { approval_id } = await harness.call('gateway_request_approval', request);
  return { planId, approvalId: String(approval_id) };
}

test('a request, its decision and the end of its run are told, each once', async () => {
  const harness = makeHarness();
  const { planId, approvalId } = await asked(harness);
  await harness.call('gateway_request_approval', { plan_id: planId, reason: 'again' });
  await harness.vote(approvalId, 'approve');
  await harness.vote(approvalId, 'approve');
  await harness.call('gateway_terraform_apply', { plan_id: planId });
  await harness.call('gateway_get_plan', { plan_id: planId, wait_seconds: 2 });
  expect(harness.told).toMatchObject([
    { kind: 'approval_requested', approval_id: approvalId, plan_id: planId },
    { kind: 'approval_decided', approval_id: approvalId, approver: 'alice@example.com', state: 'approved' },
    { kind: 'run_ended', plan_id: planId, state: 'succeeded' },
  ]);
  expect(JSON.stringify(harness.told)).not.toContain('secret reason');
});

test('a vote below the quorum is told as one', async () => {
  const harness = makeHarness({
    policy: { approvals: { ...makeHarness().ctx.policy.approvals, quorum: 2 } },
  });
  const { approvalId } = await asked(harness);
  await harness.vote(approvalId, 'approve');
  await harness.vote(approvalId, 'reject', 'bob@example.com');
  expect(harness.told.slice(1)).toMatchObject([
    { state: 'pending' },
    { state: 'rejected', verdict: 'reject' },
  ]);
});

test('what ran although policy warned is told as such', async () => {
  const harness = makeHarness({ environment: 'staging' });
  const { plan_id } = await harness.call('gateway_terraform_plan', {});
  await harness.call('gateway_terraform_apply', { plan_id });
  await harness.call('gateway_get_plan', { plan_id, wait_seconds: 2 });
  expect(harness.told.map(({ kind }) => kind)).toEqual(['run_ended', 'warned_action_ran']);
});

test('a run that died is told as interrupted, by whoever closes it', async () => {
  const harness = makeHarness({ environment: 'dev' });
  harness.executor.gate = new Promise(() => {});
  const { plan_id } = await harness.call('gateway_terraform_plan', {});
  await harness.call('gateway_terraform_apply', { plan_id });
  const { store, blobs } = harness;
  const next = makeHarness({ environment: 'dev', store, blobs, pid: 2, dead: new Set([1]) });
  await next.call('gateway_get_plan', { plan_id });
  expect(next.told).toMatchObject([{ kind: 'run_ended', state: 'interrupted' }]);
});

test('whoever cannot be told is reported, and nothing else happens', async () => {
  const harness = makeHarness();
  const broken = { tell: () => Promise.reject(new Error('mail is down')) };
  Object.assign(harness.ctx, { notices: broken });
  const { planId, approvalId } = await asked(harness);
  expect((await harness.vote(approvalId, 'approve')).refused).toBe(false);
  const applied = await harness.call('gateway_terraform_apply', { plan_id: planId });
  expect(applied.success).toBe(true);
  expect((await harness.call('gateway_get_plan', { plan_id: planId, wait_seconds: 2 })).status).toBe(
    'succeeded',
  );
  expect(harness.reports.filter((line) => line.includes('mail is down'))).toHaveLength(3);
  const thrown = {
    tell: () => {
      throw new Error('at once');
    },
  };
  const said: unknown[] = [];
  await tell(thrown, event('run_ended'), (problem) => said.push(problem));
  expect(said).toHaveLength(1);
});

test('the same event has the same key, another one another', () => {
  expect(noticeKey(event('run_ended'))).toBe(noticeKey({ ...event('run_ended'), at: 'later' }));
  expect(noticeKey(event('run_ended'))).not.toBe(noticeKey(event('warned_action_ran')));
});

function event(kind: 'run_ended' | 'warned_action_ran'): NoticeEvent {
  const plan_id = newPlanId((count) => new Uint8Array(count));
  const about = { at: 'now', environment: 'dev', plan_id, run_id: runIdOf(plan_id) };
  return kind === 'run_ended' ? { kind, ...about, state: 'succeeded' } : { kind, ...about };
}
