/** What every Blobs must do. An adapter runs this unchanged. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, sha256 } from '../../lib/core/canonical.ts';
import { type Blobs, BlobTampered } from '../../lib/ports/store.ts';

/** An empty place for blobs that can be tampered with behind its back. */
export interface BlobsPlace {
  open(): Promise<Blobs>;
  /** Puts other bytes at an address that has some. */
  tamper(address: Digest, bytes: Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

/** `largest`: what the adapter must hold; less than 5 MB only where its own limit is part of its contract. */
export function describeBlobs(
  name: string,
  makePlace: () => BlobsPlace | Promise<BlobsPlace>,
  largest = 5_000_000,
): void {
  describe(`${name} as Blobs`, () => {
    let place: BlobsPlace;
    let blobs: Blobs;

    beforeEach(async () => {
      place = await makePlace();
      blobs = await place.open();
    });
    afterEach(() => place.remove());

    it.each([
      ['nothing', Buffer.alloc(0)],
      ['text', Buffer.from('text')],
      ['every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
      [`${largest} bytes`, Buffer.alloc(largest, 'recourse')],
    ])('gives back %s at the address of its hash', async (_, bytes) => {
      const address = await blobs.put(bytes);
      expect(address).toBe(sha256(bytes));
      const again = await (await place.open()).get(address);
      expect(again === null ? null : Buffer.compare(again, bytes)).toBe(0);
    });

    it('answers null for what was never put', async () => {
      expect(await blobs.get(sha256('never'))).toBeNull();
    });

    it('may be given the same bytes again, and at once', async () => {
      const bytes = Buffer.from('again and again');
      const addresses = await Promise.all(Array.from({ length: 20 }, () => blobs.put(bytes)));
      expect(new Set(addresses)).toEqual(new Set([sha256(bytes)]));
      expect(await blobs.put(bytes)).toBe(sha256(bytes));
      expect(Buffer.from((await blobs.get(sha256(bytes))) ?? []).toString()).toBe('again and again');
    });

    it.each([
      ['other bytes', Buffer.from('evil plan')],
      ['fewer bytes', Buffer.from('good pla')],
      ['no bytes', Buffer.alloc(0)],
    ])('rejects with BlobTampered where %s stand', async (_, bytes) => {
      const address = await blobs.put(Buffer.from('good plan'));
      await place.tamper(address, bytes);
      await expect(blobs.get(address)).rejects.toThrow(BlobTampered);
      await expect(blobs.get(address)).rejects.toMatchObject({ address });
    });

    it('rejects what is no address', async () => {
      const hex = '0'.repeat(64);
      for (const wrong of [
        '',
        hex,
        `sha256:${hex.slice(1)}`,
        `sha256:${hex}0`,
        `sha256:../${hex.slice(3)}`,
        `md5:${hex}`,
      ]) {
        await expect(blobs.get(wrong as Digest)).rejects.toThrow();
      }
    });
  });
}
