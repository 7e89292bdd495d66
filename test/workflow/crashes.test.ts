/**
 * A function that dies at any of its writes, before the write persists or after: whatever happens then, nothing runs
 * twice, what ran has its end recorded, and nothing stays in the way of what comes next.
 */
import { expect, test, vi } from 'vitest';
import type { Action } from '../../lib/core/action.ts';
import { runIdOf } from '../../lib/core/ids.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { type Execution, ended, execute, type Ran, sweep } from './machine.ts';
import { APPLIES, honest, manifest, PLANS, READS, READS_SOURCE, RUNS_CODE } from './scenes.ts';
import { openStage, type Stage } from './stage.ts';

// The waits between tries at a store that fails.
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

interface Way {
  readonly name: string;
  readonly action: Action;
  readonly text?: string;
  readonly main?: string;
  /** Up to the approval, without faults; then the run. */
  readonly approved: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'a command', action: READS, approved: false },
  { name: 'a command with files', action: READS_SOURCE, approved: false },
  { name: 'a manifest that is judged', action: APPLIES, text: manifest('green'), approved: false },
  { name: 'a manifest that is applied', action: APPLIES, text: manifest('green'), approved: true },
  { name: 'a terraform plan', action: PLANS, approved: false },
  { name: 'a terraform apply', action: PLANS, approved: true },
  { name: 'a terraform plan that goes on', action: PLANS, main: RUNS_CODE, approved: true },
];

async function take(way: Way, faults: readonly Fault[], box: 'works' | 'fails' = 'works') {
  const stage = openStage();
  const lane = honest(way.main === undefined ? {} : { main: way.main });
  const planId = await stage.propose(way.action, way.text ?? null);
  if (way.approved) {
    await execute(stage, { planId, begin: 'judge', lane });
    await stage.approve(planId);
  }
  const store = faultyStore(stage.store, faults);
  const broken = { ...stage.box(), putJob: () => Promise.reject(new Error('no bucket')) };
  const execution: Execution = {
    planId,
    begin: way.approved ? 'authorize' : 'judge',
    attempt: 'att_1',
    lane,
    store,
    ...(box === 'works' ? {} : { box: broken }),
  };
  const ran = await execute(stage, execution);
  return { stage, planId, ran, store, lane };
}

/** What must be true when the machine has ended, once the sweep came round after its time. */
async function settles(stage: Stage, planId: Awaited<ReturnType<Stage['propose']>>, ran: Ran) {
  stage.later(6 * 3_600_000);
  await sweep(stage);
  const run = await stage.run(planId);
  expect(run?.state, 'no run is left running').not.toBe('running');
  const attempt = (await stage.store.get('attempt', 'att_1'))?.value;
  if (attempt !== undefined) {
    expect(attempt.stage.state).toMatch(/^(over|refused)$/);
    expect((await stage.plan(planId)).state).not.toBe('planning');
  }
  const runs = ran.built.filter(({ kind }) => kind === 'run');
  expect(runs.length).toBeLessThanOrEqual(1);
  if (runs.length === 1) expect(run, 'what ran is recorded').not.toBeNull();
}

test.each(WAYS)('$name: a write fails, any one of them', async (way) => {
  const whole = await take(way, []);
  expect(whole.ran).toMatchObject({ status: 'SUCCEEDED' });
  for (let nth = 1; nth <= whole.store.writes.length; nth += 1) {
    for (const how of ['fails_before', 'fails_after_persisting'] as const) {
      const { stage, planId, ran, lane, store } = await take(way, [{ write: nth, how }]);
      const about = `write ${nth} (${store.writes[nth - 1]?.kind}) ${how}`;
      await settles(stage, planId, ran).catch((error: unknown) => {
        throw new Error(`${about}: ${String(error)}\n${stage.reports.join('\n')}`);
      });
      const again = await execute(stage, { planId, begin: 'authorize', attempt: 'att_2', lane });
      const times = [...ran.built, ...again.built];
      expect(times.filter(({ kind }) => kind === 'run').length, about).toBeLessThanOrEqual(1);
    }
  }
});

