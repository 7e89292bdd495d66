/** Break-glass, overrides and stopping, from the human's word to what the agent's call then does. */
import { describe, expect, test } from 'vitest';
import { breakGlass } from '../../lib/control/break-glass.ts';
import { cancelRun } from '../../lib/control/cancel.ts';
import { makeOverride, revokeOverride } from '../../lib/control/overrides.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import type { Policy } from '../../lib/core/policy/policy.ts';
import type { OverrideScope } from '../../lib/core/statement.ts';
import { stopRequested, watchStopRequests } from '../../lib/lifecycle/stop-requests.ts';
import { DELETES_ALL_PLAN, gate, type Harness, LOSSY_PLAN, makeHarness } from '../support/harness.ts';

const BOSS = 'boss@example.com';
const POLICY: Partial<Policy> = {
  approvals: { ...DEFAULT_POLICY.approvals, approvers: ['alice@example.com'] },
  roles: { ...DEFAULT_POLICY.roles, override: [BOSS], break_glass: [BOSS] },
};
const APPLIES: OverrideScope = { action: 'terraform-apply', class: null, address: null, agent: null };

async function planned(harness: Harness): Promise<string> {
  return String((await harness.call('gateway_terraform_plan', {})).plan_id);
}

function broken(harness: Harness, plan_id: string, by = BOSS) {
  return breakGlass(harness.deeds, { plan_id, reason: 'the site is down', by, via: 'cli' });
}

function overridden(harness: Harness, scope: Partial<OverrideScope> = {}) {
  const asked = { scope: { ...APPLIES, ...scope }, reason: 'release', ttlSeconds: 600, by: BOSS, via: 'cli' };
  return makeOverride(harness.deeds, asked);
}

async function ended(harness: Harness, plan_id: string) {
  return harness.call('gateway_get_plan', { plan_id, wait_seconds: 2 });
}

describe('break-glass', () => {
  test('lets the agent run a blocked plan, once, and everything says so', async () => {
    const harness = makeHarness({ policy: POLICY });
    harness.terraform.planJson = DELETES_ALL_PLAN;
    const plan_id = await planned(harness);
    expect((await harness.call('gateway_get_plan', { plan_id })).status).toBe('blocked');
    expect(await broken(harness, plan_id)).toMatchObject({ repeated: false });
    const seen = await harness.call('gateway_get_plan', { plan_id });
    expect(seen).toMatchObject({ status: 'ready', next: { tool: 'gateway_terraform_apply' } });
    expect(seen.reasons?.map(({ rule }) => rule)).toContain('break_glass');
    expect((await harness.call('gateway_terraform_apply', { plan_id })).success).toBe(true);
    const done = await ended(harness, plan_id);
    expect(done).toMatchObject({ status: 'succeeded', decision: 'block' });
    expect(done.reasons?.map(({ rule }) => rule)).toContain('break_glass');
    expect((await harness.call('gateway_terraform_apply', { plan_id })).error?.code).toBe('plan_used');
    expect(harness.executor.started).toHaveLength(1);
  });

  test('and an unapproved or rejected one; the request that waited is withdrawn', async () => {
    for (const vote of [null, 'reject'] as const) {
      const harness = makeHarness({ policy: POLICY });
      harness.terraform.planJson = LOSSY_PLAN;
      const plan_id = await planned(harness);
      const asked = await harness.call('gateway_request_approval', { plan_id, reason: 'why' });
      if (vote) await harness.vote(String(asked.approval_id), vote);
      await broken(harness, plan_id);
      expect((await harness.call('gateway_terraform_apply', { plan_id })).success).toBe(true);
      const late = await harness.vote(String(asked.approval_id), 'approve', 'alice@example.com');
      expect(late).toMatchObject({ refused: true, status: 409 });
      expect(harness.told.map(({ kind }) => kind)).toContain('approval_withdrawn');
    }
  });

  test('does not outlast its time, nor hold for an equal plan made again', async () => {
    const harness = makeHarness({ policy: POLICY });
    const plan_id = await planned(harness);
    await broken(harness, plan_id);
    const again = await planned(harness);
    expect((await harness.call('gateway_terraform_apply', { plan_id: again })).error?.code).toBe(
      'approval_required',
    );
    harness.now = new Date(harness.now.getTime() + 900_000);
    expect((await harness.call('gateway_terraform_apply', { plan_id })).error?.code).toBe(
      'approval_required',
    );
  });

  test('is worth nothing once the role is taken away', async () => {
    const harness = makeHarness({ policy: POLICY });
    const plan_id = await planned(harness);
    await broken(harness, plan_id);
    Object.assign(harness.ctx, { policy: { ...harness.ctx.policy, roles: DEFAULT_POLICY.roles } });
    expect((await harness.call('gateway_terraform_apply', { plan_id })).error?.code).toBe(
      'approval_required',
    );
  });
});

