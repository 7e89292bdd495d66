/** The main job, with every refusal of the design in its order. */
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../lib/core/canonical.ts';
import type { JudgedPlan } from '../../lib/core/plan.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import {
  DELETES_ALL_PLAN,
  gate,
  HARMLESS_PLAN,
  type Harness,
  LOSSY_PLAN,
  makeHarness,
  planJsonOf,
} from '../support/harness.ts';

async function plannedIn(harness: Harness): Promise<string> {
  const plan = await harness.call('gateway_terraform_plan', {});
  expect(plan.status).toBe('needs_approval');
  return String(plan.plan_id);
}

async function approved(harness: Harness): Promise<{ planId: string; approvalId: string }> {
  const planId = await plannedIn(harness);
  const asked = await harness.call('gateway_request_approval', {
    plan_id: planId,
    reason: 'the release needs it',
  });
  expect(asked).toMatchObject({ status: 'pending', success: true, plan_id: planId });
  const approvalId = String(asked.approval_id);
  expect((await harness.vote(approvalId, 'approve')).refused).toBe(false);
  return { planId, approvalId };
}

/** The stored plan, changed behind the gateway's back. */
async function rewrite(
  harness: Harness,
  planId: string,
  change: (plan: JudgedPlan) => JudgedPlan,
): Promise<void> {
  const found = await harness.store.get('plan', planId);
  if (found === null || !('digest' in found.value)) throw new Error('no judged plan');
  await harness.store.replace('plan', planId, found.version, change(found.value));
}

describe('the main job', () => {
  test('plan, stop, approve, apply once, and a second apply is refused', async () => {
    const harness = makeHarness();
    const planId = await plannedIn(harness);
    const early = await harness.call('gateway_terraform_apply', { plan_id: planId });
    expect(early).toMatchObject({
      status: 'refused',
      decision: 'escalate',
      error: { code: 'approval_required' },
    });
    expect(early.next?.tool).toBe('gateway_request_approval');

    const asked = await harness.call('gateway_request_approval', { plan_id: planId, reason: 'why' });
    const waiting = await harness.call('gateway_terraform_apply', { plan_id: planId });
    expect(waiting.error?.code).toBe('approval_pending');
    await harness.vote(String(asked.approval_id), 'approve');
    const seen = await harness.call('gateway_check_approval', { approval_id: asked.approval_id });
    expect(seen).toMatchObject({
      status: 'approved',
      next: { tool: 'gateway_terraform_apply', arguments: { plan_id: planId } },
    });

    const applied = await harness.call('gateway_terraform_apply', { plan_id: planId });
    expect(applied).toMatchObject({ status: 'succeeded', executed: true, success: true, exit_code: 0 });
    const again = await harness.call('gateway_terraform_apply', { plan_id: planId });
    expect(again).toMatchObject({ status: 'refused', error: { code: 'plan_used' } });
    expect(harness.executor.started).toHaveLength(1);
    const shown = await harness.call('gateway_get_plan', { plan_id: planId });
    expect(shown).toMatchObject({
      status: 'succeeded',
      runs: [{ status: 'succeeded' }],
      approvals: [{ status: 'spent' }],
    });
  });

  test('dev applies a harmless plan without a human', async () => {
    const harness = makeHarness({ environment: 'dev' });
    const plan = await harness.call('gateway_terraform_plan', {});
    expect(plan).toMatchObject({
      status: 'ready',
      decision: 'allow',
      next: { tool: 'gateway_terraform_apply' },
    });
    expect((await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id })).status).toBe(
      'succeeded',
    );
  });

  test('dev does not apply an unrecoverable delete without one', async () => {
    const harness = makeHarness({ environment: 'dev' });
    harness.terraform.planJson = LOSSY_PLAN;
    const plan = await harness.call('gateway_terraform_plan', {});
    expect(plan).toMatchObject({ status: 'needs_approval', evaluation: { worst_tier: 4 } });
  });

  test('twenty applies at once give one run', async () => {
    const harness = makeHarness();
    const { planId } = await approved(harness);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => harness.call('gateway_terraform_apply', { plan_id: planId })),
    );
    expect(answers.filter((each) => each.status === 'succeeded')).toHaveLength(1);
    expect(answers.filter((each) => each.error?.code === 'plan_used')).toHaveLength(19);
    expect(harness.executor.started).toHaveLength(1);
  });
});

