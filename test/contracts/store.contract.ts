/** What every Store must do. An adapter runs this unchanged. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordKind, TokenRecord } from '../../lib/ports/records.ts';
import type { Store } from '../../lib/ports/store.ts';
import {
  finished,
  planId,
  sampleApproval,
  samplePlan,
  sampleRun,
  sampleVote,
} from '../support/sample-records.ts';

/** An empty place for records that several stores can be open on at once. */
export interface StorePlace {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export function describeStore(name: string, makePlace: () => StorePlace | Promise<StorePlace>): void {
  describe(`${name} as a Store`, () => {
    let place: StorePlace;
    let store: Store;
    let other: Store;

    beforeEach(async () => {
      place = await makePlace();
      store = await place.open();
      other = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await place.remove();
    });

    describe('create and get', () => {
      it('gives back what was created, at version 1', async () => {
        const plan = samplePlan(1, day(1));
        expect(await store.create('plan', plan.plan_id, plan)).toBe('created');
        expect(await store.get('plan', plan.plan_id)).toEqual({ value: plan, version: 1 });
        expect(await other.get('plan', plan.plan_id)).toEqual({ value: plan, version: 1 });
      });

      it('answers null for what is not there', async () => {
        expect(await store.get('plan', planId(1))).toBeNull();
      });

      it('keeps the first of two', async () => {
        await store.create('quota', 'k', quota(1));
        expect(await store.create('quota', 'k', quota(2))).toBe('exists');
        expect(await other.create('quota', 'k', quota(3))).toBe('exists');
        expect(await store.get('quota', 'k')).toEqual({ value: quota(1), version: 1 });
      });

      it('keeps kinds apart', async () => {
        await store.create('quota', 'k', quota(1));
        expect(await store.get('spend', 'k')).toBeNull();
        const lease = { resource: 'k', run_id: planId(1), owner: OWNER, expires_at: day(1) };
        expect(await store.create('lease', 'k', lease)).toBe('created');
        expect(await store.get('quota', 'k')).toEqual({ value: quota(1), version: 1 });
      });

      it('tells keys apart that only look alike', async () => {
        const keys = [
          'k',
          'K',
          'k ',
          ' k',
          'k\u0301',
          '\u1e31',
          'ḱ%',
          'k_',
          "k'",
          'k"',
          'k\\',
          'a b',
          'a  b',
        ];
        for (const [count, key] of keys.entries()) {
          expect(await store.create('quota', key, quota(count))).toBe('created');
        }
        for (const [count, key] of keys.entries()) {
          expect((await store.get('quota', key))?.value.count).toBe(count);
        }
      });

      it('rejects a key that cannot be stored as it is', async () => {
        for (const key of ['', 'a\0b', 'a\ud800', '\udc00a']) {
          await expect(store.create('quota', key, quota(1))).rejects.toThrow();
          await expect(store.get('quota', key)).rejects.toThrow();
          await expect(store.replace('quota', key, 1, quota(1))).rejects.toThrow();
        }
        expect(await store.get('quota', 'a')).toBeNull();
      });

      it('rejects a kind that there is not', async () => {
        for (const kind of ['nothing', 'constructor', '__proto__', 'PLAN', '']) {
          const wrong = kind as RecordKind;
          await expect(store.get(wrong, 'k')).rejects.toThrow();
          await expect(store.create(wrong, 'k', quota(1))).rejects.toThrow();
          await expect(store.replace(wrong, 'k', 1, quota(1))).rejects.toThrow();
          await expect(store.list(wrong, { under: 'u', order: 'oldest_first', limit: 1 })).rejects.toThrow();
        }
      });

      it('keeps text of any script, escapes and 300 KB as they are', async () => {
        const subject =
          'Ünïcödé 漢字 🚀 \u0000 \u2028 \\u0041 "quoted" \ud83d\udc69\u200d\ud83d\ude80 \r\n\t';
        const large = { subject, count: Number.MAX_SAFE_INTEGER, expires_at: 'ä'.repeat(150_000) };
        await store.create('quota', '鍵 🗝', large);
        expect(await other.get('quota', '鍵 🗝')).toEqual({ value: large, version: 1 });
      });

      it('gives each reader a value of its own', async () => {
        const approval = { ...sampleApproval(1, day(1)), requested_by: { agent: 'robot', human: null } };
        await store.create('approval', approval.approval_id, approval);
        Object.assign(approval.requested_by, { agent: 'changed by the writer' });
        const read = await store.get('approval', approval.approval_id);
        Object.assign(read?.value ?? {}, { reason: 'changed by a reader' });
        const again = await store.get('approval', approval.approval_id);
        expect(again?.value.requested_by.agent).toBe('robot');
        expect(again?.value.reason).toBe('because');
      });

      it('has one winner of 200 at once', async () => {
        const outcomes = await Promise.all(
          range(200).map((count) => (count % 2 ? store : other).create('quota', 'k', quota(count))),
        );
        expect(outcomes.filter((each) => each === 'created')).toHaveLength(1);
        expect((await store.get('quota', 'k'))?.value.count).toBe(outcomes.indexOf('created'));
      });
    });

    describe('replace', () => {
      it('counts versions up from 1', async () => {
        await store.create('quota', 'k', quota(1));
        expect(await store.replace('quota', 'k', 1, quota(2))).toBe('replaced');
        expect(await other.replace('quota', 'k', 2, quota(3))).toBe('replaced');
        expect(await store.get('quota', 'k')).toEqual({ value: quota(3), version: 3 });
      });

      it('leaves what has another version as it is', async () => {
        await store.create('quota', 'k', quota(1));
        await store.replace('quota', 'k', 1, quota(2));
        for (const version of [1, 3, 0, -1]) {
          expect(await store.replace('quota', 'k', version, quota(9))).toBe('changed');
        }
        expect(await store.get('quota', 'k')).toEqual({ value: quota(2), version: 2 });
      });

      it('never creates', async () => {
        for (const version of [0, 1]) {
          expect(await store.replace('quota', 'absent', version, quota(1))).toBe('changed');
        }
        expect(await store.get('quota', 'absent')).toBeNull();
      });

      it('has one winner of 100 at once', async () => {
        await store.create('quota', 'k', quota(0));
        const outcomes = await Promise.all(
          range(100).map((count) => (count % 2 ? store : other).replace('quota', 'k', 1, quota(count))),
        );
        expect(outcomes.filter((each) => each === 'replaced')).toHaveLength(1);
        const winner = outcomes.indexOf('replaced');
        expect(await store.get('quota', 'k')).toEqual({ value: quota(winner), version: 2 });
      });
    });

    describe('list', () => {
      it('lists in both orders by time', async () => {
        for (const count of [3, 1, 2]) await store.create('token', `t${count}`, token(count, day(count)));
        expect(await listed(store, 'oldest_first', 10)).toEqual([1, 2, 3]);
        expect(await listed(other, 'newest_first', 10)).toEqual([3, 2, 1]);
      });

      it('answers with an empty page where there is nothing', async () => {
        const page = await store.list('token', { under: 'tokens', order: 'oldest_first', limit: 5 });
        expect(page).toEqual({ items: [], next: null });
      });

      it.each([1, 2, 3, 7, 1_000])('pages through all, %i at a time', async (limit) => {
        for (const count of range(7)) await store.create('token', `t${count}`, token(count, day(count)));
        expect(await listed(store, 'oldest_first', limit)).toEqual([0, 1, 2, 3, 4, 5, 6]);
        expect(await listed(store, 'newest_first', limit)).toEqual([6, 5, 4, 3, 2, 1, 0]);
        const page = await store.list('token', { under: 'tokens', order: 'oldest_first', limit });
        expect(page.items).toHaveLength(Math.min(limit, 7));
      });

      it('keeps records of one moment in one order, whatever the page size', async () => {
        const keys = ['b', 'é', 'a', '\u{1f680}', '\uffee', 'Z', '1', 'aa'];
        for (const [count, key] of keys.entries()) await store.create('token', key, token(count, day(1)));
        const whole = await listed(store, 'oldest_first', 100);
        expect([...whole].sort()).toEqual(range(keys.length));
        for (const limit of [1, 2, 3]) {
          expect(await listed(store, 'oldest_first', limit)).toEqual(whole);
          expect(await listed(store, 'newest_first', limit)).toEqual([...whole].reverse());
        }
      });

      it('goes on where it was, whatever is written meanwhile', async () => {
        for (const count of [10, 20, 30, 40])
          await store.create('token', `t${count}`, token(count, day(count)));
        const request = { under: 'tokens', order: 'oldest_first', limit: 2 } as const;
        const first = await store.list('token', request);
        expect(first.items.map(countOf)).toEqual([10, 20]);
        await other.create('token', 't5', token(5, day(5)));
        await other.create('token', 't15', token(15, day(15)));
        await other.create('token', 't25', token(25, day(25)));
        await other.create('token', 't50', token(50, day(50)));
        const second = await store.list('token', { ...request, after: first.next });
        expect(second.items.map(countOf)).toEqual([25, 30]);
        const third = await other.list('token', { ...request, after: second.next });
        expect(third.items.map(countOf)).toEqual([40, 50]);
      });

      it('lists only the kind and the name that it is asked for', async () => {
        await store.create('vote', 'one a', sampleVote(1, 'a', day(1)));
        await store.create('vote', 'one b', sampleVote(1, 'b', day(2)));
        await store.create('vote', 'two a', sampleVote(2, 'c', day(1)));
        await store.create('plan', planId(1), samplePlan(1, day(1)));
        const { approval_id } = sampleVote(1, 'a', day(1));
        const votes = await store.list('vote', { under: approval_id, order: 'oldest_first', limit: 10 });
        expect(votes.items.map((vote) => vote.approver)).toEqual(['a', 'b']);
        const none = await store.list('vote', { under: 'plans', order: 'oldest_first', limit: 10 });
        expect(none.items).toEqual([]);
        const part = await store.list('vote', {
          under: approval_id.slice(0, -1),
          order: 'oldest_first',
          limit: 10,
        });
        expect(part.items).toEqual([]);
        const approvals = await store.list('approval', {
          under: 'approvals',
          order: 'oldest_first',
          limit: 10,
        });
        expect(approvals.items).toEqual([]);
      });

      it('moves a record to where its new value belongs', async () => {
        const [one, two] = [sampleRun(1, day(1)), sampleRun(2, day(2))];
        await store.create('run', one.run_id, one);
        await store.create('run', two.run_id, two);
        await store.replace('run', one.run_id, 1, finished(one));
        const runs = async (under: string) =>
          (await other.list('run', { under, order: 'oldest_first', limit: 10 })).items.map(
            (run) => run.run_id,
          );
        expect(await runs('running')).toEqual([two.run_id]);
        expect(await runs(`finished ${one.lane}`)).toEqual([one.run_id]);
      });

      it('leaves a record where it was when a replacement loses', async () => {
        const run = sampleRun(1, day(1));
        await store.create('run', run.run_id, run);
        await store.replace('run', run.run_id, 7, finished(run));
        const page = await store.list('run', { under: 'running', order: 'oldest_first', limit: 10 });
        expect(page.items).toEqual([run]);
      });

      it('rejects limits and cursors that are none', async () => {
        await store.create('token', 't', token(1, day(1)));
        for (const limit of [0, -1, 1_001, 1.5, Number.NaN]) {
          await expect(
            store.list('token', { under: 'tokens', order: 'oldest_first', limit }),
          ).rejects.toThrow();
        }
        for (const after of ['', 'x', 'bm90IGEgY3Vyc29y', '[]', '{"at":1}']) {
          const request = { under: 'tokens', order: 'oldest_first', limit: 1, after } as const;
          await expect(store.list('token', request)).rejects.toThrow();
        }
      });
    });

    describe('close', () => {
      it('rejects everything afterwards, and may be called again', async () => {
        await store.create('quota', 'k', quota(1));
        await store.close();
        await store.close();
        await expect(store.get('quota', 'k')).rejects.toThrow();
        await expect(store.create('quota', 'l', quota(1))).rejects.toThrow();
        await expect(store.replace('quota', 'k', 1, quota(2))).rejects.toThrow();
        await expect(
          store.list('token', { under: 'tokens', order: 'oldest_first', limit: 1 }),
        ).rejects.toThrow();
      });

      it('leaves others open and what was written in place', async () => {
        await store.create('quota', 'k', quota(1));
        await store.close();
        expect(await other.get('quota', 'k')).toEqual({ value: quota(1), version: 1 });
        const later = await place.open();
        expect(await later.get('quota', 'k')).toEqual({ value: quota(1), version: 1 });
        await later.close();
      });
    });
  });
}

const OWNER = { host: 'machine', pid: 1, started: 'then' };

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

function day(count: number): string {
  return new Date(Date.UTC(2026, 0, 1 + count)).toISOString();
}

function quota(count: number) {
  return { subject: 'someone', count, expires_at: day(1) };
}

function token(count: number, created_at: string): TokenRecord {
  const holder = { kind: 'agent', name: String(count), human: null } as const;
  return { token_hash: `sha256:${'0'.repeat(64)}`, holder, created_at, revoked_at: null };
}

function countOf(record: TokenRecord): number {
  return record.holder.kind === 'agent' ? Number(record.holder.name) : -1;
}

/** A last page may be empty: a store need not know that nothing follows a full one. */
async function listed(
  store: Store,
  order: 'oldest_first' | 'newest_first',
  limit: number,
): Promise<number[]> {
  const found: number[] = [];
  let after: string | null = null;
  do {
    const page: { items: readonly TokenRecord[]; next: string | null } = await store.list('token', {
      under: 'tokens',
      order,
      limit,
      after,
    });
    found.push(...page.items.map(countOf));
    after = page.next;
  } while (after !== null);
  return found;
}
