/**
 * Where one plan is made and later applied: the frozen source, terraform's data folder and the state's
 * folder, at the same absolute paths both times; and how terraform is run there.
 */
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TerraformTarget } from '../../core/action.ts';
import type { PlanId } from '../../core/ids.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import type { Lane } from '../../core/run.ts';
import { readModuleCalls } from '../../core/terraform/module-calls.ts';
import type { Snapshot } from '../../ports.ts';
import { laneEnvironment } from '../lane-environment.ts';
import { type ProcessResult, runProcess } from '../process.ts';
import { RESOLVER_FOLDERS, sandboxed } from '../sandbox.ts';
import { confirmBackend, LocalState, OVERRIDE_FILE } from './backend.ts';
import { planAgain, refusalOf } from './errors.ts';
import { materialiseSnapshot, snapshotFolder } from './materialise.ts';
import { confirmModules, placeModuleList, withoutClouds } from './module-list.ts';
import type { TerraformSettings } from './settings.ts';
import { directFiles } from './snapshot.ts';
import { refuseMissingWorkspace } from './workspace.ts';

export interface Workplace {
  readonly target: TerraformTarget;
  readonly state: LocalState;
  /** The frozen root module, read-only. */
  readonly cwd: string;
  readonly planPath: string;
  /** Holds the plan's folder, terraform's data folder and the mark that init is done. */
  readonly workFolder: string;
  /** Terraform has not been initialised here yet. */
  readonly fresh: boolean;
  /** Modules from elsewhere are among the frozen source, so that nothing is to be downloaded. */
  readonly modulesFrozen: boolean;
  /** Runs terraform here. Output beyond `maxOutputBytes` is dropped. */
  run(args: readonly string[], options?: RunOptions): Promise<ProcessResult>;
  /** Removes the frozen source's own paths from what people see. */
  tidy(text: string): string;
}

export interface RunOptions {
  readonly maxOutputBytes?: number;
  /**
   * What may be written beside the state: `install` the data folder and the shared provider cache, before any
   * provider code runs; `plan` the folder of the plan file. `modules` the folder that modules are downloaded to
   * and nothing else, the state neither; without the clouds' credentials. Default nothing.
   */
  readonly writes?: 'install' | 'plan' | 'modules';
}

/** Lays everything out and makes sure that the workspace exists; runs terraform only where that needs it. */
export async function openWorkplace(
  settings: TerraformSettings,
  planId: PlanId,
  target: TerraformTarget,
  snapshot: Snapshot,
  lane: Lane & `terraform-${string}`,
  signal: AbortSignal,
): Promise<Workplace | Refusal> {
  const [root, stateFolder] = await Promise.all([realpath(settings.root), realpath(settings.stateFolder)]);
  const state = await stateOf(root, snapshot);
  if (isRefusal(state)) return state;
  const source = snapshotFolder(stateFolder, snapshot.address);
  const override = state.override();
  const added = new Map(override === null ? [] : [[join(snapshot.rootModule, OVERRIDE_FILE), override]]);
  if ((await materialiseSnapshot(snapshot, added, source)) === 'tampered') {
    return refuse('plan_tampered', 'The frozen source on disk was changed. Plan again.', planAgain(target));
  }
  const workFolder = join(stateFolder, 'work', planId);
  const dataFolder = join(workFolder, 'data');
  const outFolder = join(workFolder, 'out');
  const downloads = join(workFolder, DOWNLOADS);
  const cache = join(stateFolder, 'plugins');
  const fresh = !existsSync(join(workFolder, 'ready'));
  await Promise.all(
    [dataFolder, outFolder, downloads, cache].map((folder) =>
      mkdir(folder, { recursive: true, mode: 0o700 }),
    ),
  );
  if (snapshot.modules !== undefined) await placeModuleList(snapshot, dataFolder);
  const missing = await refuseMissingWorkspace(state, target);
  if (missing !== null) return missing;
  const stateWritable = await state.writableFolder(target.workspace);
  if (isRefusal(stateWritable)) return stateWritable;

  const cwd = join(source, snapshot.rootModule);
  const env = {
    ...laneEnvironment(lane, settings.env),
    TF_DATA_DIR: dataFolder,
    TF_WORKSPACE: target.workspace,
    ...(settings.sandbox === null ? {} : { TMPDIR: '/tmp' }),
  };
  const visible = settings.sandbox === null ? [] : await namedUnderTmp(settings.env, root);
  const writable = { install: [dataFolder, cache], plan: [outFolder], modules: [downloads] };
  const deadline = Date.now() + settings.timeoutMs;

  const run = async (args: readonly string[], { maxOutputBytes = MAX_TEXT, writes }: RunOptions = {}) => {
    const command = { file: settings.tool.file, args, cwd };
    const written = writes === undefined ? [] : writable[writes];
    const read = [dataFolder, cache, outFolder].filter((folder) => !written.includes(folder));
    const stateFolders = stateWritable === null || writes === 'modules' ? [] : [stateWritable];
    const placed =
      settings.sandbox === null
        ? command
        : sandboxed(settings.sandbox, command, {
            visible,
            shared: settings.shared ?? [],
            hidden: hiddenFolders([stateFolder, ...settings.hidden]),
            readOnly: [...RESOLVER_FOLDERS, source, ...read],
            writable: [...written, ...stateFolders],
            network: true,
          });
    return runProcess({
      ...placed,
      env:
        writes === 'install'
          ? { ...env, TF_PLUGIN_CACHE_DIR: cache }
          : writes === 'modules'
            ? { ...withoutClouds(env, settings.env), TF_DATA_DIR: downloads }
            : env,
      timeoutMs: Math.max(1, deadline - Date.now()),
      maxOutputBytes,
      signal,
      stopSignal: 'SIGINT',
      graceMs: GRACE_MS,
    });
  };
  const tidy = (text: string) => text.replaceAll(`${source}/`, '').replaceAll(`${workFolder}/`, '');
  const modulesFrozen = snapshot.modules !== undefined;
  const planPath = join(outFolder, 'tfplan');
  return { target, state, cwd, planPath, workFolder, fresh, modulesFrozen, run, tidy };
}

