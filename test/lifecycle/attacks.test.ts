/** What attackers found, kept: each of these once led round a human, past a limit, or to a wrong picture. */
import { expect, test } from 'vitest';
import { appliedHistory } from '../../lib/lifecycle/applied-history.ts';
import { change, type Harness, makeHarness, planJsonOf } from '../support/harness.ts';

test('a human does not approve a plan of their own agent by way of an equal plan that another agent made', async () => {
  const harness = makeHarness();
  const bobs = { agent: 'bobs-agent', human: 'bob@example.com' };
  const carols = { agent: 'carols-agent', human: 'carol@example.com' };
  const [his, hers] = [
    await harness.call('gateway_terraform_plan', {}, bobs),
    await harness.call('gateway_terraform_plan', {}, carols),
  ];
  expect(his.digest).toBe(hers.digest);
  const asked = await harness.call(
    'gateway_request_approval',
    { plan_id: hers.plan_id, reason: 'why' },
    carols,
  );
  expect((await harness.vote(String(asked.approval_id), 'approve', 'bob@example.com')).refused).toBe(false);
  const applied = await harness.call('gateway_terraform_apply', { plan_id: his.plan_id }, bobs);
  expect(applied.error?.code).toBe('approval_pending');
  expect((await harness.call('gateway_terraform_apply', { plan_id: hers.plan_id }, carols)).status).toBe(
    'succeeded',
  );
  expect(harness.executor.started).toHaveLength(1);
});

async function unprotect(harness: Harness): Promise<void> {
  const before = { identifier: 'main', deletion_protection: true };
  harness.terraform.planJson = planJsonOf([
    change('aws_db_instance.main', ['update'], before, { ...before, deletion_protection: false }),
  ]);
  const plan = await harness.call('gateway_terraform_plan', {});
  const asked = await harness.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
  await harness.vote(String(asked.approval_id), 'approve');
  expect((await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id })).status).toBe('succeeded');
}

test('what an applied plan weakened is remembered, however many other runs come after it', async () => {
  const harness = makeHarness();
  await unprotect(harness);
  const [applied] = (
    await harness.store.list('run', { under: 'finished terraform-apply', order: 'oldest_first', limit: 1 })
  ).items;
  if (applied === undefined || applied.state === 'running') throw new Error('no run');
  for (let index = 0; index < 300; index += 1) {
    const run = {
      ...applied,
      run_id: `${applied.run_id.slice(0, -3)}${String(index).padStart(3, '0')}`,
      lane: 'shell',
    } as typeof applied;
    await harness.store.create('run', run.run_id, {
      ...run,
      started_at: `2026-03-01T12:30:00.${String(index).padStart(3, '0')}Z`,
    });
  }
  harness.now = new Date('2026-03-01T13:00:00.000Z');
  const again = await harness.call('gateway_terraform_plan', {});
  const plan = (await harness.store.get('plan', String(again.plan_id)))?.value;
  if (plan === undefined) throw new Error('no plan');
  const { findings } = await appliedHistory(harness.ctx, plan);
  expect(findings).toContainEqual(
    expect.objectContaining({ address: 'aws_db_instance.main', class: 'protection_disabled' }),
  );
});

test('a run that ends between plan and apply does not make an approved plan look tampered with', async () => {
  const harness = makeHarness();
  await unprotect(harness);
  harness.now = new Date(harness.now.getTime() + 60_000);
  const plan = await harness.call('gateway_terraform_plan', {});
  harness.now = new Date(harness.now.getTime() + 60_000);
  await unprotect(harness);
  const asked = await harness.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
  await harness.vote(String(asked.approval_id), 'approve');
  const applied = await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id });
  expect(applied.error?.code).not.toBe('plan_tampered');
});

test('a human who must decide before terraform runs sees the command itself, and the file it calls', async () => {
  const harness = makeHarness({ environment: 'dev' });
  harness.terraform.files = {
    'main.tf':
      'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "sh deploy.sh --all"\n  }\n}\n',
    'deploy.sh': '#!/bin/sh\necho deploying\n',
  };
  const stopped = await harness.call('gateway_terraform_plan', {});
  expect(stopped.status).toBe('needs_approval');
  expect(stopped.output).toContain('sh deploy.sh --all');
  expect(stopped.output).toContain('echo deploying');
});

