/** Content-addressed bytes as files of their owner alone: FOLDER/ab/cdef…, named by their SHA-256. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Digest, isDigest, sha256 } from '../core/canonical.ts';
import { type Blobs, BlobTampered } from '../ports/store.ts';

/**
 * Blobs in `folder` (made on first use). A file that is a link, no plain file, or has other bytes than its
 * name says rejects with BlobTampered, on `get` and on `put` of the same bytes: evidence is not overwritten.
 * Only the wait for the disk is left to other threads: for the rest, handing over takes longer than doing it.
 */
export function openFileBlobs(folder: string): Blobs {
  return {
    async put(bytes) {
      const address = sha256(bytes);
      if (readVerified(folder, address) === null) await write(folder, address, bytes);
      return address;
    },
    get: async (address) => readVerified(folder, address),
  };
}

function readVerified(folder: string, address: Digest): Uint8Array | null {
  const { shelf, file } = placeOf(folder, address);
  const stats = lstatSync(shelf, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (!stats.isDirectory()) throw new BlobTampered(address);
  const descriptor = openPlain(file, address);
  if (descriptor === null) return null;
  try {
    if (!fstatSync(descriptor).isFile()) throw new BlobTampered(address);
    const bytes = readFileSync(descriptor);
    if (sha256(bytes) !== address) throw new BlobTampered(address);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function openPlain(file: string, address: Digest): number | null {
  try {
    // O_NONBLOCK: a pipe put in the file's place must not hold the reader up.
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw new BlobTampered(address);
    throw error;
  }
}

/** Whole or not at all, power cuts included: two writers of one address write the same bytes. */
async function write(folder: string, address: Digest, bytes: Uint8Array): Promise<void> {
  const { shelf, file } = placeOf(folder, address);
  mkdirSync(shelf, { recursive: true, mode: 0o700 });
  const unfinished = join(folder, `unfinished-${process.pid}-${randomBytes(8).toString('hex')}`);
  try {
    const descriptor = openSync(unfinished, 'wx', 0o600);
    try {
      writeFileSync(descriptor, bytes);
      await promisify(fsync)(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** An address is checked here before it becomes a path. */
function placeOf(folder: string, address: Digest): { readonly shelf: string; readonly file: string } {
  if (!isDigest(address)) throw new TypeError(`not a blob address: ${JSON.stringify(address)}`);
  const hex = address.slice('sha256:'.length);
  const shelf = join(folder, hex.slice(0, 2));
  return { shelf, file: join(shelf, hex.slice(2)) };
}
