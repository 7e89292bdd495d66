/** What answers say of what ran, of approvals that two agents share, and of bytes that were changed. */
import { expect, test } from 'vitest';
import { makeHarness } from '../support/harness.ts';

const OTHER = { agent: 'other', human: null };

test.each([
  ['plan_stale', false],
  ['plan_tampered', false],
  ['execution_failed', true],
  ['timeout', true],
] as const)('a run that failed with %s: executed is %s', async (code, executed) => {
  const harness = makeHarness({ environment: 'dev' });
  harness.executor.result = { ...harness.executor.result, exit_code: null, error: { code, message: 'why' } };
  const { plan_id } = await harness.call('gateway_terraform_plan', {});
  const applied = await harness.call('gateway_terraform_apply', { plan_id });
  expect(applied).toMatchObject({ status: 'failed', success: false, executed, error: { code } });
});

test('two agents with equal plans share an approval, and each is led to its own plan', async () => {
  const harness = makeHarness();
  const mine = await harness.call('gateway_terraform_plan', {});
  const theirs = await harness.call('gateway_terraform_plan', {}, OTHER);
  expect(theirs.digest).toBe(mine.digest);
  const { approval_id } = await harness.call('gateway_request_approval', {
    plan_id: mine.plan_id,
    reason: 'why',
  });
  const { plan_id } = theirs;
  const asked = await harness.call('gateway_request_approval', { plan_id, reason: 'why' }, OTHER);
  expect(asked).toMatchObject({ approval_id, plan_id, status: 'pending' });
  expect(await harness.call('gateway_check_approval', { approval_id }, OTHER)).toMatchObject({
    status: 'pending',
    plan_id,
  });
  const stranger = await harness.call(
    'gateway_check_approval',
    { approval_id },
    { ...OTHER, agent: 'third' },
  );
  expect(stranger.error?.code).toBe('approval_not_found');
  await harness.vote(String(approval_id), 'approve');
  for (const tool of ['gateway_check_approval', 'gateway_request_approval']) {
    const args = tool === 'gateway_check_approval' ? { approval_id } : { plan_id, reason: 'why' };
    const approved = await harness.call(tool, args, OTHER);
    expect(approved, tool).toMatchObject({
      status: 'approved',
      plan_id,
      next: { tool: 'gateway_terraform_apply', arguments: { plan_id } },
    });
  }
  expect(await harness.call('gateway_terraform_apply', { plan_id }, OTHER)).toMatchObject({
    status: 'succeeded',
  });
});

test('output that was changed where it is kept is plan_tampered, not shown and no bug', async () => {
  const harness = makeHarness({ environment: 'dev' });
  const { plan_id, output } = await harness.call('gateway_terraform_plan', {});
  expect(output).toContain('Plan: 1 to add');
  for (const [address, bytes] of harness.blobs.bytes) {
    harness.blobs.bytes.set(address, new Uint8Array([...bytes, 0]));
  }
  const seen = await harness.call('gateway_get_plan', { plan_id });
  expect(seen.error?.code).toBe('plan_tampered');
});

test('a plan that needed nobody, and does now, leads to a new one that can be asked about', async () => {
  const harness = makeHarness({ environment: 'staging' });
  const { plan_id } = await harness.call('gateway_terraform_plan', {});
  const { staging } = harness.ctx.policy.environments;
  if (staging === undefined) throw new Error('staging is built in');
  const environments = { staging: { ...staging, default_mutation: 'escalate' } } as const;
  Object.assign(harness.ctx, { policy: { ...harness.ctx.policy, environments } });
  const refused = await harness.call('gateway_terraform_apply', { plan_id });
  expect(refused).toMatchObject({
    error: { code: 'approval_required' },
    next: { tool: 'gateway_terraform_plan' },
  });
  const again = await harness.call(String(refused.next?.tool), refused.next?.arguments);
  expect(again.status).toBe('needs_approval');
});