test('a stopped plan whose text for humans was exchanged does not go on', async () => {
  const harness = makeHarness({ environment: 'dev' });
  harness.terraform.files = { 'main.tf': 'data "external" "x" {\n  program = ["true"]\n}\n' };
  const stopped = await harness.call('gateway_terraform_plan', {});
  const found = await harness.store.get('plan', String(stopped.plan_id));
  if (found === null || !('digest' in found.value)) throw new Error('no plan');
  const outputBlob = await harness.blobs.put(new TextEncoder().encode('nothing to see'));
  await harness.store.replace('plan', String(stopped.plan_id), found.version, { ...found.value, outputBlob });
  const asked = await harness.call('gateway_request_approval', { plan_id: stopped.plan_id, reason: 'why' });
  await harness.vote(String(asked.approval_id), 'approve');
  expect((await harness.call('gateway_terraform_plan', { plan_id: stopped.plan_id })).error?.code).toBe(
    'plan_tampered',
  );
});

test('a plan without a refresh reaches a human in dev too', async () => {
  const harness = makeHarness({ environment: 'dev' });
  expect((await harness.call('gateway_terraform_plan', {})).status).toBe('ready');
  const blind = await harness.call('gateway_terraform_plan', { args: ['-refresh=false'] });
  expect(blind.status).toBe('needs_approval');
  expect(blind.reasons?.map((each) => each.class)).toContain('incomplete_plan');
});

test('forty requests at once do not pass a limit of three', async () => {
  const harness = makeHarness();
  const limits = { ...harness.ctx.policy.limits, pendingApprovalsPerAgent: 3, callsPerMinute: 10_000 };
  Object.assign(harness.ctx, { policy: { ...harness.ctx.policy, limits } });
  const plans = [];
  for (let index = 0; index < 40; index += 1) {
    harness.terraform.serial += 1;
    plans.push((await harness.call('gateway_terraform_plan', {})).plan_id);
  }
  const asked = await Promise.all(
    plans.map((plan_id) => harness.call('gateway_request_approval', { plan_id, reason: 'why' })),
  );
  expect(asked.filter((each) => each.status === 'pending')).toHaveLength(3);
});

test('garbage fills the audit no faster than calls may', async () => {
  const harness = makeHarness();
  for (let index = 0; index < 500; index += 1)
    await harness.gateway.noteMalformed('x', { agent: 'a', human: null });
  const { items: chains } = await harness.store.list('chain', {
    under: 'chains',
    order: 'oldest_first',
    limit: 1,
  });
  const events = await harness.store.list('audit', {
    under: chains[0]?.chain ?? '',
    order: 'oldest_first',
    limit: 1000,
  });
  expect(events.items).toHaveLength(harness.ctx.policy.limits.callsPerMinute);
});

test("another agent's plan_id teaches nothing about the plan", async () => {
  const harness = makeHarness({ environment: 'dev' });
  harness.terraform.files = { 'main.tf': 'data "external" "x" {\n  program = ["true"]\n}\n' };
  const stopped = await harness.call('gateway_terraform_plan', { cwd: 'secret-project' });
  const other = await harness.call(
    'gateway_terraform_plan',
    { plan_id: stopped.plan_id },
    { agent: 'other', human: null },
  );
  expect(other.error?.code).toBe('not_your_plan');
  expect(JSON.stringify(other)).not.toContain('secret-project');
});

test('where there is no sandbox, whoever lets code run is told so', async () => {
  const harness = makeHarness({ environment: 'dev' });
  harness.terraform.confined = false;
  expect((await harness.call('gateway_terraform_plan', {})).status).toBe('ready');
  harness.terraform.files = { 'main.tf': 'data "external" "x" {\n  program = ["true"]\n}\n' };
  const stopped = await harness.call('gateway_terraform_plan', {});
  expect(stopped.reasons?.map((each) => each.class)).toContain('sandbox_unavailable');
  expect(stopped.output).toContain('no sandbox here');
});

test('a plan that touches the gateway is blocked in dev too, also once the gateway learns what is its own', async () => {
  const own = { names: ['recourse-dev-*'], arns: [], tags: {} };
  const planJson = planJsonOf([
    change('aws_iam_role_policy.x', ['create'], null, { role: 'recourse-dev-lane-shell', policy: '{}' }),
  ]);
  const knowing = makeHarness({ environment: 'dev', own });
  knowing.terraform.planJson = planJson;
  const blocked = await knowing.call('gateway_terraform_plan', {});
  expect(blocked).toMatchObject({ status: 'blocked', decision: 'block' });
  expect(blocked.reasons?.[0]?.class).toBe('gateway_self_modification');

  const before = makeHarness({ environment: 'dev' });
  before.terraform.planJson = planJson;
  const planned = await before.call('gateway_terraform_plan', {});
  const { store, blobs } = before;
  const after = makeHarness({ environment: 'dev', own, store, blobs });
  after.terraform.planJson = planJson;
  const applied = await after.call('gateway_terraform_apply', { plan_id: planned.plan_id });
  expect(applied.executed).toBe(false);
  expect(after.executor.started).toHaveLength(0);
});
