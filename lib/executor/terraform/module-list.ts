/**
 * The list with which terraform finds its modules. Where modules from elsewhere were frozen, the list is frozen
 * with them and names their folders relative to the root module: `path.module` is the same for every plan, and
 * terraform, told not to download, has nothing else to run.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Refusal, refuse } from '../../core/refusal.ts';
import {
  type ListedModule,
  MODULE_LIST_FILE,
  MODULES_FOLDER,
  parseModuleList,
  printModuleList,
} from '../../core/terraform/scan/installed-modules.ts';
import type { Snapshot } from '../../ports/lanes.ts';
import { laneEnvironment } from '../lane-environment.ts';

/** Gives terraform the frozen list. Whatever the data folder holds of one is replaced. */
export async function placeModuleList(snapshot: Snapshot, dataFolder: string): Promise<void> {
  const list = snapshot.files.get(posix.join(snapshot.rootModule, MODULES_FOLDER, MODULE_LIST_FILE));
  if (list === undefined) throw new Error('frozen modules without their list');
  const folder = join(dataFolder, 'modules');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, MODULE_LIST_FILE), list.bytes, { mode: 0o600, flag: 'wx' });
}

/**
 * A module outside the frozen source was downloaded by init: neither scanned nor frozen, whatever the scan
 * made of its call. Null: there is none.
 */
export async function confirmModules(dataFolder: string): Promise<Refusal | null> {
  const text = await readFile(join(dataFolder, 'modules', MODULE_LIST_FILE), 'utf8').catch(() => null);
  const listed = text === null ? [] : parseModuleList(text);
  const strange = listed?.find((module) => posix.isAbsolute(module.Dir));
  if (listed !== null && strange === undefined) return null;
  return refuse(
    'invalid_arguments',
    `Terraform takes module ${strange?.Key ?? ''} from outside the frozen source. Give its source as one plain text.`,
  );
}

/**
 * The list of a download, with folders in the snapshot in place of those under `downloads` (absolute). Null
 * where a module lies anywhere else.
 */
export function relocated(text: string, downloads: string): string | null {
  const moved = parseModuleList(text)?.map((module): ListedModule | null => {
    if (!posix.isAbsolute(module.Dir)) return module;
    if (!module.Dir.startsWith(`${downloads}/`)) return null;
    return { ...module, Dir: posix.join(MODULES_FOLDER, module.Dir.slice(downloads.length)) };
  });
  const whole = moved?.filter((module) => module !== null);
  return whole === undefined || whole.length !== moved?.length ? null : printModuleList(whole);
}

/** For downloading: git and its kin read what strangers wrote, and need registries' tokens but no cloud's. */
export function withoutClouds(
  env: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => FOR_DOWNLOADS.test(name));
  return { ...laneEnvironment('source', own), ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: '0' };
}

const FOR_DOWNLOADS =
  /^TF_(CLI_CONFIG_FILE|TOKEN_.+|WORKSPACE|INPUT|IN_AUTOMATION)$|^CHECKPOINT_DISABLE$|^TMPDIR$/;
