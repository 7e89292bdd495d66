import { beforeEach, describe, expect, it } from 'vitest';
import { type CheckpointLog, openCheckpointLog } from '../../lib/audit/checkpoint-log.ts';
import { type AuditChange, readChanges, sealChanges } from '../../lib/audit/stream-seal.ts';
import { verifyAudit } from '../../lib/audit/verify.ts';
import { type AuditEvent, chainEvent, eventHash } from '../../lib/core/audit.ts';
import type { Store } from '../../lib/ports/store.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { memoryStore } from '../support/memory-store.ts';
import { sampleBody, tickingClock } from '../support/sample-records.ts';
import { sealKey } from '../support/seal-key.ts';

const clock = tickingClock();
const { signer, verifySeal } = sealKey();

/** The first events of a chain. */
function chainOf(name: string, count: number): AuditEvent[] {
  const events: AuditEvent[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    events.push(chainEvent(name, events.at(-1) ?? null, sampleBody(`${name}${seq}`)));
  }
  return events;
}
const added = (event: AuditEvent): AuditChange => ({
  kind: 'added',
  chain: event.chain,
  seq: event.seq,
  value: event,
});
const head = ({ chain, seq, hash }: AuditEvent) => ({ chain, seq, hash });
const [a1, a2, a3, a4, a5] = chainOf('a', 5) as [AuditEvent, AuditEvent, AuditEvent, AuditEvent, AuditEvent];
const [b1, b2] = chainOf('b', 2) as [AuditEvent, AuditEvent];

describe('changes of the audit', () => {
  const read = (changes: AuditChange[], sealed: AuditEvent | null = null) =>
    readChanges(changes, () => sealed);

  it('give the newest event of each chain', () => {
    expect(read([a1, b1, a2, a3, b2].map(added))).toEqual({ heads: [head(a3), head(b2)], alarms: [] });
    expect(read([])).toEqual({ heads: [], alarms: [] });
  });

  it('go on from what is sealed, and are silent about what was told before', () => {
    expect(read([a3, a4].map(added), a2)).toEqual({ heads: [head(a4)], alarms: [] });
    expect(read([a1, a2].map(added), a2)).toEqual({ heads: [], alarms: [] });
    expect(read([a1, a2, a3].map(added), a2)).toEqual({ heads: [head(a3)], alarms: [] });
    expect(read([a4, a5].map(added))).toEqual({ heads: [head(a5)], alarms: [] });
  });

  it.each(['changed', 'removed', 'stray'] as const)('that are none of an event are alarms: %s', (kind) => {
    const { heads, alarms } = read([added(a1), { kind, place: 'event 1 of chain a' }, added(a2)]);
    expect(heads).toEqual([head(a2)]);
    expect(alarms).toMatchObject([{ kind, place: 'event 1 of chain a' }]);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['text', 'event'],
    ['another hash', { ...a2, hash: a3.hash }],
    ['other words under its hash', { ...a2, actor: 'gateway' }],
    ['a member more', { ...a2, approved_by: 'everybody' }],
    ['another place', a3],
    ['another chain', b2],
    ['what cannot be hashed', { ...a2, data: { n: Number.NaN } }],
  ])('that hold %s instead of their event are alarms, and end what is sealed of the chain', (_, value) => {
    const forged: AuditChange = { kind: 'added', chain: 'a', seq: 2, value };
    const { heads, alarms } = read([added(a1), forged, added(a3), added(b1)]);
    expect(heads).toEqual([head(a1), head(b1)]);
    expect(alarms[0]).toMatchObject({ kind: 'forged', place: 'event 2 of chain a' });
  });

  it.each<[string, AuditEvent[], AuditEvent | null, AuditEvent | null]>([
    ['leaves one out', [a1, a3], null, a1],
    ['leaves out what follows the sealed head', [a4], a2, null],
    [
      'begins in the middle as if it were the first',
      [{ ...a1, prev: b1.prev, hash: eventHash({ ...a1, prev: b1.prev }) }],
      null,
      null,
    ],
    ['replaces the sealed head', [chainEvent('a', a1, sampleBody('other'))], a2, null],
    [
      'follows another event',
      [a1, chainEvent('a', chainEvent('a', null, sampleBody('x')), sampleBody('y'))],
      null,
      a1,
    ],
    ['goes on after a break', [a1, a3, a4, a5], null, a1],
  ])('whose chain %s are alarms and not sealed', (_, events, sealed, newest) => {
    const { heads, alarms } = read(events.map(added), sealed);
    expect(heads).toEqual(newest === null ? [] : [head(newest)]);
    expect(alarms[0]).toMatchObject({ kind: 'broken' });
  });
});

