/** All files of a source as one blob, for commands that look at them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { unzipSync, type Zippable, zipSync } from 'fflate';
import type { SnapshotFile } from '../ports/lanes.ts';

/** Unpacked, in bytes. */
const MAX_TREE = 128 * 1024 * 1024;

/** Paths are relative to the root that agents address. Times are left out, so that equal files give equal bytes. */
export function packTree(files: ReadonlyMap<string, SnapshotFile>): Uint8Array {
  const entries: Zippable = {};
  for (const [path, { bytes, mode = 0 }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const attrs = ((mode & 0o111) === 0 ? 0o100644 : 0o100755) << 16;
    entries[path] = [bytes, { attrs, os: 3, mtime: '1980-01-01T00:00:00Z', level: 6 }];
  }
  return zipSync(entries);
}

/** Into `place`/root. Rejects for a path that leads out of it and for too much. */
export async function unpackTree(bytes: Uint8Array, place: string): Promise<void> {
  let total = 0;
  const entries = unzipSync(bytes, {
    filter: ({ originalSize }) => {
      total += originalSize;
      if (total > MAX_TREE) throw new Error(`the source is larger than ${MAX_TREE >> 20} MB`);
      return true;
    },
  });
  const root = join(place, 'root');
  for (const [path, content] of Object.entries(entries)) {
    if (posix.isAbsolute(path) || posix.normalize(path) !== path || path.startsWith('../')) {
      throw new Error(`a packed path leads out of the source: ${JSON.stringify(path)}`);
    }
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content, { flag: 'wx' });
  }
}