describe('an override', () => {
  test('lets plans within its scope be ready with a warning, and is named wherever it acted', async () => {
    const harness = makeHarness({ policy: POLICY });
    const made = await overridden(harness);
    if ('refused' in made) throw new Error(made.why);
    const plan = await harness.call('gateway_terraform_plan', {});
    expect(plan).toMatchObject({ status: 'ready', decision: 'warn' });
    expect(JSON.stringify(plan.reasons)).toContain(made.override_id);
    await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id });
    const done = await ended(harness, String(plan.plan_id));
    expect(done).toMatchObject({ status: 'succeeded', decision: 'warn' });
    expect(JSON.stringify(done.reasons)).toContain(made.override_id);
    expect(harness.told.map(({ kind }) => kind)).toEqual(['override_made', 'run_ended', 'warned_action_ran']);
  });

  test('made later acts on a plan that waited, and is named there too', async () => {
    const harness = makeHarness({ policy: POLICY });
    const plan_id = await planned(harness);
    const made = await overridden(harness);
    if ('refused' in made) throw new Error(made.why);
    expect((await harness.call('gateway_terraform_apply', { plan_id })).success).toBe(true);
    const done = await ended(harness, plan_id);
    expect(done.decision).toBe('warn');
    expect(JSON.stringify(done.reasons)).toContain(made.override_id);
  });

  test('that ended or was revoked between plan and run does not let it run', async () => {
    const harness = makeHarness({ policy: POLICY });
    const made = await overridden(harness);
    if ('refused' in made) throw new Error(made.why);
    const plan_id = await planned(harness);
    await revokeOverride(harness.deeds, made.override_id, { reason: 'enough', by: BOSS, via: 'cli' });
    expect((await harness.call('gateway_terraform_apply', { plan_id })).error?.code).toBe(
      'approval_required',
    );
    await overridden(harness);
    harness.now = new Date(harness.now.getTime() + 600_000);
    expect((await harness.call('gateway_terraform_apply', { plan_id })).error?.code).toBe(
      'approval_required',
    );
  });

  test('written by somebody who has the records and not the key does nothing', async () => {
    const harness = makeHarness({ policy: POLICY });
    const made = await overridden(harness);
    if ('refused' in made) throw new Error(made.why);
    const found = await harness.store.get('override', made.override_id);
    if (found === null) throw new Error('no override');
    await harness.store.replace('override', made.override_id, found.version, {
      ...found.value,
      expires_at: new Date(harness.now.getTime() + 86_000_000).toISOString(),
    });
    expect((await harness.call('gateway_terraform_plan', {})).status).toBe('needs_approval');
  });

  test('does not reach what cannot be undone', async () => {
    const harness = makeHarness({ policy: POLICY });
    await overridden(harness);
    harness.terraform.planJson = LOSSY_PLAN;
    expect((await harness.call('gateway_terraform_plan', {})).status).toBe('needs_approval');
  });
});

describe('stopping', () => {
  const stop = (harness: Harness, run_id: unknown) =>
    cancelRun({ ...harness.deeds, stopper: { stop: async () => {} } }, String(run_id), {
      reason: 'wrong one',
      by: BOSS,
      via: 'cli',
    });

  async function running() {
    const harness = makeHarness({ environment: 'dev' });
    const door = gate();
    harness.executor.gate = door.closed;
    const plan_id = await planned(harness);
    const { run_id } = await harness.call('gateway_terraform_apply', { plan_id });
    return { harness, door, plan_id, run_id };
  }

  test('is asked for in one process and done in another; the agent learns by whom and what is half done', async () => {
    const { harness, door, plan_id, run_id } = await running();
    const watch = watchStopRequests(harness.ctx, 5);
    expect(await stop(harness, run_id)).toMatchObject({ stop: { by: BOSS } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    door.open();
    const done = await ended(harness, plan_id);
    watch.close();
    expect(done.status).toBe('cancelled');
    expect(done.reasons?.find(({ rule }) => rule === 'stopped')?.message).toContain('wrong one');
    expect(harness.told).toMatchObject([{ kind: 'run_ended', state: 'cancelled' }]);
  });

  test('reaches only the run that is named', async () => {
    const { harness, door } = await running();
    expect(await stopRequested(harness.ctx)).toEqual([]);
    door.open();
  });

  test('that cannot be looked up is reported, and looked up again', async () => {
    const { harness, door, run_id } = await running();
    await stop(harness, run_id);
    const broken = { ...harness.ctx, store: { get: () => Promise.reject(new Error('disk')) } as never };
    expect(await stopRequested(broken)).toEqual([]);
    expect(harness.reports.some((line) => line.includes('to be stopped'))).toBe(true);
    expect(await stopRequested(harness.ctx)).toEqual([run_id]);
    door.open();
  });
});
