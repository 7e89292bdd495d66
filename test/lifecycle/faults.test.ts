/**
 * A table of faults: every single write of the main job fails, once before it persists and once after.
 * Whoever meets the fault tries again, as agents and humans do. Never a second run, nothing acknowledged
 * lost, and the audit holds.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyAudit } from '../../lib/audit/verify.ts';
import { parsePlanId, runIdOf } from '../../lib/core/ids.ts';
import type { ToolAnswer } from '../../lib/gateway.ts';
import { recoverRuns } from '../../lib/lifecycle/recover.ts';
import type { Store } from '../../lib/ports/store.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { gate, type Harness, MemoryBlobs, makeHarness, makeKeys } from '../support/harness.ts';
import { memoryStore } from '../support/memory-store.ts';

const HOWS = ['fails_before', 'fails_after_persisting'] as const;
const TRIES = 4;

/** Plans, asks, votes, applies; each step again until it is answered in a way that goes on. */
async function mainJob(harness: Harness): Promise<{ planId: string; end: ToolAnswer }> {
  const plan = await until(
    harness,
    'gateway_terraform_plan',
    {},
    (each) => each.plan_id !== undefined && each.status !== 'plan_failed',
  );
  const plan_id = String(plan.plan_id);
  await until(
    harness,
    'gateway_get_plan',
    { plan_id, wait_seconds: 2 },
    (each) => each.status === 'needs_approval',
  );
  const asked = await until(
    harness,
    'gateway_request_approval',
    { plan_id, reason: 'why' },
    (each) => each.approval_id !== undefined,
  );
  await voteUntilRecorded(harness, String(asked.approval_id));
  const end = await until(
    harness,
    'gateway_terraform_apply',
    { plan_id },
    (each) => each.status === 'succeeded' || each.error?.code === 'plan_used',
  );
  return { planId: plan_id, end };
}

async function until(
  harness: Harness,
  tool: string,
  args: unknown,
  done: (answer: ToolAnswer) => boolean,
): Promise<ToolAnswer> {
  let answer = await harness.call(tool, args);
  for (let tries = 1; tries < TRIES && !done(answer); tries += 1) answer = await harness.call(tool, args);
  return answer;
}

async function voteUntilRecorded(harness: Harness, approvalId: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const cast = await harness.vote(approvalId, 'approve').catch(() => null);
    if (cast !== null && (!cast.refused || cast.code === 'already_voted')) return;
  }
}

async function auditHolds(store: Store): Promise<void> {
  const verified = await verifyAudit({ store, verifySeal: () => true });
  expect(verified).toMatchObject({ ok: true });
}

let writes = 0;
beforeAll(async () => {
  const store = faultyStore(memoryStore(), []);
  const harness = makeHarness({ store });
  const { end } = await mainJob(harness);
  expect(end.status).toBe('succeeded');
  writes = store.writes.length;
  expect(writes).toBeGreaterThan(20);
});

