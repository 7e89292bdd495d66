/** Requests that wait for nobody any more. */
import { describe, expect, test } from 'vitest';
import { runIdOf } from '../../lib/core/ids.ts';
import { type Harness, LOSSY_PLAN, makeHarness } from '../support/harness.ts';

async function asked(harness: Harness, reason = 'why') {
  const plan_id = String((await harness.call('gateway_terraform_plan', {})).plan_id);
  const { approval_id } = await harness.call('gateway_request_approval', { plan_id, reason });
  return { plan_id, approval_id: String(approval_id) };
}

function later(harness: Harness, minutes: number): void {
  harness.now = new Date(harness.now.getTime() + minutes * 60_000);
}

describe('a request is withdrawn', () => {
  test('when its agent asks about the same action, planned anew with another outcome', async () => {
    const harness = makeHarness();
    const first = await asked(harness);
    harness.terraform.planJson = LOSSY_PLAN;
    harness.terraform.serial = 2;
    const second = await asked(harness);
    expect(second.approval_id).not.toBe(first.approval_id);
    expect(harness.told).toContainEqual(
      expect.objectContaining({ kind: 'approval_withdrawn', approval_id: first.approval_id }),
    );
    const seen = await harness.call('gateway_check_approval', { approval_id: first.approval_id });
    expect(seen).toMatchObject({ status: 'expired', error: { code: 'approval_withdrawn' } });
    expect(await harness.vote(first.approval_id, 'approve')).toMatchObject({
      refused: true,
      status: 409,
      code: 'approval_withdrawn',
    });
    expect((await harness.vote(second.approval_id, 'approve')).refused).toBe(false);
  });

  test('but not by another agent, nor for another place', async () => {
    const harness = makeHarness();
    const first = await asked(harness);
    harness.terraform.serial = 2;
    const robot = { agent: 'robot', human: null };
    const plan_id = (await harness.call('gateway_terraform_plan', {}, robot)).plan_id;
    await harness.call('gateway_request_approval', { plan_id, reason: 'mine' }, robot);
    const elsewhere = (await harness.call('gateway_terraform_plan', { workspace: 'other' })).plan_id;
    await harness.call('gateway_request_approval', { plan_id: elsewhere, reason: 'there' });
    const seen = await harness.call('gateway_check_approval', { approval_id: first.approval_id });
    expect(seen.status).toBe('pending');
  });

  test('but not when it was decided already', async () => {
    const harness = makeHarness();
    const first = await asked(harness);
    await harness.vote(first.approval_id, 'approve');
    harness.terraform.serial = 2;
    await asked(harness);
    const applied = await harness.call('gateway_terraform_apply', { plan_id: first.plan_id });
    expect(applied.success).toBe(true);
  });

  test('when its plan ran without it', async () => {
    const harness = makeHarness();
    const { plan_id, approval_id } = await asked(harness);
    const plan = (await harness.store.get('plan', plan_id))?.value;
    if (plan === undefined || !('digest' in plan)) throw new Error('no plan');
    const run_id = runIdOf(plan.plan_id);
    await harness.store.create('run', run_id, {
      state: 'succeeded',
      run_id,
      plan_id: plan.plan_id,
      environment: 'prod',
      caller: plan.caller,
      digest: plan.digest,
      approval_id: null,
      lane: 'terraform-apply',
      decision: 'warn',
      overrides: [],
      break_glass_id: null,
      started_at: '',
      finished_at: '',
      audit: plan.audit,
      result: { exit_code: 0, output: null, stderr: null, error: null, produced_plan: null },
    });
    expect(await harness.vote(approval_id, 'approve')).toMatchObject({ code: 'approval_withdrawn' });
  });

  test('not because its plan has expired: an equal plan made again is what it is for', async () => {
    const harness = makeHarness();
    const { approval_id } = await asked(harness);
    later(harness, 90);
    expect((await harness.vote(approval_id, 'approve')).refused).toBe(false);
    const again = await harness.call('gateway_terraform_plan', {});
    expect((await harness.call('gateway_terraform_apply', { plan_id: again.plan_id })).success).toBe(true);
  });
});

test('a failing store leaves the new request standing', async () => {
  const harness = makeHarness();
  await asked(harness);
  harness.terraform.serial = 2;
  const create = harness.store.create.bind(harness.store);
  harness.store.create = async (kind, key, value) => {
    if (kind === 'withdrawal') throw new Error('disk full');
    return create(kind, key, value);
  };
  const second = await asked(harness);
  expect((await harness.vote(second.approval_id, 'approve')).refused).toBe(false);
  expect(harness.reports.some((line) => line.includes('could not be withdrawn'))).toBe(true);
});
