import { describe, expect, it } from 'vitest';
import { auditKey, newChainName, openAuditLog } from '../../lib/audit/log.ts';
import type { Store } from '../../lib/ports/store.ts';
import { memoryStore } from '../support/memory-store.ts';
import { sampleBody, tickingClock } from '../support/sample-records.ts';

it('writes one event after the other, however long each takes', async () => {
  const store = memoryStore();
  let attempts = 0;
  const slow: Store = {
    ...store,
    async create(kind, key, value) {
      attempts += 1;
      await new Promise((resolve) => setTimeout(resolve, 20 - attempts));
      return store.create(kind, key, value);
    },
  };
  const audit = openAuditLog({ store: slow, chain: 'a', clock: tickingClock() });
  const refs = await Promise.all(['1', '2', '3', '4', '5'].map((what) => audit.append(sampleBody(what))));
  expect(refs.map((ref) => ref.seq)).toEqual([1, 2, 3, 4, 5]);
  const page = await store.list('audit', { under: 'a', order: 'oldest_first', limit: 9 });
  expect(page.items.map((event) => event.data.what)).toEqual(['1', '2', '3', '4', '5']);
  expect(attempts).toBe(6);
});

describe('a chain name', () => {
  const random = (count: number) => new Uint8Array(count).fill(7);

  it.each(['machine.example-1', 'Maschine für Ünïcödé', 'a b\0c/../d', '', 'x'.repeat(300)])(
    'made on host %j opens a log',
    async (host) => {
      const store = memoryStore();
      const chain = newChainName({ host, pid: 12, started: 'then' }, random);
      expect(chain).toMatch(/^[\w.-]{1,64}-12-[0-9a-z]{13}$/);
      const ref = await openAuditLog({ store, chain, clock: tickingClock() }).append(sampleBody('one'));
      expect(await store.get('audit', auditKey(chain, 1))).toMatchObject({ value: ref });
      expect(await store.get('chain', chain)).toMatchObject({ value: { chain } });
    },
  );

  it('differs between writers of one process', () => {
    const writer = { host: 'machine', pid: 12, started: 'then' };
    expect(newChainName(writer, random)).not.toBe(
      newChainName(writer, (count) => new Uint8Array(count).fill(8)),
    );
  });

  it.each(['', 'a b', 'ä', 'a\n'])('is refused: %j', (chain) => {
    expect(() => openAuditLog({ store: memoryStore(), chain, clock: tickingClock() })).toThrow(
      'not a chain name',
    );
  });
});