describe.each(HOWS)('every write %s', (how) => {
  test('once: the job ends, with one run', async () => {
    for (let nth = 1; nth <= writes; nth += 1) {
      const inner = memoryStore();
      const store = faultyStore(inner, [{ write: nth, how }]);
      const harness = makeHarness({ store });
      const { planId, end } = await mainJob(harness);
      const what = `write ${nth} (${store.writes[nth - 1]?.kind}) ${how}`;
      expect(harness.executor.started.length, what).toBeLessThanOrEqual(1);
      if (end.status === 'succeeded') expect(harness.executor.started.length, what).toBe(1);
      expect(['succeeded', 'refused'], what).toContain(end.status);
      await settleAll(harness);
      const run =
        parsePlanId(planId) === null
          ? null
          : await inner.get('run', runIdOf(planId as Parameters<typeof runIdOf>[0]));
      expect(run?.value.state ?? 'none', what).toBe('succeeded');
      await auditHolds(inner);
    }
  }, 60_000);

  test('and every one after it (the process is dead): another process finishes, or says interrupted', async () => {
    for (let nth = 1; nth <= writes; nth += 1) {
      const inner = memoryStore();
      const shared = { keys: makeKeys(), blobs: new MemoryBlobs() };
      const faults: Fault[] = Array.from({ length: writes * TRIES * 4 }, (_, index) => ({
        write: nth + index,
        how: index === 0 ? how : 'fails_before',
      }));
      const store = faultyStore(inner, faults);
      const first = makeHarness({ ...shared, store, pid: 1 });
      // What a killed process has not finished, it never does.
      const dying = mainJob(first).catch(() => null);
      await Promise.race([dying, new Promise((resolve) => setTimeout(resolve, 20))]);
      const what = `killed at write ${nth} (${store.writes[nth - 1]?.kind}) ${how}`;

      const second = makeHarness({ ...shared, store: inner, pid: 2, dead: new Set([1]) });
      await recoverRuns(second.ctx);
      const running = await inner.list('run', { under: 'running', order: 'oldest_first', limit: 10 });
      expect(running.items, what).toEqual([]);
      const before = first.executor.started.length;
      expect(before, what).toBeLessThanOrEqual(1);
      for (const { plan } of first.executor.started) {
        const again = await second.call('gateway_terraform_apply', { plan_id: plan.plan.plan_id });
        expect(again.error?.code, what).toBe('plan_used');
      }
      const { end } = await mainJob(second);
      expect(end.status, what).toBe('succeeded');
      expect(
        second.executor.started.every(
          ({ runId }) => !first.executor.started.some((each) => each.runId === runId),
        ),
        what,
      ).toBe(true);
      await auditHolds(inner);
    }
  }, 60_000);
});

async function settleAll(harness: Harness): Promise<void> {
  for (const id of harness.ctx.inFlight.ids()) await harness.ctx.inFlight.settled(id, 10_000);
}

describe('a process that dies while terraform runs', () => {
  test('leaves a run that becomes interrupted, is never retried, and tells the agent to plan again', async () => {
    const store = memoryStore();
    const shared = { store, keys: makeKeys(), blobs: new MemoryBlobs() };
    const first = makeHarness({ ...shared, environment: 'dev', pid: 1 });
    Object.assign(first.ctx, { waitBudgetMs: 10 });
    first.executor.gate = gate().closed;
    const plan = await first.call('gateway_terraform_plan', {});
    await first.call('gateway_get_plan', { plan_id: plan.plan_id, wait_seconds: 5 });
    const applied = await first.call('gateway_terraform_apply', { plan_id: plan.plan_id });
    expect(applied).toMatchObject({ status: 'running', success: true, executed: true });

    const second = makeHarness({ ...shared, environment: 'dev', pid: 2, dead: new Set([1]) });
    expect(await recoverRuns(second.ctx)).toBe(1);
    const seen = await second.call('gateway_get_plan', { plan_id: plan.plan_id });
    expect(seen).toMatchObject({ status: 'interrupted', error: { code: 'interrupted' } });
    const again = await second.call('gateway_terraform_apply', { plan_id: plan.plan_id });
    expect(again.error?.code).toBe('plan_used');
    expect(second.executor.started).toHaveLength(0);
    const fresh = await second.call('gateway_terraform_plan', {});
    expect((await second.call('gateway_terraform_apply', { plan_id: fresh.plan_id })).status).toBe(
      'succeeded',
    );
  });

  test('or whose own writes left a run behind that it never started: closed, not waited for', async () => {
    const harness = makeHarness({ environment: 'dev' });
    const plan = await harness.call('gateway_terraform_plan', {});
    const planId = parsePlanId(String(plan.plan_id));
    if (planId === null) throw new Error('no plan');
    const run_id = runIdOf(planId);
    const record = (await harness.store.get('plan', planId))?.value;
    if (!record || !('digest' in record)) throw new Error('no plan');
    await harness.store.create('run', run_id, {
      state: 'running',
      run_id,
      plan_id: planId,
      environment: 'dev',
      caller: record.caller,
      digest: record.digest,
      approval_id: null,
      lane: 'terraform-apply',
      decision: 'escalate',
      overrides: [],
      break_glass_id: null,
      started_at: record.created_at,
      owner: harness.ctx.liveness.self,
      audit: record.audit,
    });
    expect((await harness.call('gateway_get_plan', { plan_id: planId })).status).toBe('interrupted');
    expect((await harness.call('gateway_terraform_apply', { plan_id: planId })).error?.code).toBe(
      'plan_used',
    );
    expect(harness.executor.started).toHaveLength(0);
  });

  test('while it lives, another process neither closes its run nor takes its workspace', async () => {
    const store = memoryStore();
    const shared = { store, keys: makeKeys(), blobs: new MemoryBlobs(), environment: 'dev' };
    const first = makeHarness({ ...shared, pid: 1 });
    const held = gate();
    first.executor.gate = held.closed;
    const plan = await first.call('gateway_terraform_plan', {});
    const applying = first.call('gateway_terraform_apply', { plan_id: plan.plan_id });
    await new Promise((resolve) => setTimeout(resolve, 50));

    const second = makeHarness({ ...shared, pid: 2 });
    expect(await recoverRuns(second.ctx)).toBe(0);
    const other = await second.call('gateway_terraform_plan', {});
    const busy = await second.call('gateway_terraform_apply', { plan_id: other.plan_id });
    expect(busy).toMatchObject({ status: 'refused', error: { code: 'workspace_busy' } });
    held.open();
    expect((await applying).status).toBe('succeeded');
    expect((await second.call('gateway_terraform_apply', { plan_id: other.plan_id })).status).toBe(
      'succeeded',
    );
  });
});

