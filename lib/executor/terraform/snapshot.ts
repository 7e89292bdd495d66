/**
 * Freezes the source of a root module: its folder, the local modules that it reaches and the lock file.
 * Nothing of it runs. The address of a snapshot is the digest of its manifest.
 */
import { realpath, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { RootPath } from '../../core/action.ts';
import { canonicalJson, type Digest, sha256 } from '../../core/canonical.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import { isConfiguration, ReadingAllowance, readModuleCalls } from '../../core/terraform/module-calls.ts';
import {
  installedModules,
  MODULE_LIST_FILE,
  MODULES_FOLDER,
} from '../../core/terraform/scan/installed-modules.ts';
import type { Snapshot, SnapshotFile } from '../../ports/lanes.ts';
import { type Blobs, BlobTampered } from '../../ports/store.ts';
import { LocalState, OVERRIDE_FILE } from './backend.ts';
import type { ConfiguredState } from './configured-state.ts';
import { sourceReader } from './source-files.ts';

export interface SnapshotRequest {
  /** Absolute path of the root that agents may address. */
  readonly root: string;
  readonly cwd: RootPath;
  readonly blobs: Blobs;
  readonly configuredState?: ConfiguredState;
}

/** Reads, stores and addresses the source. Paths in the snapshot are relative to the root. */
export async function takeSnapshot(request: SnapshotRequest): Promise<Snapshot | Refusal> {
  const root = await realpath(request.root);
  const rootModule = relativeFolder(request.cwd);
  if (rootModule === null) return refuse('path_outside_root', `${request.cwd} leads out of the root.`);
  const wrong = await refuseUnlessFolder(root, rootModule);
  if (wrong !== null) return wrong;
  const state = new LocalState(root, rootModule, null, request.configuredState ?? null);
  const reader = sourceReader(root, (path) => state.covers(path));
  const queue = [rootModule];
  const allowance = new ReadingAllowance();
  for (const folder of queue) {
    // Files of the root module are read before its backend is known, so what they hold of the state goes again.
    const refusal = await reader.addFolder(folder);
    if (refusal !== null) return refusal;
    const calls = await readModuleCalls(directFiles(reader.files, folder), allowance);
    if (!calls.ok) return refuse('invalid_arguments', `${inFolder(folder, calls.problem)}.`);
    if (folder === rootModule) {
      const unfit = state.configure(calls.calls.backends);
      if (unfit !== null) return unfit;
      for (const path of [...reader.files.keys()]) if (state.covers(path)) reader.files.delete(path);
    }
    for (const source of calls.calls.local) {
      const reached = reachedFolder(folder, source);
      if (reached === null) {
        return refuse(
          'path_outside_root',
          `${inFolder(folder, `the module source ${source}`)} leads out of the root.`,
        );
      }
      const missing = await refuseUnlessFolder(root, reached);
      if (missing !== null) return missing;
      if (!queue.includes(reached)) queue.push(reached);
    }
  }
  const own = [...reader.files.keys()].filter((path) => posix.basename(path) === OVERRIDE_FILE);
  if (own[0] !== undefined)
    return refuse('invalid_arguments', `${own[0]}: the gateway keeps this name for itself.`);
  if (![...directFiles(reader.files, rootModule).keys()].some(isConfiguration)) {
    return refuse('invalid_arguments', `There is no terraform configuration in ${request.cwd}.`);
  }
  return storeSnapshot(request.blobs, rootModule, reader.files);
}

/**
 * Reads a stored snapshot back, with its modules where it was frozen with some; null where it is gone. Rejects
 * with BlobTampered.
 */
export async function loadSnapshot(address: Digest, blobs: Blobs): Promise<Snapshot | null> {
  const text = await readText(address, blobs);
  if (text === null) return null;
  const both = parseWithModules(text);
  if (both === null) return loadFiles(address, text, blobs);
  const [source, modules] = [
    await loadFiles(both.source, await readText(both.source, blobs), blobs),
    await loadFiles(both.modules, await readText(both.modules, blobs), blobs),
  ];
  return source === null || modules === null ? null : joined(address, source, modules);
}

/** Freezes downloaded modules together with the source that calls them. Their paths are the snapshot's. */
export async function addModules(
  blobs: Blobs,
  source: Snapshot,
  files: ReadonlyMap<string, SnapshotFile>,
): Promise<Snapshot> {
  const modules = await storeSnapshot(blobs, source.rootModule, files);
  const both: WithModules = { type: WITH_MODULES, source: source.address, modules: modules.address };
  return joined(await blobs.put(new TextEncoder().encode(canonicalJson(both))), source, modules);
}

/** Modules lie in a folder of their own, which no source has, so that neither can replace what is the other's. */
function joined(address: Digest, source: Snapshot, modules: Snapshot): Snapshot {
  const { rootModule } = source;
  const folder = posix.join(rootModule, MODULES_FOLDER);
  const list = modules.files.get(posix.join(folder, MODULE_LIST_FILE));
  const installed =
    list === undefined ? null : installedModules(new TextDecoder().decode(list.bytes), rootModule);
  const apart =
    [...modules.files.keys()].every((path) => path.startsWith(`${folder}/`)) &&
    ![...source.files.keys()].some((path) => path.startsWith(`${folder}/`));
  if (installed === null || !apart || modules.rootModule !== rootModule) throw new BlobTampered(address);
  return {
    address,
    rootModule,
    files: new Map([...source.files, ...modules.files]),
    modules: { source: source.address, address: modules.address, installed },
  };
}

async function readText(address: Digest, blobs: Blobs): Promise<string | null> {
  const bytes = await blobs.get(address);
  if (bytes === null) return null;
  if (sha256(bytes) !== address) throw new BlobTampered(address);
  return new TextDecoder().decode(bytes);
}

async function loadFiles(address: Digest, text: string | null, blobs: Blobs): Promise<Snapshot | null> {
  if (text === null) return null;
  const manifest = parseManifest(text);
  if (manifest === null) throw new BlobTampered(address);
  const files = new Map<string, SnapshotFile>();
  for (const { path, executable, sha256: content } of manifest.files) {
    const held = await blobs.get(content);
    if (held === null) return null;
    files.set(path, { path, bytes: held, mode: executable ? 0o755 : 0o644 });
  }
  return { address, rootModule: manifest.root_module, files };
}

/** The files that lie directly in a folder, by file name. */
export function directFiles(
  files: ReadonlyMap<string, SnapshotFile>,
  folder: string,
): ReadonlyMap<string, Uint8Array> {
  const direct = new Map<string, Uint8Array>();
  for (const [path, { bytes }] of files) {
    const parent = posix.dirname(path);
    if ((parent === '.' ? '' : parent) === folder) direct.set(posix.basename(path), bytes);
  }
  return direct;
}

interface Manifest {
  readonly type: 'recourse.snapshot.v1';
  readonly root_module: string;
  readonly files: readonly { readonly path: string; readonly executable: boolean; readonly sha256: Digest }[];
}

async function storeSnapshot(
  blobs: Blobs,
  rootModule: string,
  read: ReadonlyMap<string, SnapshotFile>,
): Promise<Snapshot> {
  const files = new Map([...read].sort(([a], [b]) => (a < b ? -1 : 1)));
  const stored = [...files.values()].map(async ({ path, bytes, mode = 0 }) => ({
    path,
    executable: (mode & 0o111) !== 0,
    sha256: await blobs.put(bytes),
  }));
  const manifest: Manifest = {
    type: 'recourse.snapshot.v1',
    root_module: rootModule,
    files: await Promise.all(stored),
  };
  const address = await blobs.put(new TextEncoder().encode(canonicalJson(manifest)));
  return { address, rootModule, files };
}

const WITH_MODULES = 'recourse.snapshot-with-modules.v1';

/** A source and its modules, each a snapshot by itself, so that a digest can say which of them differs. */
interface WithModules {
  readonly type: typeof WITH_MODULES;
  readonly source: Digest;
  readonly modules: Digest;
}

/** Null for anything that `addModules` did not write. */
function parseWithModules(text: string): WithModules | null {
  try {
    const both = JSON.parse(text) as WithModules;
    const { type, source, modules } = both;
    return type === WITH_MODULES && canonicalJson({ type, source, modules }) === text ? both : null;
  } catch {
    return null;
  }
}

/** Null for anything that `storeSnapshot` did not write. */
function parseManifest(text: string): Manifest | null {
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.type !== 'recourse.snapshot.v1' || canonicalJson(manifest) !== text) return null;
    const paths = [...manifest.files.map(({ path }) => path), manifest.root_module];
    return paths.every((path) => relativeFolder(path) === path) ? manifest : null;
  } catch {
    return null;
  }
}

async function refuseUnlessFolder(root: string, folder: string): Promise<Refusal | null> {
  const place = join(root, folder);
  const found = await stat(place).catch(() => null);
  if (!found?.isDirectory())
    return refuse('source_not_found', `There is no folder ${folder || '.'} in the root.`);
  if ((await realpath(place)) === place) return null;
  return refuse('path_outside_root', `${folder} is reached through a symbolic link. Name the folder itself.`);
}

/** Normalised, `''` for the root; null where it is absolute or leads out. */
function relativeFolder(path: string): string | null {
  const normal = posix.normalize(path).replace(/\/$/, '');
  if (posix.isAbsolute(normal) || normal === '..' || normal.startsWith('../')) return null;
  return normal === '.' ? '' : normal;
}

function reachedFolder(folder: string, source: string): string | null {
  return relativeFolder(posix.join(folder === '' ? '.' : folder, source.replaceAll('\\', '/')));
}

function inFolder(folder: string, what: string): string {
  return folder === '' ? what : `${folder}: ${what}`;
}
