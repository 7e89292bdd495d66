/** Content-addressed bytes under one prefix of a bucket: PREFIX + 64 hex digits. Encryption is the bucket's. */
import { type Digest, isDigest, sha256 } from '../core/canonical.ts';
import { type Blobs, BlobTampered } from '../ports/store.ts';
import type { ObjectReader, ObjectsApi } from './objects-api.ts';

/** The most that one blob may have; what is larger is refused on the way in and on the way out. */
export const MAX_BLOB_BYTES = 100_000_000;

/**
 * What is there is verified and never overwritten: bytes that do not match their name reject with BlobTampered
 * on `put` too, for they are evidence.
 */
export function openS3Blobs(objects: ObjectsApi, prefix: string): Blobs {
  const reader = openS3BlobReader(objects, prefix);
  return {
    ...reader,
    async put(bytes) {
      if (bytes.length > MAX_BLOB_BYTES) {
        throw new RangeError(`a blob of ${bytes.length} bytes: ${MAX_BLOB_BYTES} are the most`);
      }
      const address = sha256(bytes);
      if ((await objects.putNew(keyOf(prefix, address), bytes)) === 'exists') await reader.get(address);
      return address;
    },
  };
}

/** The same for those who only read. */
export function openS3BlobReader(objects: ObjectReader, prefix: string): Pick<Blobs, 'get'> {
  if (!/^[a-z]+\/$/.test(prefix)) throw new TypeError(`not a prefix of blobs: ${JSON.stringify(prefix)}`);
  return {
    async get(address) {
      const bytes = await objects.get(keyOf(prefix, address), MAX_BLOB_BYTES);
      if (bytes !== null && sha256(bytes) !== address) throw new BlobTampered(address);
      return bytes;
    },
  };
}

/** An address is checked here before it becomes a key. */
function keyOf(prefix: string, address: Digest): string {
  if (!isDigest(address)) throw new TypeError(`not a blob address: ${JSON.stringify(address)}`);
  return `${prefix}${address.slice('sha256:'.length)}`;
}