describe('authorize refuses', () => {
  test('an unknown plan, and one whose id is malformed', async () => {
    const harness = makeHarness();
    for (const plan_id of ['plan_00000000000000000000000000', 'nonsense', '']) {
      expect((await harness.call('gateway_terraform_apply', { plan_id })).error?.code).toBe('plan_not_found');
    }
  });

  test('a plan of another environment', async () => {
    const harness = makeHarness();
    const { planId } = await approved(harness);
    await rewrite(harness, planId, (plan) => ({ ...plan, environment: 'staging' }));
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'environment_mismatch',
    );
  });

  test("another agent's plan, unless policy shares them", async () => {
    const other = { agent: 'agent-2', human: null };
    const harness = makeHarness();
    const { planId, approvalId } = await approved(harness);
    for (const tool of ['gateway_terraform_apply', 'gateway_get_plan']) {
      expect((await harness.call(tool, { plan_id: planId }, other)).error?.code).toBe('not_your_plan');
    }
    expect(
      (await harness.call('gateway_check_approval', { approval_id: approvalId }, other)).error?.code,
    ).toBe('approval_not_found');
    const shared = makeHarness({ policy: { sharePlans: true } });
    const mine = await approved(shared);
    expect((await shared.call('gateway_terraform_apply', { plan_id: mine.planId }, other)).status).toBe(
      'succeeded',
    );
  });

  test('a plan that is still being made', async () => {
    const harness = makeHarness();
    const held = gate();
    harness.terraform.gate = held.closed;
    Object.assign(harness.ctx, { waitBudgetMs: 10 });
    const plan = await harness.call('gateway_terraform_plan', {});
    expect(plan).toMatchObject({ status: 'planning', success: true, next: { tool: 'gateway_get_plan' } });
    expect((await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id })).error?.code).toBe(
      'plan_not_ready',
    );
    held.open();
    const made = await harness.call('gateway_get_plan', { plan_id: plan.plan_id, wait_seconds: 5 });
    expect(made.status).toBe('needs_approval');
  });

  test('an expired plan; the approval outlives it and holds for an equal plan', async () => {
    const harness = makeHarness();
    const { planId } = await approved(harness);
    harness.now = new Date(harness.now.getTime() + 3_600_000);
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'plan_expired',
    );
    expect((await harness.call('gateway_get_plan', { plan_id: planId })).status).toBe('expired');
    const again = await harness.call('gateway_terraform_plan', {});
    expect(again).toMatchObject({ status: 'approved', next: { tool: 'gateway_terraform_apply' } });
    expect(again.reasons?.map((each) => each.rule)).toContain('approval_carried_over');
    expect((await harness.call('gateway_terraform_apply', { plan_id: again.plan_id })).status).toBe(
      'succeeded',
    );
  });

  test('a plan made again with another digest, and says what differs', async () => {
    const harness = makeHarness();
    await approved(harness);
    harness.terraform.serial = 2;
    const again = await harness.call('gateway_terraform_plan', {});
    expect(again.status).toBe('needs_approval');
    const said = again.reasons?.find((each) => each.rule === 'approval_does_not_carry_over')?.message;
    expect(said).toContain('state (serial 1 → serial 2)');
    expect((await harness.call('gateway_terraform_apply', { plan_id: again.plan_id })).error?.code).toBe(
      'approval_required',
    );
  });

  test('bytes that changed since: the plan file, the JSON, the source', async () => {
    for (const what of ['artifact', 'planJson', 'snapshot'] as const) {
      const harness = makeHarness();
      const { planId } = await approved(harness);
      const plan = (await harness.store.get('plan', planId))?.value;
      if (!plan || !('frozen' in plan) || plan.frozen.kind !== 'terraform') throw new Error('no plan');
      harness.blobs.bytes.set(
        plan.frozen[what],
        new TextEncoder().encode('{"workspace":"default","serial":1}x'),
      );
      expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code, what).toBe(
        'plan_tampered',
      );
      harness.blobs.bytes.delete(plan.frozen[what]);
      expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code, what).toBe(
        'plan_tampered',
      );
    }
  });

  test('a plan record that points at other frozen bytes than the approved ones', async () => {
    const harness = makeHarness();
    const { planId } = await approved(harness);
    const forged = await harness.blobs.put(new TextEncoder().encode(JSON.stringify(LOSSY_PLAN)));
    await rewrite(harness, planId, (plan) => ({
      ...plan,
      frozen: { ...plan.frozen, planJson: forged } as JudgedPlan['frozen'],
    }));
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'plan_tampered',
    );
  });

  test('a plan record that points at a plan file of another state, though it would change the same', async () => {
    const harness = makeHarness();
    const { planId } = await approved(harness);
    const forged = await harness.blobs.put(
      new TextEncoder().encode(JSON.stringify({ workspace: 'default', serial: 99 })),
    );
    await rewrite(harness, planId, (plan) => ({
      ...plan,
      frozen: { ...plan.frozen, artifact: forged } as JudgedPlan['frozen'],
    }));
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'plan_tampered',
    );
  });

  test('a record whose evaluation, which humans decide by, was made to look harmless', async () => {
    const harness = makeHarness();
    harness.terraform.planJson = LOSSY_PLAN;
    const planId = await plannedIn(harness);
    await rewrite(harness, planId, (plan) => ({
      ...plan,
      evaluation: plan.evaluation === null ? null : { ...plan.evaluation, worst_tier: 1, changes: [] },
    }));
    const asked = await harness.call('gateway_request_approval', { plan_id: planId, reason: 'harmless' });
    await harness.vote(String(asked.approval_id), 'approve');
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'plan_tampered',
    );
    expect(harness.executor.started).toHaveLength(0);
  });

  test('another workspace than the one in the plan file', async () => {
    const harness = makeHarness();
    const { planId } = await approved(harness);
    await rewrite(harness, planId, (plan) => ({
      ...plan,
      action: { ...plan.action, workspace: 'other' } as JudgedPlan['action'],
    }));
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'workspace_mismatch',
    );
  });

  test("what today's policy blocks, whatever the stored decision says and whoever approved", async () => {
    const harness = makeHarness();
    harness.terraform.planJson = LOSSY_PLAN;
    const { planId } = await approved(harness);
    await rewrite(harness, planId, (plan) => ({ ...plan, state: 'ready', decision: 'allow' }));
    Object.assign(harness.ctx, { policy: { ...harness.ctx.policy, alwaysBlock: ['database_delete'] } });
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'policy_blocked',
    );
  });

  test('a record rewritten to allow, without an approval', async () => {
    const harness = makeHarness();
    const planId = await plannedIn(harness);
    await rewrite(harness, planId, (plan) => ({ ...plan, state: 'ready', decision: 'allow' }));
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'approval_required',
    );
    expect(harness.executor.started).toHaveLength(0);
  });

  test('a rejected approval; asking again does not wear humans down', async () => {
    const harness = makeHarness();
    const planId = await plannedIn(harness);
    const asked = await harness.call('gateway_request_approval', { plan_id: planId, reason: 'why' });
    await harness.vote(String(asked.approval_id), 'reject');
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'approval_rejected',
    );
    const again = await harness.call('gateway_request_approval', { plan_id: planId, reason: 'please' });
    expect(again).toMatchObject({ error: { code: 'approval_rejected' }, approval_id: asked.approval_id });
  });

  test('an approval that expired at the very millisecond', async () => {
    const harness = makeHarness({ policy: { approvalTtlSeconds: 600 } });
    const { planId, approvalId } = await approved(harness);
    harness.now = new Date(harness.now.getTime() + 599_999);
    expect((await harness.call('gateway_check_approval', { approval_id: approvalId })).status).toBe(
      'approved',
    );
    harness.now = new Date(harness.now.getTime() + 1);
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'approval_expired',
    );
    expect((await harness.call('gateway_check_approval', { approval_id: approvalId })).status).toBe(
      'expired',
    );
  });

  test('a second plan with the digest whose approval is spent', async () => {
    const harness = makeHarness();
    const first = await approved(harness);
    const second = await harness.call('gateway_terraform_plan', {});
    expect(second.status).toBe('approved');
    expect((await harness.call('gateway_terraform_apply', { plan_id: first.planId })).status).toBe(
      'succeeded',
    );
    const late = await harness.call('gateway_terraform_apply', { plan_id: second.plan_id });
    expect(late.error?.message).toContain('was used up by run_');
    expect(late.error?.code).toBe('approval_required');
    expect(harness.executor.started).toHaveLength(1);
  });

  test('fewer votes than the quorum, one human twice, and the requester', async () => {
    const harness = makeHarness({ policy: { approvals: { ...DEFAULT_POLICY.approvals, quorum: 2 } } });
    const planId = await plannedIn(harness);
    const asked = await harness.call('gateway_request_approval', { plan_id: planId, reason: 'why' });
    const id = String(asked.approval_id);
    await harness.vote(id, 'approve', 'alice@example.com');
    await harness.vote(id, 'approve', 'ALICE@example.com');
    expect((await harness.vote(id, 'approve', 'agent-1')).refused).toBe(true);
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'approval_pending',
    );
    await harness.vote(id, 'approve', 'bob@example.com');
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).status).toBe('succeeded');
  });

  test('the human behind the agent as approver', async () => {
    const harness = makeHarness();
    const caller = { agent: 'agent-1', human: 'alice@example.com' };
    const plan = await harness.call('gateway_terraform_plan', {}, caller);
    const asked = await harness.call(
      'gateway_request_approval',
      { plan_id: plan.plan_id, reason: 'why' },
      caller,
    );
    expect((await harness.vote(String(asked.approval_id), 'approve', 'Alice@Example.com')).refused).toBe(
      true,
    );
    expect(
      (await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id }, caller)).error?.code,
    ).toBe('approval_pending');
  });

  test('votes written into the store without the key, or moved from elsewhere', async () => {
    const harness = makeHarness();
    const first = await approved(harness);
    const genuine = (await harness.store.get('vote', `${first.approvalId} alice@example.com`))?.value;
    if (!genuine) throw new Error('no vote');
    harness.terraform.serial = 9;
    const planId = await plannedIn(harness);
    const asked = await harness.call('gateway_request_approval', { plan_id: planId, reason: 'why' });
    const approval_id = String(asked.approval_id) as typeof genuine.approval_id;
    const moved = { ...genuine, approval_id, digest: asked.digest as typeof genuine.digest };
    await harness.store.create('vote', `${approval_id} alice@example.com`, moved);
    await harness.store.create('vote', `${approval_id} bob@example.com`, {
      ...moved,
      approver: 'bob@example.com',
      signature: 'AAAA',
    });
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'approval_pending',
    );
  });

  test('a spend record forged for the own run does not stand in for votes', async () => {
    const harness = makeHarness();
    const planId = await plannedIn(harness);
    const asked = await harness.call('gateway_request_approval', { plan_id: planId, reason: 'why' });
    const { runIdOf } = await import('../../lib/core/ids.ts');
    const run_id = runIdOf(planId as Parameters<typeof runIdOf>[0]);
    const approval_id = String(asked.approval_id) as ReturnType<typeof Object.assign>;
    await harness.store.create('spend', approval_id, {
      approval_id,
      run_id,
      spent_at: harness.now.toISOString(),
    });
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'approval_pending',
    );
  });
});

