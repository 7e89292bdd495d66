import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, sha256 } from '../../lib/core/canonical.ts';
import { openFileBlobs } from '../../lib/local/file-blobs.ts';
import { BlobTampered } from '../../lib/ports/store.ts';
import { describeBlobs } from '../contracts/blobs.contract.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'recourse-blobs-')), 'blobs');
});
afterEach(() => rmSync(dirname(folder), { recursive: true, force: true }));

function fileOf(address: Digest): string {
  const hex = address.slice('sha256:'.length);
  return join(folder, hex.slice(0, 2), hex.slice(2));
}

describeBlobs('files', () => ({
  open: async () => openFileBlobs(folder),
  tamper: async (address, bytes) => writeFileSync(fileOf(address), bytes),
  remove: async () => rmSync(folder, { recursive: true, force: true }),
}));

describe('blob files', () => {
  const bytes = Buffer.from('secret plan');

  it('are for their owner alone, and nothing else is left behind', async () => {
    const before = process.umask(0);
    try {
      const address = await openFileBlobs(folder).put(bytes);
      expect(statSync(fileOf(address)).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(fileOf(address))).mode & 0o777).toBe(0o700);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(readdirSync(folder)).toEqual([address.slice('sha256:'.length, 'sha256:'.length + 2)]);
      expect(readFileSync(fileOf(address))).toEqual(bytes);
    } finally {
      process.umask(before);
    }
  });

  it('are not followed where they are links, even to the right bytes', async () => {
    const blobs = openFileBlobs(folder);
    const address = await blobs.put(bytes);
    renameSync(fileOf(address), join(folder, 'moved'));
    symlinkSync(join(folder, 'moved'), fileOf(address));
    await expect(blobs.get(address)).rejects.toThrow(BlobTampered);
    await expect(blobs.put(bytes)).rejects.toThrow(BlobTampered);
  });

  it('are not looked for in a folder that is a link', async () => {
    const blobs = openFileBlobs(folder);
    const address = await blobs.put(bytes);
    const shelf = dirname(fileOf(address));
    renameSync(shelf, join(folder, 'moved'));
    symlinkSync(join(folder, 'moved'), shelf);
    await expect(blobs.get(address)).rejects.toThrow(BlobTampered);
    await expect(blobs.put(bytes)).rejects.toThrow(BlobTampered);
  });

  it.each([
    ['a folder', (file: string) => mkdirSync(file)],
    ['a pipe', (file: string) => execFileSync('mkfifo', [file])],
  ])('are refused where one is %s', async (_, make) => {
    const blobs = openFileBlobs(folder);
    const address = await blobs.put(bytes);
    rmSync(fileOf(address));
    make(fileOf(address));
    await expect(blobs.get(address)).rejects.toThrow(BlobTampered);
  });

  it('are not overwritten where they were tampered with', async () => {
    const blobs = openFileBlobs(folder);
    const address = await blobs.put(bytes);
    writeFileSync(fileOf(address), 'evidence');
    await expect(blobs.put(bytes)).rejects.toThrow(BlobTampered);
    expect(readFileSync(fileOf(address), 'utf8')).toBe('evidence');
  });

  it('leave no unfinished file when writing fails', async () => {
    const address = sha256(bytes);
    const putting = openFileBlobs(folder).put(bytes);
    mkdirSync(fileOf(address));
    await expect(putting).rejects.toThrow('EISDIR');
    expect(readdirSync(folder)).toEqual([basename(dirname(fileOf(address)))]);
  });
});
