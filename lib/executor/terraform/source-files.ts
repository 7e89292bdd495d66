/**
 * Reads source folders that somebody else can change while they are read. What is returned is what one open
 * file held at one moment; links, devices and names with control characters are refused, never followed.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import type { SnapshotFile } from '../../ports/lanes.ts';
import { entryOf, isOpenedAt, openFolder } from './opened-place.ts';

export interface SnapshotLimits {
  readonly files: number;
  readonly totalBytes: number;
  readonly fileBytes: number;
}

export const SNAPSHOT_LIMITS: SnapshotLimits = {
  files: 5_000,
  totalBytes: 64 * 1024 * 1024,
  fileBytes: 16 * 1024 * 1024,
};

/** Fills one snapshot; remembers what was read and how much room is left. */
export interface SourceReader {
  readonly files: Map<string, SnapshotFile>;
  /** Reads a folder and everything under it. Path relative to the root, `''` for the root itself. */
  addFolder(folder: string): Promise<Refusal | null>;
}

/** `root` must be a real path. `leaveOut` says which relative paths are not source. */
export function sourceReader(
  root: string,
  leaveOut: (path: string) => boolean,
  limits = SNAPSHOT_LIMITS,
): SourceReader {
  const files = new Map<string, SnapshotFile>();
  const seen = new Set<string>();
  let total = 0;

  async function addFolder(folder: string): Promise<Refusal | null> {
    if (seen.has(folder)) return null;
    seen.add(folder);
    // Calls that do not wait are many times faster here; between folders others get their turn.
    await nextTurn();
    const place = join(root, folder);
    const opened = openFolder(place);
    if (opened === null) return outside(folder);
    try {
      return await addEntries({ fd: opened, place }, folder);
    } finally {
      closeSync(opened);
    }
  }

  async function addEntries(parent: OpenedFolder, folder: string): Promise<Refusal | null> {
    const entries = readdirSync(entryOf(parent.fd, parent.place, ''), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isNotSource(entry.name) || leaveOut(path)) continue;
      if (/[\p{Cc}\uFFFD\\]/u.test(entry.name)) {
        return refuse(
          'invalid_arguments',
          `The name ${JSON.stringify(path)} holds characters that are not allowed.`,
        );
      }
      const refusal = entry.isDirectory() ? await addFolder(path) : addFile(parent, path);
      if (refusal !== null) return refusal;
    }
    return null;
  }

  function addFile(parent: OpenedFolder, path: string): Refusal | null {
    if (files.has(path)) return null;
    if (files.size >= limits.files) {
      return tooMuch(`more than ${limits.files} files (${path} is one too many)`);
    }
    const file = readSettled(parent, path, limits.fileBytes);
    if (isRefusal(file)) return file;
    total += file.bytes.byteLength;
    if (total > limits.totalBytes) {
      return tooMuch(`more than ${limits.totalBytes >> 20} MB (${path} is too much)`);
    }
    files.set(path, file);
    return null;
  }

  return { files, addFolder };
}

interface OpenedFolder {
  readonly fd: number;
  readonly place: string;
}

/**
 * Terraform's own working data, version control, and tests: init would download the modules that a test names,
 * although nothing here ever runs one.
 */
function isNotSource(name: string): boolean {
  return (
    /\.(tftest|tofutest|tfmock|tofumock)\.(hcl|json)$/.test(name) ||
    name === '.terraform' ||
    name === '.git' ||
    name === 'terraform.tfstate.d' ||
    name.includes('.tfstate') ||
    /^crash(\..*)?\.log$/.test(name)
  );
}

/** Reads a file that did not change while it was read; tries twice. */
function readSettled(parent: OpenedFolder, path: string, limit: number): SnapshotFile | Refusal {
  for (let attempt = 0; attempt < 2; attempt++) {
    const file = readOnce(parent, path, limit);
    if (file !== 'changed') return file;
  }
  return refuse(
    'invalid_arguments',
    `${path} changes while it is read. Wait until it is written, then plan again.`,
  );
}

function readOnce(parent: OpenedFolder, path: string, limit: number): SnapshotFile | Refusal | 'changed' {
  const name = posix.basename(path);
  const place = entryOf(parent.fd, parent.place, name);
  const before = lstatSync(place, { bigint: true, throwIfNoEntry: false });
  if (before === undefined) return 'changed';
  if (before.isSymbolicLink()) return outside(path);
  if (!before.isFile()) return refuse('invalid_arguments', `${path} is neither a file nor a folder.`);
  if (before.size > BigInt(limit)) {
    return tooMuch(`${path}, which is larger than ${limit >> 20} MB`);
  }
  const file = openFile(place, path);
  if (typeof file !== 'number') return file;
  try {
    const opened = fstatSync(file, { bigint: true });
    if (opened.ino !== before.ino || opened.dev !== before.dev || !opened.isFile()) return 'changed';
    // Not so: a link on the way, a folder that was moved, or an editor that has just replaced the file.
    if (!isOpenedAt(file, join(parent.place, name))) return 'changed';
    const bytes = readUpTo(file, Number(before.size) + 1);
    const after = fstatSync(file, { bigint: true });
    const same =
      after.mtimeNs === before.mtimeNs && after.ctimeNs === before.ctimeNs && after.size === before.size;
    if (!same || bytes.length !== Number(before.size)) return 'changed';
    return { path, bytes, mode: (opened.mode & 0o111n) === 0n ? 0o644 : 0o755 };
  } finally {
    closeSync(file);
  }
}

/** Asked for one byte more than a file should have, a file that grows is noticed and never fills the memory. */
function readUpTo(file: number, limit: number): Uint8Array {
  const bytes = Buffer.alloc(limit);
  let size = 0;
  for (;;) {
    const count = readSync(file, bytes, size, limit - size, size);
    size += count;
    if (count === 0 || size === limit) return bytes.subarray(0, size);
  }
}

function openFile(place: string, path: string): number | Refusal {
  try {
    return openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return unreadable(path, error);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function unreadable(path: string, error: unknown): Refusal {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ELOOP') return outside(path);
  return refuse('invalid_arguments', `${path} cannot be read by the gateway (${code}).`);
}

function outside(path: string): Refusal {
  const what = path === '' ? 'The root' : path;
  return refuse(
    'path_outside_root',
    `${what} is reached through a symbolic link or is not there. The gateway follows no links: put the file or folder itself there.`,
  );
}

function tooMuch(what: string): Refusal {
  return refuse(
    'invalid_arguments',
    `The source holds ${what}. Move what terraform does not need out of the folder.`,
  );
}
