/** Blobs on their way to a lane or back from one. */
import { type Digest, sha256 } from '../core/canonical.ts';
import { type Blobs, BlobTampered } from '../ports/store.ts';

/** The blobs of a parcel. What is put stays in memory, in `held`. */
export class ParcelBlobs implements Blobs {
  readonly held: Map<Digest, Uint8Array>;

  constructor(blobs: ReadonlyMap<Digest, Uint8Array> = new Map()) {
    this.held = new Map(blobs);
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const address = sha256(bytes);
    this.held.set(address, bytes);
    return address;
  }

  async get(address: Digest): Promise<Uint8Array | null> {
    const bytes = this.held.get(address);
    if (bytes === undefined) return null;
    if (sha256(bytes) !== address) throw new BlobTampered(address);
    return bytes;
  }
}

/** Everything that `read` reads of `blobs`, so that just that can be sent along or kept. */
export async function collected<T>(
  blobs: Blobs,
  read: (recording: Blobs) => Promise<T>,
): Promise<{ readonly value: T; readonly blobs: ReadonlyMap<Digest, Uint8Array> }> {
  const seen = new Map<Digest, Uint8Array>();
  const value = await read({
    put: (bytes) => blobs.put(bytes),
    get: async (address) => {
      const bytes = await blobs.get(address);
      if (bytes !== null) seen.set(address, bytes);
      return bytes;
    },
  });
  return { value, blobs: seen };
}

const AT_ONCE = 16;

/** Keeps blobs for good. */
export async function keepAll(blobs: Blobs, kept: ReadonlyMap<Digest, Uint8Array>): Promise<void> {
  const waiting = [...kept.values()];
  const keepNext = async (): Promise<void> => {
    for (let bytes = waiting.pop(); bytes !== undefined; bytes = waiting.pop()) await blobs.put(bytes);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, keepNext));
}

/** More than any lane prints: looking through more for secrets would take the time of those who wait. */
export const MAX_TEXT_BYTES = 24 * 1024 * 1024;

/** Text of a parcel; empty where it is not there. */
export function textOf(parcel: { readonly blobs: ReadonlyMap<Digest, Uint8Array> }, address: Digest): string {
  const bytes = parcel.blobs.get(address);
  if (bytes === undefined || sha256(bytes) !== address) return '';
  if (bytes.length > MAX_TEXT_BYTES) return `[${bytes.length} bytes of text are more than is kept]`;
  return new TextDecoder().decode(bytes);
}
