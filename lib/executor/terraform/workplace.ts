/**
 * Where one plan is made and later applied: the frozen source, terraform's data folder and the state's
 * folder, at the same absolute paths both times; and how terraform is run there.
 */
import { closeSync, existsSync, realpathSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TerraformTarget } from '../../core/action.ts';
import type { PlanId } from '../../core/ids.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import type { Lane } from '../../core/run.ts';
import { readModuleCalls } from '../../core/terraform/module-calls.ts';
import type { Snapshot } from '../../ports/lanes.ts';
import { laneEnvironment } from '../lane-environment.ts';
import { runProcess } from '../process.ts';
import { RESOLVER_FOLDERS, sandboxed } from '../sandbox.ts';
import { confirmBackend, type HeldFolder, LocalState, OVERRIDE_FILE } from './backend.ts';
import type { ConfiguredState } from './configured-state.ts';
import { type CommandResult, planAgain, refusalOf } from './errors.ts';
import { materialiseSnapshot, snapshotFolder } from './materialise.ts';
import { confirmModules, placeModuleList, withoutClouds } from './module-list.ts';
import type { TerraformSettings } from './settings.ts';
import { directFiles } from './snapshot.ts';
import { refuseUnpinnedProviders } from './state-providers.ts';
import { inTurn } from './turns.ts';
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
  run(args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** Why the state, as it is now, must not be given to init; null where it may. */
  refuseState(): Promise<Refusal | null>;
  /** Removes the frozen source's own paths from what people see. */
  tidy(text: string): string;
}

export interface RunOptions {
  readonly maxOutputBytes?: number;
  /** Less than what is left of the plan's own time. */
  readonly timeoutMs?: number;
  /**
   * What may be written beside the state: `install` the data folder and the shared provider cache, before any
   * provider code runs, `install-alone` the data folder only; `plan` the folder of the plan file. `modules` the folder that modules are downloaded to
   * and nothing else, the state neither; without the clouds' credentials. Default nothing.
   */
  readonly writes?: 'install' | 'install-alone' | 'plan' | 'modules';
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
  const mounts = settings.sandbox === null ? null : join(stateFolder, 'state');
  const state = await stateOf(root, snapshot, mounts, settings.configuredState ?? null);
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
  const unfit = await holding(state, target.workspace, async () => null);
  if (unfit !== null) return unfit;

  const cwd = join(source, snapshot.rootModule);
  const env = {
    ...laneEnvironment(lane, settings.env, [root]),
    TF_DATA_DIR: dataFolder,
    TF_WORKSPACE: target.workspace,
    ...(settings.sandbox === null ? {} : { TMPDIR: '/tmp' }),
  };
  const visible = settings.sandbox === null ? [] : await namedUnderTmp(settings, root);
  const writable = {
    install: [dataFolder, cache],
    'install-alone': [dataFolder],
    plan: [outFolder],
    modules: [downloads],
  };
  const deadline = Date.now() + settings.timeoutMs;