test.each(WAYS)('$name: from any write on, nothing can be written any more', async (way) => {
  const whole = await take(way, []);
  for (let nth = 1; nth <= whole.store.writes.length; nth += 2) {
    const faults = Array.from({ length: 80 }, (_, index) => nth + index).map(
      (write) => ({ write, how: 'fails_before' }) as const,
    );
    const { stage, planId, ran } = await take(way, faults);
    // The machine is over, and EventBridge tells of it once records can be written again.
    await ended(stage, { attempt: 'att_1' }, 'FAILED');
    await settles(stage, planId, ran).catch((error: unknown) => {
      throw new Error(`from write ${nth} on: ${String(error)}\n${stage.reports.join('\n')}`);
    });
  }
});

test.each([
  ['run', 1],
  ['attempt', 2],
  ['lease', 2],
] as const)('the workspace is free for the next one when a function died at the %s', async (kind, nth) => {
  const way = { name: '', action: PLANS, approved: true };
  const { stage, lane } = await take(way, [{ write: { kind, nth }, how: 'fails_before' }]);
  const next = await stage.propose(PLANS, null, 'att_2');
  await execute(stage, { planId: next, begin: 'judge', attempt: 'att_2', lane });
  await stage.approve(next);
  await execute(stage, { planId: next, begin: 'authorize', attempt: 'att_3', lane });
  expect((await stage.store.get('attempt', 'att_3'))?.value.stage).toMatchObject({ state: 'over' });
  expect(await stage.run(next)).toMatchObject({ state: 'succeeded' });
});

test('a workspace is held for as long as the machine of its run may go on', async () => {
  const { stage, lane } = await take({ name: '', action: READS, approved: false }, []);
  const approved = async (attempt: string) => {
    const planId = await stage.propose(PLANS, null, attempt);
    await execute(stage, { planId, begin: 'judge', attempt, lane });
    await stage.approve(planId);
    return planId;
  };
  const first = await approved('att_a');
  let waits = () => {};
  const inBuild = new Promise<void>((resolve) => {
    waits = resolve;
  });
  void execute(stage, {
    planId: first,
    begin: 'authorize',
    attempt: 'att_b',
    lane: () => {
      waits();
      return new Promise(() => {});
    },
  });
  await inBuild;
  stage.later(3 * 3_600_000 + 55 * 60_000);
  const next = await approved('att_c');
  await execute(stage, { planId: next, begin: 'authorize', attempt: 'att_d', lane });
  expect((await stage.store.get('attempt', 'att_d'))?.value.stage).toMatchObject({
    state: 'refused',
    refusal: { code: 'workspace_busy' },
  });
});

test.each(WAYS)('$name: no job can be laid', async (way) => {
  const { stage, planId, ran } = await take(way, [], 'fails');
  await settles(stage, planId, ran);
});

test('a run whose machine nobody told of is closed by the sweep, and not before its time', async () => {
  const stage = openStage();
  const planId = await stage.propose(READS);
  const stuck = new Promise<null>(() => {});
  void execute(stage, { planId, begin: 'judge', attempt: 'att_1', lane: () => stuck });
  await expect.poll(() => stage.run(planId)).toMatchObject({ state: 'running' });
  stage.later(4 * 3_600_000);
  expect(await sweep(stage)).toBe(0);
  stage.later(2 * 3_600_000);
  expect(await sweep(stage)).toBe(1);
  expect(await stage.run(planId)).toMatchObject({
    state: 'failed',
    result: { error: { code: 'interrupted' } },
  });
  expect(await sweep(stage)).toBe(0);
});

test('a run whose attempt was forgotten, or says that it is over, is closed all the same', async () => {
  for (const attempt of ['over', 'gone'] as const) {
    const stage = openStage();
    const planId = await stage.propose(READS);
    const stuck = new Promise<null>(() => {});
    void execute(stage, { planId, begin: 'judge', attempt: 'att_1', lane: () => stuck });
    await expect.poll(() => stage.run(planId)).toMatchObject({ state: 'running' });
    const found = await stage.store.get('attempt', 'att_1');
    if (found === null) throw new Error('no attempt');
    const run = await stage.store.get('run', runIdOf(planId));
    if (run === null || run.value.state !== 'running') throw new Error('no run');
    if (attempt === 'over') {
      const over = { ...found.value, stage: { state: 'over' } } as const;
      await stage.store.replace('attempt', 'att_1', found.version, over);
    } else {
      const owner = { ...run.value.owner, started: 'att_forgotten' };
      await stage.store.replace('run', runIdOf(planId), run.version, { ...run.value, owner });
    }
    stage.later(6 * 3_600_000);
    await sweep(stage);
    expect(await stage.run(planId)).toMatchObject({ state: 'failed' });
  }
});
