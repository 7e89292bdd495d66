/** Tampers with a real SQLite file in every way that a person with the file could, and looks whether it is found and named. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuditLog } from '../../lib/audit/log.ts';
import { openSealer, type Sealer } from '../../lib/audit/seal.ts';
import { type Verified, verifyAudit } from '../../lib/audit/verify.ts';
import {
  type AuditEvent,
  type Checkpoint,
  chainEvent,
  checkpointHash,
  type EventRef,
  eventHash,
} from '../../lib/core/audit.ts';
import { openSqliteStore } from '../../lib/local/sqlite-store.ts';
import type { AuditLog } from '../../lib/ports/audit-log.ts';
import type { Store } from '../../lib/ports/store.ts';
import {
  finished,
  sampleApproval,
  sampleBody,
  samplePlan,
  sampleRun,
  sampleVote,
  tickingClock,
} from '../support/sample-records.ts';
import { sealKey } from '../support/seal-key.ts';

const clock = tickingClock();
const { signer, verifySeal } = sealKey();
const DAY = '2026-01-01T00:00:00.000Z';

let folder: string;
let store: Store;
let database: Database.Database;
let sealer: Sealer;
let alpha: AuditLog;
let beta: AuditLog;

/**
 * alpha: 1 to 6 `a1`…`a6`, sealed at 6 by checkpoint 1, which alpha 7 witnesses; 8 `a8` sealed by checkpoint 2,
 * witnessed by alpha 9; 10 `a10`, sealed by nothing. beta: 1 to 3, sealed at 3 by checkpoint 1.
 */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recourse-verify-'));
  const file = join(folder, 'records.db');
  store = await openSqliteStore(file);
  alpha = openAuditLog({ store, chain: 'alpha', clock });
  beta = openAuditLog({ store, chain: 'beta', clock });
  sealer = openSealer({ store, signer, clock, witness: { audit: alpha, environment: 'dev' } });
  for (const seq of [1, 2, 3, 4, 5, 6]) await alpha.append(sampleBody(`a${seq}`));
  for (const seq of [1, 2, 3]) await beta.append(sampleBody(`b${seq}`));
  await sealer.seal();
  await alpha.append(sampleBody('a8'));
  await sealer.seal();
  await alpha.append(sampleBody('a10'));
  database = new Database(file);
});
afterEach(async () => {
  database.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const verify = (): Promise<Verified> => verifyAudit({ store, verifySeal });

async function expectProblem(
  kind: string,
  chain: string,
  seq: number,
  message: string | RegExp,
): Promise<void> {
  const verified = await verify();
  expect(verified).toMatchObject({ ok: false, problem: { kind, chain, seq } });
  if (!verified.ok) expect(verified.problem.message).toMatch(message);
}

const key = (chain: string, seq: number) => `${chain} ${String(seq).padStart(12, '0')}`;
const number = (count: number) => String(count).padStart(12, '0');

function sql(statement: string, ...values: (string | number)[]): void {
  expect(database.prepare(statement).run(...values).changes).toBeGreaterThan(0);
}

async function eventAt(chain: string, seq: number): Promise<AuditEvent> {
  const found = await store.get('audit', key(chain, seq));
  if (found === null) throw new Error('no such event');
  return found.value;
}

async function checkpointAt(count: number): Promise<Checkpoint> {
  const found = await store.get('checkpoint', number(count));
  if (found === null) throw new Error('no such checkpoint');
  return found.value;
}

function putEvent(chain: string, seq: number, event: object): void {
  sql(
    'UPDATE records SET json = ? WHERE kind = ? AND key = ?',
    JSON.stringify(event),
    'audit',
    key(chain, seq),
  );
}

function putCheckpoint(count: number, checkpoint: object): void {
  sql(
    'UPDATE records SET json = ? WHERE kind = ? AND key = ?',
    JSON.stringify(checkpoint),
    'checkpoint',
    number(count),
  );
}

function removeEvents(where: string): void {
  sql(`DELETE FROM records WHERE kind = 'audit' AND ${where}`);
}

it('holds untouched', async () => {
  expect(await verify()).toEqual({ ok: true, chains: 2, events: 13, checkpoints: 2 });
});

describe('an edited event', () => {
  it.each([
    ['data', (event: AuditEvent) => ({ ...event, data: { what: 'nothing' } })],
    ['type', (event: AuditEvent) => ({ ...event, type: 'call.forgotten' })],
    ['actor', (event: AuditEvent) => ({ ...event, actor: 'human:somebody' })],
    ['time', (event: AuditEvent) => ({ ...event, at: DAY })],
    ['environment', (event: AuditEvent) => ({ ...event, environment: 'prod' })],
    ['place', (event: AuditEvent) => ({ ...event, seq: 40 })],
    ['chain', (event: AuditEvent) => ({ ...event, chain: 'beta' })],
    ['predecessor', (event: AuditEvent) => ({ ...event, prev: event.hash })],
    ['hash', (event: AuditEvent) => ({ ...event, hash: event.prev })],
    ['added member', (event: AuditEvent) => ({ ...event, approved_by: 'everybody' })],
    ['missing member', ({ data: _, ...event }: AuditEvent) => event],
    ['emptiness', () => ({})],
    ['list', () => []],
  ])('is named by its %s', async (_, edit) => {
    putEvent('alpha', 4, edit(await eventAt('alpha', 4)));
    await expectProblem('edited', 'alpha', 4, 'event 4');
  });

  it.each([1, 6, 10])('is named as event %i', async (seq) => {
    putEvent('alpha', seq, { ...(await eventAt('alpha', seq)), actor: 'gateway!' });
    await expectProblem('edited', 'alpha', seq, `event ${seq} does not match its hash`);
  });

  it('is named where its row is no JSON any more', async () => {
    sql('UPDATE records SET json = ? WHERE kind = ? AND key = ?', '{"chain":', 'audit', key('alpha', 4));
    await expectProblem('edited', 'alpha', 4, 'cannot be read');
  });

  it('is named where its hash was computed again', async () => {
    const edited = { ...(await eventAt('alpha', 4)), actor: 'gateway' };
    putEvent('alpha', 4, { ...edited, hash: eventHash(edited) });
    await expectProblem('edited', 'alpha', 4, 'event 4 was rewritten');
  });

  it('is found where all hashes up to the head were computed again', async () => {
    let before: EventRef = await eventAt('alpha', 1);
    for (let seq = 2; seq <= 10; seq += 1) {
      const body = await eventAt('alpha', seq);
      const again = chainEvent('alpha', before, seq === 2 ? { ...body, data: { what: 'nothing' } } : body);
      putEvent('alpha', seq, again);
      before = again;
    }
    await expectProblem('edited', 'alpha', 6, 'checkpoint 1 holds another hash of event 6');
  });

  it('is found by a record that refers to it, where nothing is sealed', async () => {
    const ref = await alpha.append(sampleBody('a11'));
    const plan = samplePlan(1, DAY, ref);
    await store.create('plan', plan.plan_id, plan);
    expect(await verify()).toMatchObject({ ok: true });
    putEvent('alpha', 11, chainEvent('alpha', await eventAt('alpha', 10), sampleBody('harmless')));
    await expectProblem('edited', 'alpha', 11, `plan ${plan.plan_id} holds another hash`);
  });
});

describe('a removed event', () => {
  it.each([1, 4, 9])('is named: %i', async (seq) => {
    removeEvents(`key = '${key('alpha', seq)}'`);
    await expectProblem('removed', 'alpha', seq, `event ${seq} is gone`);
  });

  it('is named where it is hidden from listings', async () => {
    sql('UPDATE records SET under = ? WHERE kind = ? AND key = ?', 'elsewhere', 'audit', key('alpha', 4));
    await expectProblem('reordered', 'alpha', 4, 'event 5 stands in the place of event 4');
  });
});

describe('a reordered chain', () => {
  it.each([
    [4, 5],
    [2, 9],
  ])('is named: %i and %i', async (one, other) => {
    const [first, second] = [await eventAt('alpha', one), await eventAt('alpha', other)];
    putEvent('alpha', one, second);
    putEvent('alpha', other, first);
    await expectProblem('reordered', 'alpha', one, `event ${other} stands in the place of event ${one}`);
  });

  it('is named where an event stands twice', async () => {
    putEvent('alpha', 5, await eventAt('alpha', 4));
    await expectProblem('reordered', 'alpha', 5, 'event 4 stands in the place of event 5');
  });

  it('is named where an event comes from another chain', async () => {
    putEvent('alpha', 2, await eventAt('beta', 2));
    await expectProblem('edited', 'alpha', 2, 'from chain beta');
  });
});

describe('a truncated chain', () => {
  it('is named by the checkpoint that sealed more', async () => {
    removeEvents(`under = 'beta' AND at >= '${number(2)}'`);
    await expectProblem('truncated', 'beta', 2, 'checkpoint 1 sealed more');
  });

  it('is named where no event is left', async () => {
    removeEvents(`under = 'beta'`);
    await expectProblem('truncated', 'beta', 1, 'checkpoint 1 sealed more');
  });

  it('is named by a record that refers to what is gone, where nothing is sealed', async () => {
    const run = sampleRun(1, DAY, await beta.append(sampleBody('b4')));
    await store.create('run', run.run_id, run);
    removeEvents(`key = '${key('beta', 4)}'`);
    await expectProblem('reference_missing', 'beta', 4, `run ${run.run_id} refers to it`);
  });
});

describe('a chain that is gone whole', () => {
  it('is missed by its checkpoint', async () => {
    removeEvents(`under = 'beta'`);
    sql(`DELETE FROM records WHERE kind = 'chain' AND key = 'beta'`);
    await expectProblem('chain_missing', 'beta', 1, 'checkpoint 1 refers to it');
  });

  it('is missed where only its record is gone', async () => {
    sql(`DELETE FROM records WHERE kind = 'chain' AND key = 'beta'`);
    await expectProblem('chain_missing', 'beta', 1, 'chain beta is gone');
  });

  it.each(['plan', 'approval', 'vote', 'running run', 'finished run'] as const)(
    'is missed by a %s',
    async (what) => {
      const gamma = openAuditLog({ store, chain: 'gamma', clock });
      const ref = await gamma.append(sampleBody('c1'));
      const run = sampleRun(1, DAY, ref);
      const approval = sampleApproval(1, DAY);
      if (what === 'plan') await store.create('plan', 'plan', samplePlan(1, DAY, ref));
      if (what === 'approval') await store.create('approval', 'approval', sampleApproval(1, DAY, ref));
      if (what === 'vote') {
        await store.create('approval', 'approval', { ...approval, audit: await eventAt('beta', 1) });
        await store.create('vote', 'vote', sampleVote(1, 'alice', DAY, ref));
      }
      if (what === 'running run') await store.create('run', 'run', run);
      if (what === 'finished run') await store.create('run', 'run', finished(run));
      expect(await verify()).toMatchObject({ ok: true, chains: 3 });
      removeEvents(`under = 'gamma'`);
      sql(`DELETE FROM records WHERE kind = 'chain' AND key = 'gamma'`);
      await expectProblem('chain_missing', 'gamma', 1, `${what.split(' ').at(-1)} `);
    },
  );
});

describe('a record that refers to no event', () => {
  it.each([
    ['null', null],
    ['text', 'alpha 1'],
    ['place 0', { chain: 'alpha', seq: 0, hash: `sha256:${'0'.repeat(64)}` }],
    ['no hash', { chain: 'alpha', seq: 1, hash: 'none' }],
  ])('is named: %s', async (_, audit) => {
    const plan = samplePlan(1, DAY, await eventAt('alpha', 1));
    await store.create('plan', plan.plan_id, plan);
    sql(`UPDATE records SET json = ? WHERE kind = 'plan'`, JSON.stringify({ ...plan, audit }));
    await expectProblem('reference_missing', '', 0, `plan ${plan.plan_id} refers to no event`);
  });
});

describe('a checkpoint', () => {
  it.each([
    ['time', (checkpoint: Checkpoint) => ({ ...checkpoint, at: DAY })],
    ['heads', (checkpoint: Checkpoint) => ({ ...checkpoint, heads: [] })],
    ['predecessor', (checkpoint: Checkpoint) => ({ ...checkpoint, prev: checkpoint.hash })],
    ['hash', (checkpoint: Checkpoint) => ({ ...checkpoint, hash: checkpoint.prev })],
    ['added member', (checkpoint: Checkpoint) => ({ ...checkpoint, checked: true })],
    ['heads that are none', (checkpoint: Checkpoint) => ({ ...checkpoint, heads: [null] })],
  ])('with edited %s is named', async (_, edit) => {
    putCheckpoint(1, edit(await checkpointAt(1)));
    await expectProblem('checkpoint_forged', 'checkpoints', 1, 'checkpoint 1');
  });

  it.each([
    ['of another key', async (hash: Checkpoint['hash']) => sealKey().signer.signSeal(hash)],
    ['of another checkpoint', async () => (await checkpointAt(2)).signature],
    ['that is none', async () => ''],
  ])('with a signature %s is named', async (_, signature) => {
    const { heads, ...checkpoint } = await checkpointAt(1);
    const unsigned = { ...checkpoint, heads: heads.filter((head) => head.chain !== 'beta') };
    const hash = checkpointHash(unsigned);
    putCheckpoint(1, { ...unsigned, hash, signature: await signature(hash) });
    await expectProblem('checkpoint_forged', 'checkpoints', 1, 'not signed with the sealing key');
  });

  it('that is signed but does not follow the one before is named', async () => {
    const unsigned = { ...(await checkpointAt(2)), prev: null };
    const hash = checkpointHash(unsigned);
    putCheckpoint(2, { ...unsigned, hash, signature: await signer.signSeal(hash) });
    await expectProblem('checkpoint_forged', 'checkpoints', 2, 'does not follow the checkpoint before it');
  });

  it('that stands in the place of another is named', async () => {
    putCheckpoint(1, await checkpointAt(2));
    await expectProblem('checkpoint_forged', 'checkpoints', 1, 'says that it is checkpoint 2');
  });

  it('that was removed from the middle is named', async () => {
    sql(`DELETE FROM records WHERE kind = 'checkpoint' AND key = '${number(1)}'`);
    await expectProblem('removed', 'checkpoints', 1, 'checkpoint 1 is gone');
  });

  it('that was removed from the end is missed by its witness', async () => {
    sql(`DELETE FROM records WHERE kind = 'checkpoint' AND key = '${number(2)}'`);
    await expectProblem('removed', 'checkpoints', 2, 'event 9 of alpha recorded it');
  });

  it('is missed where all are gone', async () => {
    sql(`DELETE FROM records WHERE kind = 'checkpoint'`);
    await expectProblem('removed', 'checkpoints', 1, 'event 7 of alpha recorded it');
  });

  it('that took the number of a removed one is named', async () => {
    sql(`DELETE FROM records WHERE kind = 'checkpoint' AND key = '${number(2)}'`);
    await beta.append(sampleBody('b4'));
    expect(await openSealer({ store, signer, clock, witness: null }).seal()).toMatchObject({ number: 2 });
    await expectProblem('checkpoint_forged', 'checkpoints', 2, 'checkpoint 2 is another one');
  });

  it('does not seal over a chain that was cut', async () => {
    removeEvents(`under = 'beta' AND at >= '${number(2)}'`);
    await alpha.append(sampleBody('more'));
    expect((await sealer.seal())?.heads.map((head) => head.chain)).toEqual(['alpha']);
    await expectProblem('truncated', 'beta', 2, 'checkpoint 1 sealed more');
  });
});

it('streams through many events', async () => {
  for (let count = 0; count < 3_000; count += 1) await beta.append(sampleBody(`${count}`));
  expect(await verify()).toMatchObject({ ok: true, events: 3_013 });
  putEvent('beta', 2_501, { ...(await eventAt('beta', 2_501)), actor: 'gateway' });
  await expectProblem('edited', 'beta', 2_501, 'does not match its hash');
  sql('UPDATE records SET json = ? WHERE kind = ? AND key = ?', '', 'audit', key('beta', 1_777));
  await expectProblem('edited', 'beta', 1_777, 'cannot be read');
});
