import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/core/canonical.ts';
import { runIdOf } from '../../lib/core/ids.ts';
import type { PlanRecord } from '../../lib/core/plan.ts';
import { materialiseSnapshot, snapshotFolder } from '../../lib/executor/terraform/materialise.ts';
import { sweepWork } from '../../lib/local/upkeep.ts';
import type { Store } from '../../lib/ports/store.ts';
import { memoryStore } from '../support/memory-store.ts';
import { NO_EVENT, OWNER, planId, samplePlan } from '../support/sample-records.ts';

const NOW = new Date('2026-06-10T12:00:00.000Z');
const HOURS = 3_600_000;
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOURS);

describe('the sweep of what plans left', () => {
  let state: string;
  let store: Store;
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'recourse-upkeep-'));
    store = memoryStore();
  });
  afterEach(() => rm(state, { recursive: true, force: true }));

  /** A plan with work on disk, from a source of its own that was last used as long ago as it expired. */
  async function plan(seed: number, expired: Date): Promise<void> {
    const snapshot = sha256(`source ${seed}`);
    const { state: _, ...common } = samplePlan(seed, ago(200).toISOString());
    const record = {
      ...common,
      state: 'ready',
      expires_at: expired.toISOString(),
      decision: 'allow',
      reasons: [],
      classes: [],
      evaluation: null,
      evaluationBlob: null,
      digest: sha256('x'),
      digestParts: {},
      frozen: { kind: 'terraform-scan', snapshot },
      outputBlob: null,
    } as const satisfies PlanRecord | { owner: unknown };
    await store.create('plan', planId(seed), record);
    await mkdir(join(state, 'work', planId(seed), 'data'), { recursive: true });
    await source(snapshot, ago(100));
  }

  async function source(address: ReturnType<typeof sha256>, used: Date): Promise<void> {
    const files = new Map([['a/b/main.tf', { path: 'a/b/main.tf', bytes: new Uint8Array() }]]);
    const folder = snapshotFolder(state, address);
    await materialiseSnapshot({ address, rootModule: '', files }, new Map(), folder);
    await utimes(folder, used, used);
  }

  async function run(seed: number, finished: Date | null): Promise<void> {
    const common = {
      run_id: runIdOf(planId(seed)),
      plan_id: planId(seed),
      environment: 'dev',
      caller: { agent: 'robot', human: null },
      digest: sha256('x'),
      approval_id: null,
      lane: 'terraform-apply',
      decision: 'escalate',
      overrides: [],
      break_glass_id: null,
      started_at: ago(150).toISOString(),
      audit: NO_EVENT,
    } as const;
    const result = { exit_code: 0, output: null, stderr: null, error: null, produced_plan: null };
    await store.create(
      'run',
      common.run_id,
      finished === null
        ? { ...common, state: 'running', owner: OWNER }
        : { ...common, state: 'succeeded', finished_at: finished.toISOString(), result },
    );
  }

  async function left() {
    const [work, snapshots] = [await readdir(join(state, 'work')), await readdir(join(state, 'snapshots'))];
    const seeds = [1, 2, 3, 4, 5, 6];
    return {
      work: seeds.filter((seed) => work.includes(planId(seed))),
      snapshots: seeds.filter((seed) => snapshots.includes(sha256(`source ${seed}`).replace(':', '-'))),
    };
  }

  it('takes what is over or expired for more than a day, and keeps the rest with its source', async () => {
    await plan(1, ago(-1));
    await plan(2, ago(23));
    await plan(3, ago(25));
    await plan(4, ago(48));
    await run(4, null);
    await plan(5, ago(-1));
    await run(5, ago(25));
    await plan(6, ago(48));
    await run(6, ago(23));
    expect(await sweepWork(state, store, NOW)).toBe(4);
    expect(await left()).toEqual({ work: [1, 2, 4, 6], snapshots: [1, 2, 4, 6] });
    expect(await sweepWork(state, store, NOW)).toBe(0);
  });

  it('keeps a source that was used lately, and forgets one that nothing uses', async () => {
    await mkdir(join(state, 'work'));
    await source(sha256('source 1'), ago(23));
    await source(sha256('source 2'), ago(25));
    await sweepWork(state, store, NOW);
    expect((await left()).snapshots).toEqual([1]);
  });

  it('leaves alone what is no work of a plan, and work whose record is not there yet', async () => {
    await mkdir(join(state, 'work/notes'), { recursive: true });
    await mkdir(join(state, 'work', planId(1)));
    await utimes(join(state, 'work', planId(1)), ago(1), ago(1));
    expect(await sweepWork(state, store, NOW)).toBe(0);
    await utimes(join(state, 'work', planId(1)), ago(25), ago(25));
    expect(await sweepWork(state, store, NOW)).toBe(1);
    expect(await readdir(join(state, 'work'))).toEqual(['notes']);
  });

  it('has nothing to do where nothing was ever planned', async () => {
    expect(await sweepWork(state, store, NOW)).toBe(0);
  });
});