  const runWith = async (args: readonly string[], options: RunOptions, held: HeldFolder | null) => {
    const { maxOutputBytes = MAX_TEXT, timeoutMs = settings.timeoutMs, writes } = options;
    const command = { file: settings.tool.file, args, cwd };
    const written = writes === undefined ? [] : writable[writes];
    const read = [dataFolder, cache, outFolder].filter((folder) => !written.includes(folder));
    const placed =
      settings.sandbox === null
        ? command
        : sandboxed(settings.sandbox, command, {
            visible,
            shared: settings.shared ?? [],
            hidden: hiddenFolders([stateFolder, ...settings.hidden]),
            readOnly: [...RESOLVER_FOLDERS, source, ...read],
            writable: written,
            ...(held === null ? {} : { opened: { ...held, at: state.mountPoint(target.workspace) } }),
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
      timeoutMs: Math.max(1, Math.min(timeoutMs, deadline - Date.now())),
      maxOutputBytes,
      signal,
      stopSignal: 'SIGINT',
      graceMs: GRACE_MS,
    });
  };
  const run = async (args: readonly string[], options: RunOptions = {}): Promise<CommandResult> => {
    if (options.writes === 'modules') return runWith(args, options, null);
    const result = await holding(state, target.workspace, async (held) => {
      const done = await runWith(args, options, held);
      // What was applied is applied; anything else is not believed where its state was swapped meanwhile.
      const swapped = held === null || args[0] === 'apply' ? null : state.unfit(held, target.workspace);
      return swapped === null ? done : { ...done, refused: swapped };
    });
    return isRefusal(result) ? { ...NOT_RUN, refused: result } : result;
  };
  const tidy = (text: string) => text.replaceAll(`${source}/`, '').replaceAll(`${workFolder}/`, '');
  const refuseState = async () => {
    const bytes = await holding(state, target.workspace, async (held) =>
      held === null ? null : state.read(held, target.workspace),
    );
    return isRefusal(bytes) ? bytes : refuseUnpinnedProviders(bytes, snapshot, target);
  };
  const modulesFrozen = snapshot.modules !== undefined;
  const planPath = join(outFolder, 'tfplan');
  return { target, state, cwd, planPath, workFolder, fresh, modulesFrozen, run, refuseState, tidy };
}

/**
 * `terraform init` without ever choosing a version, then a check that terraform uses the backend that was
 * read from the source. Null: done.
 */
export async function initialise(place: Workplace): Promise<{ refusal: Refusal; text: string } | null> {
  const unpinned = await place.refuseState();
  if (unpinned !== null) return { refusal: unpinned, text: '' };
  // Local modules are registered by init itself; `confirmModules` sees that it registered nothing else.
  const get = place.modulesFrozen ? ['-get=false'] : [];
  const args = ['init', '-input=false', '-no-color', '-lockfile=readonly', ...get];
  const result = await inTurn((mayShare) =>
    place.run(args, { writes: mayShare ? 'install' : 'install-alone', timeoutMs: INIT_MS }),
  );
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

/** An init waits for registries and backends that an agent may have named; a plan's whole time is too much for it. */
const INIT_MS = 120_000;
const MAX_TEXT = 4 * 1024 * 1024;
/** Terraform finishes the operation that it is in when it is interrupted. */
const GRACE_MS = 30_000;

/** Holds the state's folder while `work` goes on; gives `work` null where the state is elsewhere. */
async function holding<T>(
  state: LocalState,
  workspace: string,
  work: (held: HeldFolder | null) => Promise<T>,
): Promise<T | Refusal> {
  const held = await state.hold(workspace);
  if (held === null || isRefusal(held)) return held ?? work(null);
  try {
    return await work(held);
  } finally {
    closeSync(held.fd);
  }
}

/** Where the state of a frozen source lives. */
async function stateOf(
  root: string,
  snapshot: Snapshot,
  mounts: string | null,
  configured: ConfiguredState | null,
): Promise<LocalState | Refusal> {
  const state = new LocalState(root, snapshot.rootModule, mounts, configured);
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
async function namedUnderTmp({ env, tool }: TerraformSettings, root: string): Promise<string[]> {
  const config =
    env.TF_CLI_CONFIG_FILE ?? (env.HOME === undefined ? undefined : join(env.HOME, '.terraformrc'));
  const text = config === undefined ? '' : await readFile(config, 'utf8').catch(() => '');
  const quoted = [...text.matchAll(/"(\/tmp\/[^"\n]+)"/g)].map((match) => match[1] ?? '');
  const named = [env.HOME, config, root, tool.file, ...quoted].filter((path) => path?.startsWith('/tmp/'));
  return [...new Set(named)].filter((path) => path !== undefined).sort((a, b) => a.length - b.length);
}

const NOT_RUN = {
  exitCode: null,
  signal: null,
  stdout: '',
  stderr: '',
  truncated: false,
  timedOut: false,
  aborted: false,
} as const;