describe('what policy says of whole plans', () => {
  test('prod blocks a destroy by tool, by flag, and by a plan that deletes everything', async () => {
    for (const [tool, args, json] of [
      ['gateway_terraform_destroy', {}, HARMLESS_PLAN],
      ['gateway_terraform_plan', { args: ['-destroy'] }, HARMLESS_PLAN],
      ['gateway_terraform_plan', {}, DELETES_ALL_PLAN],
    ] as const) {
      const harness = makeHarness();
      harness.terraform.planJson = json;
      const plan = await harness.call(tool, args);
      expect(plan, tool).toMatchObject({
        status: 'blocked',
        decision: 'block',
        error: { code: 'policy_blocked' },
      });
      const asked = await harness.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
      expect(asked.error?.code).toBe('plan_blocked');
      expect((await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id })).error?.code).toBe(
        'policy_blocked',
      );
    }
  });

  test('a failed plan is never ready', async () => {
    const harness = makeHarness({ environment: 'dev' });
    harness.terraform.planJson = planJsonOf([], { errored: true, applyable: false });
    const plan = await harness.call('gateway_terraform_plan', {});
    expect(plan.status).toBe('plan_failed');
    expect((await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id })).error?.code).toBe(
      'plan_not_ready',
    );
  });

  test('plan JSON that is no plan is a failure, not a decision', async () => {
    for (const planJson of [
      null,
      'x',
      { format_version: '9.0', resource_changes: [] },
      { format_version: '1.2', resource_changes: [{}] },
    ]) {
      const harness = makeHarness({ environment: 'dev' });
      harness.terraform.planJson = planJson;
      expect((await harness.call('gateway_terraform_plan', {})).status).toBe('plan_failed');
    }
  });

  test('what would run code at plan is stopped before terraform runs, and goes on once after approval', async () => {
    const harness = makeHarness({ environment: 'dev' });
    harness.terraform.files = { 'main.tf': 'data "external" "x" {\n  program = ["sh", "-c", "id"]\n}\n' };
    const stopped = await harness.call('gateway_terraform_plan', {});
    expect(stopped.status).toBe('needs_approval');
    expect(stopped.reasons?.some((each) => each.class === 'code_execution')).toBe(true);
    expect(harness.terraform.plans).toBe(0);
    const early = await harness.call('gateway_terraform_plan', { plan_id: stopped.plan_id });
    expect(early.error?.code).toBe('approval_required');
    const asked = await harness.call('gateway_request_approval', { plan_id: stopped.plan_id, reason: 'why' });
    await harness.vote(String(asked.approval_id), 'approve');
    const other = await harness.call('gateway_terraform_plan', {
      plan_id: stopped.plan_id,
      workspace: 'other',
    });
    expect(other.error?.code).toBe('arguments_changed');
    expect((await harness.call('gateway_terraform_apply', { plan_id: stopped.plan_id })).error?.code).toBe(
      'plan_not_ready',
    );

    const made = await harness.call('gateway_terraform_plan', { plan_id: stopped.plan_id });
    expect(harness.terraform.plans).toBe(1);
    expect(made.plan_id).not.toBe(stopped.plan_id);
    expect(made).toMatchObject({ status: 'needs_approval' });
    expect((await harness.call('gateway_terraform_plan', { plan_id: stopped.plan_id })).error?.code).toBe(
      'plan_used',
    );
    expect(harness.terraform.plans).toBe(1);
    expect((await harness.call('gateway_get_plan', { plan_id: made.plan_id })).status).toBe('needs_approval');
  });
});

test('digests are stable over key order and stored as sha256', () => {
  expect(digestOf({ a: 1, b: [2] })).toBe(digestOf({ b: [2], a: 1 }));
  expect(digestOf({})).toMatch(/^sha256:[0-9a-f]{64}$/);
});