/**
 * `terraform init` without ever choosing a version, then a check that terraform uses the backend that was
 * read from the source. Null: done.
 */
export async function initialise(place: Workplace): Promise<{ refusal: Refusal; text: string } | null> {
  // Local modules are registered by init itself; `confirmModules` sees that it registered nothing else.
  const get = place.modulesFrozen ? ['-get=false'] : [];
  const args = ['init', '-input=false', '-no-color', '-lockfile=readonly', ...get];
  const result = await inTurn(() => place.run(args, { writes: 'install' }));
  const refusal =
    refusalOf('terraform init', result, place.target) ??
    (await confirmBackend(join(place.workFolder, 'data'), place.state)) ??
    (await confirmModules(join(place.workFolder, 'data')));
  if (refusal !== null) return { refusal, text: place.tidy(result.stdout + result.stderr) };
  await writeFile(join(place.workFolder, 'ready'), '', { mode: 0o600 });
  return null;
}

/** Removes what a plan left on disk, the frozen source apart. */
export async function forgetWork(stateFolder: string, planId: PlanId): Promise<void> {
  await rm(join(stateFolder, 'work', planId), { recursive: true, force: true });
}

/** Folder of a plan's work that modules are downloaded to. */
export const DOWNLOADS = 'downloads';

const MAX_TEXT = 4 * 1024 * 1024;
/** Terraform finishes the operation that it is in when it is interrupted. */
const GRACE_MS = 30_000;

/**
 * The bytes of the state that a plan of this source would start from; null where there is none or it lies in
 * another backend. A state names providers that terraform then runs, so a scan has to see it.
 */
export async function readLocalState(
  root: string,
  snapshot: Snapshot,
  workspace: string,
): Promise<Uint8Array | null | Refusal> {
  const state = await stateOf(await realpath(root), snapshot);
  if (isRefusal(state)) return state;
  const folder = await state.writableFolder(workspace);
  if (folder === null || isRefusal(folder)) return folder;
  return readFile(state.file(workspace)).catch(() => null);
}

/** Where the state of a frozen source lives. */
async function stateOf(root: string, snapshot: Snapshot): Promise<LocalState | Refusal> {
  const state = new LocalState(root, snapshot.rootModule);
  const read = await readModuleCalls(directFiles(snapshot.files, snapshot.rootModule));
  if (!read.ok) return refuse('invalid_arguments', `${read.problem}.`);
  return state.configure(read.calls.backends) ?? state;
}

/** Outer folders first, so that an inner one is laid over it. */
function hiddenFolders(own: readonly string[]): string[] {
  const folders = new Set(
    ['/run', ...own].filter((folder) => existsSync(folder)).map((folder) => realpathSync(folder)),
  );
  return [...folders].sort((a, b) => a.length - b.length);
}

/** /tmp is empty inside; what the operator's terraform settings name there must still be seen. */
async function namedUnderTmp(env: TerraformSettings['env'], root: string): Promise<string[]> {
  const config =
    env.TF_CLI_CONFIG_FILE ?? (env.HOME === undefined ? undefined : join(env.HOME, '.terraformrc'));
  const text = config === undefined ? '' : await readFile(config, 'utf8').catch(() => '');
  const quoted = [...text.matchAll(/"(\/tmp\/[^"\n]+)"/g)].map((match) => match[1] ?? '');
  const named = [env.HOME, config, root, ...quoted].filter((path) => path?.startsWith('/tmp/'));
  return [...new Set(named)].filter((path) => path !== undefined).sort((a, b) => a.length - b.length);
}

let lastInstall: Promise<unknown> = Promise.resolve();

/** Two installations into one provider cache would overwrite each other. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = lastInstall.then(work, work);
  lastInstall = mine.catch(() => {});
  return mine;
}
