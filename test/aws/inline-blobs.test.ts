import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/core/canonical.ts';
import { MemoryBlobs } from '../../lib/doctor/played-terraform.ts';
import { BlobTampered, type Store } from '../../lib/ports/store.ts';
import {
  BlobTooLarge,
  layerBlobs,
  MAX_INLINE_BYTES,
  openInlineBlobs,
} from '../../lib/workflow/inline-blobs.ts';
import { describeBlobs } from '../contracts/blobs.contract.ts';
import { memoryPlace, memoryStore } from '../support/memory-store.ts';

let now = new Date('2026-01-02T03:04:05.000Z');
const clock = { now: () => now };

describeBlobs(
  'records',
  async () => {
    const place = memoryPlace();
    return {
      open: async () => openInlineBlobs({ store: await place.open(), clock, keepSeconds: 60 }),
      async tamper(address, bytes) {
        const store = await place.open();
        const base64 = Buffer.from(bytes).toString('base64');
        await store.replace('inline_blob', address, 1, { address, base64, expires_at: '' });
      },
      remove: place.remove,
    };
  },
  MAX_INLINE_BYTES,
);

describe('inline blobs', () => {
  let store: Store;
  beforeEach(() => {
    store = memoryStore();
    now = new Date('2026-01-02T03:04:05.000Z');
  });
  const open = (keepSeconds = 60) => openInlineBlobs({ store, clock, keepSeconds });

  it('refuse more than 256 KB, name the limit and store nothing', async () => {
    const bytes = Buffer.alloc(MAX_INLINE_BYTES + 1);
    await expect(open().put(bytes)).rejects.toThrow(BlobTooLarge);
    await expect(open().put(bytes)).rejects.toThrow('256 KB');
    expect(await store.get('inline_blob', sha256(bytes))).toBeNull();
  });

  it('are kept for as long as the last who put them needs, never shorter', async () => {
    const address = await open().put(Buffer.from('a'));
    const kept = async () => (await store.get('inline_blob', address))?.value.expires_at;
    expect(await kept()).toBe('2026-01-02T03:05:05.000Z');
    await open(30).put(Buffer.from('a'));
    expect(await kept()).toBe('2026-01-02T03:05:05.000Z');
    now = new Date('2026-01-03T00:00:00.000Z');
    await open().put(Buffer.from('a'));
    expect(await kept()).toBe('2026-01-03T00:01:00.000Z');
  });

  it('are not overwritten where they were tampered with', async () => {
    const address = await open().put(Buffer.from('a'));
    const evil = { address, base64: 'ZXZpbA==', expires_at: '' };
    await store.replace('inline_blob', address, 1, evil);
    await expect(open().put(Buffer.from('a'))).rejects.toThrow(BlobTampered);
    expect((await store.get('inline_blob', address))?.value).toEqual(evil);
  });
});

describe('layered blobs', () => {
  it('are written to one place and looked for in several, in order', async () => {
    const [first, second, third] = [new MemoryBlobs(), new MemoryBlobs(), new MemoryBlobs()];
    const address = await third.put(Buffer.from('deep'));
    const blobs = layerBlobs(first, [second, third]);
    expect(Buffer.from((await blobs.get(address)) ?? []).toString()).toBe('deep');
    const put = await blobs.put(Buffer.from('new'));
    expect(await first.get(put)).not.toBeNull();
    expect(await blobs.get(put)).toBeNull();
  });
});