describe('sealing from changes', () => {
  let store: Store;
  let log: CheckpointLog;
  beforeEach(async () => {
    store = memoryStore();
    log = openCheckpointLog({ store, signer, clock, lookBack: 10 });
    for (const event of [a1, a2, a3, a4, a5, b1, b2]) {
      await store.create('chain', event.chain, { chain: event.chain, opened_at: '2026-01-01T00:00:00.000Z' });
      await store.create('audit', `${event.chain} ${String(event.seq).padStart(12, '0')}`, event);
    }
  });
  const verify = () => verifyAudit({ store, verifySeal });

  it('writes checkpoints that verify, without gaps, and nothing twice', async () => {
    const first = await sealChanges(log, [a1, b1, a2].map(added));
    expect(first.checkpoints).toMatchObject([{ number: 1, heads: [head(a2), head(b1)] }]);
    expect(await sealChanges(log, [a1, b1, a2].map(added))).toEqual({ checkpoints: [], alarms: [] });
    const later = openCheckpointLog({ store, signer, clock, lookBack: 10 });
    expect(await sealChanges(later, [b1, a2].map(added))).toEqual({ checkpoints: [], alarms: [] });
    expect(await sealChanges(later, [a1, a2, a3].map(added))).toMatchObject({
      checkpoints: [{ number: 2, heads: [head(a3)] }],
    });
    expect(await sealChanges(log, [b2, a4].map(added))).toMatchObject({ checkpoints: [{ number: 3 }] });
    expect(await verify()).toMatchObject({ ok: true, checkpoints: 3 });
  });

  it('never takes a head back behind one that is sealed', async () => {
    await sealChanges(log, [a1, a2, a3, a4, a5].map(added));
    const { checkpoints, alarms } = await sealChanges(log, [a1, a2, a3, b1].map(added));
    expect(checkpoints).toMatchObject([{ number: 2, heads: [head(b1)] }]);
    expect(alarms).toEqual([]);
  });

  it('gives way where another takes the number, and takes the next', async () => {
    const other = openCheckpointLog({ store, signer, clock, lookBack: 10 });
    let raced = false;
    const racing: Store = {
      ...faultyStore(store, []),
      async create(kind, key, value) {
        if (!raced) {
          raced = true;
          await sealChanges(other, [added(a1), added(b1)]);
        }
        return store.create(kind, key, value);
      },
    };
    const slow = openCheckpointLog({ store: racing, signer, clock, lookBack: 10 });
    const { checkpoints } = await sealChanges(slow, [a1, a2, b1].map(added));
    expect(checkpoints).toMatchObject([{ number: 2, heads: [head(a2)] }]);
    expect(await verify()).toMatchObject({ ok: true, checkpoints: 2 });
  });

  it('has no gaps when many seal at once', async () => {
    const chains = Array.from({ length: 30 }, (_, index) => chainOf(`c${index}`, 3));
    await Promise.all(
      chains.map(async (events) => {
        const mine = openCheckpointLog({ store, signer, clock, lookBack: 10 });
        for (const event of events) await sealChanges(mine, [added(event)]);
      }),
    );
    const { items } = await store.list('checkpoint', {
      under: 'checkpoints',
      order: 'oldest_first',
      limit: 1_000,
    });
    expect(items.map((each) => each.number)).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
    expect(items.slice(1).every((each, index) => each.prev === items[index]?.hash)).toBe(true);
  });

  it('splits what one checkpoint does not hold', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => chainOf(`many${index}`, 1)).flat();
    const { checkpoints } = await sealChanges(log, many.map(added));
    expect(checkpoints.map((each) => each.heads.length)).toEqual([1_000, 1]);
  });

  it.each(['fails_before', 'fails_after_persisting'] as const)(
    'seals once when the write %s and the changes come again',
    async (how) => {
      const faulty = faultyStore(store, [{ write: { kind: 'checkpoint', nth: 1 }, how }]);
      const changes = [a1, a2].map(added);
      const failing = openCheckpointLog({ store: faulty, signer, clock, lookBack: 10 });
      await expect(sealChanges(failing, changes)).rejects.toThrow();
      await sealChanges(failing, changes);
      expect(await verify()).toMatchObject({ ok: true, checkpoints: 1 });
    },
  );
});
