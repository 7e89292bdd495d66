/** Puts a snapshot on disk, read-only, where terraform runs from it. */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../../core/canonical.ts';
import type { Snapshot } from '../../ports/lanes.ts';

/** Where a frozen source lies on disk: one place for one content, so that a plan and its apply agree on it. */
export function snapshotFolder(stateFolder: string, address: Digest): string {
  return join(stateFolder, 'snapshots', address.replace(':', '-'));
}

/**
 * Makes `folder` hold exactly the snapshot and `added` (path → bytes). A folder that exists is compared byte
 * by byte: `tampered` means that it differed, and it is removed so that the next call makes it anew.
 */
export async function materialiseSnapshot(
  snapshot: Snapshot,
  added: ReadonlyMap<string, Uint8Array>,
  folder: string,
): Promise<'intact' | 'tampered'> {
  const wanted = new Map<string, Wanted>();
  for (const { path, bytes, mode = 0 } of snapshot.files.values()) {
    wanted.set(path, { bytes, mode: (mode & 0o111) === 0 ? 0o444 : 0o555 });
  }
  for (const [path, bytes] of added) wanted.set(path, { bytes, mode: 0o444 });
  if (exists(folder)) return compare(wanted, folder);
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const draft = `${folder}.${randomUUID()}`;
  write(wanted, draft);
  try {
    await rename(draft, folder);
    return 'intact';
  } catch (error) {
    await removeReadOnly(draft);
    // Another process was first: what it wrote must be the same.
    if (exists(folder)) return compare(wanted, folder);
    throw error;
  }
}

interface Wanted {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

function write(wanted: ReadonlyMap<string, Wanted>, folder: string): void {
  const folders = foldersOf(wanted.keys());
  mkdirSync(folder, { mode: 0o755 });
  for (const inner of folders) mkdirSync(join(folder, inner), { mode: 0o755 });
  for (const [path, { bytes, mode }] of wanted) {
    const place = join(folder, path);
    writeFileSync(place, bytes, { flag: 'wx', mode });
    // What the process's umask took away.
    chmodSync(place, mode);
  }
  for (const inner of [...folders].reverse()) chmodSync(join(folder, inner), 0o555);
}

async function compare(wanted: ReadonlyMap<string, Wanted>, folder: string): Promise<'intact' | 'tampered'> {
  if (holdsExactly(wanted, folder)) {
    // When it was last used, for the sweep of what nobody uses any more.
    const now = new Date();
    utimesSync(folder, now, now);
    return 'intact';
  }
  await removeReadOnly(folder);
  return 'tampered';
}

function holdsExactly(wanted: ReadonlyMap<string, Wanted>, folder: string): boolean {
  const folders = new Set(foldersOf(wanted.keys()));
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  if (found.length !== wanted.size + folders.size) return false;
  for (const entry of found) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (entry.isDirectory() ? !folders.has(path) : !entry.isFile()) return false;
  }
  for (const [path, { bytes, mode }] of wanted) {
    const place = join(folder, path);
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (!stats?.isFile() || (stats.mode & 0o777) !== mode || stats.size !== bytes.byteLength) return false;
    if (!readFileSync(place).equals(bytes)) return false;
  }
  return true;
}

/** Every folder on the way to a file, parents first. */
function foldersOf(paths: Iterable<string>): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const steps = path.split('/').slice(0, -1);
    steps.forEach((_, index) => {
      folders.add(steps.slice(0, index + 1).join('/'));
    });
  }
  return [...folders].sort();
}

function exists(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
}

/** Removes what `materialiseSnapshot` made. Folders are read-only inside, so they are opened first. */
export async function removeReadOnly(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755).catch(() => {});
  }
  await rm(folder, { recursive: true, force: true });
}
