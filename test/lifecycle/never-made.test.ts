/** A plan that nobody makes any more, although nobody can say so: it does not stay `planning` for ever. */
import { expect, test } from 'vitest';
import { recordPlan } from '../../lib/lifecycle/record-plan.ts';
import { AGENT, makeHarness } from '../support/harness.ts';

test('a plan that was not made in its time has failed, and says what to do', async () => {
  const harness = makeHarness();
  const owner = { host: 'run-machine', pid: 0, started: 'att_1' };
  const action = JSON.parse(
    JSON.stringify({ kind: 'terraform-apply', cwd: '.', workspace: 'default', ref: null, args: [] }),
  );
  const plan_id = await recordPlan(harness.ctx, AGENT, action, { state: 'planning', owner });
  const look = () => harness.call('gateway_get_plan', { plan_id });
  expect(await look()).toMatchObject({ status: 'planning' });
  harness.now = new Date(harness.now.getTime() + 2 * 3_600_000);
  expect(await look()).toMatchObject({
    status: 'plan_failed',
    executed: false,
    error: { code: 'interrupted' },
  });
  const applied = await harness.call('gateway_terraform_apply', { plan_id });
  expect(applied).toMatchObject({ executed: false, error: { code: 'plan_expired' } });
});
