/** What the audit must do on every Store. A store adapter runs this unchanged. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuditLog } from '../../lib/audit/log.ts';
import { openSealer, SEALED, sealAudit } from '../../lib/audit/seal.ts';
import { verifyAudit } from '../../lib/audit/verify.ts';
import { chainStart } from '../../lib/core/audit.ts';
import type { AuditLog } from '../../lib/ports/audit-log.ts';
import type { RecordKind } from '../../lib/ports/records.ts';
import type { Store } from '../../lib/ports/store.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { sampleBody, samplePlan, tickingClock } from '../support/sample-records.ts';
import { sealKey } from '../support/seal-key.ts';
import type { StorePlace } from './store.contract.ts';

export function describeAudit(name: string, makePlace: () => StorePlace | Promise<StorePlace>): void {
  describe(`the audit on ${name}`, () => {
    const clock = tickingClock();
    const { signer, verifySeal } = sealKey();
    let place: StorePlace;
    let store: Store;

    beforeEach(async () => {
      place = await makePlace();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const log = (chain: string, on = store): AuditLog => openAuditLog({ store: on, chain, clock });
    const verify = () => verifyAudit({ store, verifySeal });
    const seal = (audit: AuditLog | null = null) =>
      sealAudit({ store, signer, clock, witness: audit && { audit, environment: 'dev' } });
    const whats = async (chain: string) => {
      const page = await store.list('audit', { under: chain, order: 'oldest_first', limit: 1_000 });
      return page.items.map((event) => event.data.what);
    };

    describe('log', () => {
      it('chains events from the name of its chain', async () => {
        const audit = log('a');
        const first = await audit.append(sampleBody('one'));
        const second = await audit.append(sampleBody('two'));
        expect([first, second]).toMatchObject([
          { chain: 'a', seq: 1 },
          { chain: 'a', seq: 2 },
        ]);
        const page = await store.list('audit', { under: 'a', order: 'oldest_first', limit: 10 });
        expect(page.items.map((event) => event.prev)).toEqual([chainStart('a'), first.hash]);
        expect(await verify()).toEqual({ ok: true, chains: 1, events: 2, checkpoints: 0 });
      });

      it('keeps the order of calls that do not wait for each other', async () => {
        const audit = log('a');
        const refs = await Promise.all(
          Array.from({ length: 100 }, (_, n) => audit.append(sampleBody(`${n}`))),
        );
        expect(refs.map((ref) => ref.seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
        expect(await whats('a')).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
        expect(await verify()).toMatchObject({ ok: true, events: 100 });
      });

      it('keeps writers apart', async () => {
        const logs = ['a', 'b', 'c'].map((chain) => log(chain));
        await Promise.all(
          logs.flatMap((each) => [each.append(sampleBody('1')), each.append(sampleBody('2'))]),
        );
        expect(await verify()).toEqual({ ok: true, chains: 3, events: 6, checkpoints: 0 });
      });

      it('stores what it hashed, whatever the data', async () => {
        const data = JSON.parse('{"__proto__": 1, "deep": [{"ü": "\\ud800", "n": -0.5e-7}], "": null}');
        await log('a').append({
          ...sampleBody('odd', data),
          data: { ...data, when: new Date(0), gone: undefined },
        });
        expect(await verify()).toMatchObject({ ok: true, events: 1 });
      });

      it('hashes what it was given, not what that became later', async () => {
        const data = { what: 'before' };
        const appended = log('a').append({ ...sampleBody(''), data });
        data.what = 'after';
        await appended;
        expect(await whats('a')).toEqual(['before']);
        expect(await verify()).toMatchObject({ ok: true });
      });

      const faults: [string, Fault][] = [1, 2, 3, 4].flatMap((write) => [
        [`write ${write} fails`, { write, how: 'fails_before' }],
        [`write ${write} fails but persists`, { write, how: 'fails_after_persisting' }],
      ]);
      it.each(faults)('loses and doubles nothing when %s and the caller tries again', async (_, fault) => {
        const audit = log('a', faultyStore(store, [fault]));
        let failures = 0;
        for (const what of ['one', 'two', 'three']) {
          await audit.append(sampleBody(what)).catch(() => {
            failures += 1;
            return audit.append(sampleBody(what));
          });
        }
        expect(failures).toBe(1);
        expect(await whats('a')).toEqual(['one', 'two', 'three']);
        expect(await verify()).toMatchObject({ ok: true, events: 3 });
      });

      it.each([
        ['fails_before', ['one', 'three']],
        ['fails_after_persisting', ['one', 'two', 'three']],
      ] as const)('goes on after a write that %s and is not tried again', async (how, left) => {
        const audit = log('a', faultyStore(store, [{ write: { kind: 'audit', nth: 2 }, how }]));
        await audit.append(sampleBody('one'));
        await expect(audit.append(sampleBody('two'))).rejects.toThrow();
        expect((await audit.append(sampleBody('three'))).seq).toBe(left.length);
        expect(await whats('a')).toEqual(left);
        expect(await verify()).toMatchObject({ ok: true, events: left.length });
      });

      it('rejects every append while nothing can be written', async () => {
        const audit = log(
          'a',
          faultyStore(store, [{ write: { kind: 'audit', nth: 'every' }, how: 'fails_before' }]),
        );
        await expect(audit.append(sampleBody('one'))).rejects.toThrow();
        await expect(audit.append(sampleBody('two'))).rejects.toThrow();
        expect(await whats('a')).toEqual([]);
      });

      it('does not build on an event that does not follow its own', async () => {
        const audit = log('a');
        await audit.append(sampleBody('one'));
        const first = await store.get('audit', 'a 000000000001');
        if (first === null) throw new Error('no first event');
        await store.create('audit', 'a 000000000002', { ...first.value, seq: 2 });
        await expect(audit.append(sampleBody('two'))).rejects.toThrow('did not write');
      });
    });

    describe('seal', () => {
      it('seals all heads, then only those that moved', async () => {
        const [a, b] = [log('a'), log('b')];
        await a.append(sampleBody('1'));
        const headOfB = await b.append(sampleBody('1'));
        const sealer = openSealer({ store, signer, clock, witness: null });
        expect((await sealer.seal())?.heads).toHaveLength(2);
        expect(await sealer.seal()).toBeNull();
        const headOfA = await a.append(sampleBody('2'));
        expect(await sealer.seal()).toMatchObject({ number: 2, heads: [headOfA] });
        expect(await seal()).toBeNull();
        expect(headOfB.seq).toBe(1);
        expect(await verify()).toEqual({ ok: true, chains: 2, events: 3, checkpoints: 2 });
      });

      it('numbers without gaps when several seal at once', async () => {
        const logs = ['a', 'b', 'c', 'd'].map((chain) => log(chain));
        for (let round = 0; round < 5; round += 1) {
          await Promise.all(logs.flatMap((each) => [each.append(sampleBody('x')), seal()]));
        }
        await seal();
        const verified = await verify();
        expect(verified).toMatchObject({ ok: true, events: 20 });
        expect(await seal()).toBeNull();
      });

      it('gives way where another process takes the number first', async () => {
        const audit = log('a');
        await audit.append(sampleBody('1'));
        let raced = false;
        const racing: Store = {
          ...faultyStore(store, []),
          async create(kind, key, value) {
            if (kind === 'checkpoint' && !raced) {
              raced = true;
              await seal();
              await audit.append(sampleBody('2'));
            }
            return store.create(kind, key, value);
          },
        };
        const sealer = openSealer({ store: racing, signer, clock, witness: null });
        expect(await sealer.seal()).toMatchObject({ number: 2, heads: [{ seq: 2 }] });
        expect(await verify()).toMatchObject({ ok: true, checkpoints: 2 });
      });

      it('records each checkpoint as an event, and does not seal for that event alone', async () => {
        const audit = log('a');
        await audit.append(sampleBody('1'));
        const checkpoint = await seal(audit);
        const page = await store.list('audit', { under: 'a', order: 'newest_first', limit: 1 });
        const data = { number: checkpoint?.number, hash: checkpoint?.hash };
        expect(page.items).toMatchObject([{ type: SEALED, seq: 2, data }]);
        expect(await seal(audit)).toBeNull();
        await audit.append(sampleBody('2'));
        expect(await seal(audit)).toMatchObject({ number: 2, heads: [{ seq: 3 }] });
        expect(await verify()).toMatchObject({ ok: true, events: 4, checkpoints: 2 });
      });

      it.each(['fails_before', 'fails_after_persisting'] as const)(
        'goes on after a checkpoint that %s',
        async (how) => {
          await log('a').append(sampleBody('1'));
          const faulty = faultyStore(store, [{ write: { kind: 'checkpoint', nth: 1 }, how }]);
          const sealer = openSealer({ store: faulty, signer, clock, witness: null });
          await expect(sealer.seal()).rejects.toThrow();
          await sealer.seal();
          expect(await verify()).toMatchObject({ ok: true, checkpoints: 1 });
        },
      );
    });

    describe('verify', () => {
      it('holds for an empty store', async () => {
        expect(await verify()).toEqual({ ok: true, chains: 0, events: 0, checkpoints: 0 });
      });

      it('misses the event that a record refers to', async () => {
        const ref = await log('a').append(sampleBody('1'));
        const plan = samplePlan(1, '2026-01-01T00:00:00.000Z', { ...ref, seq: 2 });
        await store.create('plan', plan.plan_id, plan);
        expect(await verify()).toMatchObject({ problem: { kind: 'reference_missing', chain: 'a', seq: 2 } });
      });

      it('holds beside writers that go on', async () => {
        const audit = log('a');
        let writing = true;
        const writer = (async () => {
          for (let count = 0; writing; count += 1) {
            const ref = await audit.append(sampleBody(`${count}`));
            const plan = samplePlan(count, '2026-01-01T00:00:00.000Z', ref);
            await store.create('plan', plan.plan_id, plan);
            if (count % 10 === 0) await seal(audit);
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
        const verified = [await verify(), await verify(), await verify()];
        writing = false;
        await writer;
        expect(verified).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
        expect(await verify()).toMatchObject({ ok: true });
      });

      it('rejects where the store cannot be read', async () => {
        await log('a').append(sampleBody('1'));
        const broken = (kind: RecordKind, gets: boolean): Store => ({
          ...faultyStore(store, []),
          list: (asked, request) =>
            asked === kind ? Promise.reject(new Error('unreadable')) : store.list(asked, request),
          get: (asked, key) => (gets ? store.get(asked, key) : Promise.reject(new Error('unreadable'))),
        });
        for (const kind of ['checkpoint', 'plan', 'approval', 'run', 'chain', 'audit'] as const) {
          await expect(verifyAudit({ store: broken(kind, true), verifySeal })).rejects.toThrow('unreadable');
        }
        await expect(verifyAudit({ store: broken('audit', false), verifySeal })).rejects.toThrow(
          'unreadable',
        );
      });
    });
  });
}
