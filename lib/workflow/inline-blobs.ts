/**
 * Small bytes as records, for the function that agents reach: it may write no bucket. Readers know these blobs
 * like any others; what a record holds is verified against its address.
 */
import { type Digest, isDigest, sha256 } from '../core/canonical.ts';
import type { Clock } from '../ports/process.ts';
import type { InlineBlobRecord } from '../ports/records.ts';
import { type Blobs, BlobTampered, type Store } from '../ports/store.ts';

/** What one record holds with room to spare; base64 makes it a third more. */
export const MAX_INLINE_BYTES = 262_144;

/** Refused before anything is stored; the message is fit for an agent. */
export class BlobTooLarge extends Error {
  readonly limit = MAX_INLINE_BYTES;
  constructor(bytes: number) {
    super(
      `${bytes} bytes are more than one record holds (256 KB): put it into a configured source and name the file`,
    );
    this.name = 'BlobTooLarge';
  }
}

export interface InlineBlobsOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** For how long after a `put` the bytes are needed. */
  readonly keepSeconds: number;
}

export function openInlineBlobs({ store, clock, keepSeconds }: InlineBlobsOptions): Blobs {
  return {
    async put(bytes) {
      if (bytes.length > MAX_INLINE_BYTES) throw new BlobTooLarge(bytes.length);
      const address = sha256(bytes);
      const expires_at = new Date(clock.now().getTime() + keepSeconds * 1_000).toISOString();
      const record: InlineBlobRecord = { address, base64: Buffer.from(bytes).toString('base64'), expires_at };
      while ((await store.create('inline_blob', address, record)) === 'exists') {
        const standing = await store.get('inline_blob', address);
        if (standing === null) continue;
        verified(address, standing.value);
        if (standing.value.expires_at >= expires_at) break;
        if ((await store.replace('inline_blob', address, standing.version, record)) === 'replaced') break;
      }
      return address;
    },
    async get(address) {
      if (!isDigest(address)) throw new TypeError(`not a blob address: ${JSON.stringify(address)}`);
      const found = await store.get('inline_blob', address);
      return found === null ? null : verified(address, found.value);
    },
  };
}

/** Writes to one place and looks into several, in their order. */
export function layerBlobs(writeTo: Pick<Blobs, 'put'>, readFrom: readonly Pick<Blobs, 'get'>[]): Blobs {
  return {
    put: (bytes) => writeTo.put(bytes),
    async get(address) {
      for (const place of readFrom) {
        const found = await place.get(address);
        if (found !== null) return found;
      }
      return null;
    },
  };
}

function verified(address: Digest, { base64 }: InlineBlobRecord): Uint8Array {
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : null;
  if (bytes === null || sha256(bytes) !== address) throw new BlobTampered(address);
  return bytes;
}