describe('an audit that cannot be written', () => {
  test('lets nothing run, and says so', async () => {
    const inner = memoryStore();
    const harness = makeHarness({ environment: 'dev', store: inner });
    const plan = await harness.call('gateway_terraform_plan', {});
    const broken = faultyStore(inner, [{ write: { kind: 'audit', nth: 'every' }, how: 'fails_before' }]);
    const other = makeHarness({ environment: 'dev', store: broken, blobs: harness.blobs, pid: 2 });
    for (const [tool, args] of [
      ['gateway_terraform_apply', { plan_id: plan.plan_id }],
      ['gateway_terraform_plan', {}],
      ['gateway_get_plan', { plan_id: plan.plan_id }],
    ] as const) {
      expect((await other.call(tool, args)).error?.code, tool).toBe('audit_unavailable');
    }
    expect(other.executor.started).toHaveLength(0);
    expect(other.terraform.plans).toBe(0);
    expect((await inner.list('run', { under: 'running', order: 'oldest_first', limit: 10 })).items).toEqual(
      [],
    );
  });

  test('fails just before the run: nothing runs', async () => {
    for (let nth = 1; nth <= 3; nth += 1) {
      const inner = memoryStore();
      const harness = makeHarness({ environment: 'dev', store: inner });
      const plan = await harness.call('gateway_terraform_plan', {});
      const faults: Fault[] = Array.from({ length: 20 }, (_, index) => ({
        write: { kind: 'audit', nth: nth + index },
        how: 'fails_before',
      }));
      const other = makeHarness({
        environment: 'dev',
        store: faultyStore(inner, faults),
        blobs: harness.blobs,
      });
      const answer = await other.call('gateway_terraform_apply', { plan_id: plan.plan_id });
      if (nth <= 2) {
        expect(answer.error?.code, `audit append ${nth}`).toBe('audit_unavailable');
        expect(other.executor.started, `audit append ${nth}`).toHaveLength(0);
      }
    }
  });
});
