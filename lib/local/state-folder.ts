/**
 * The folder that holds what one gateway knows: records, blobs, keys. It belongs to one root and one
 * environment, is its owner's alone, and agents cannot reach it, for it lies outside the root.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Manifest, makeManifest, Refused, readManifest, withPolicy } from './manifest.ts';

export interface StateFolder {
  /** Real path. */
  readonly path: string;
  readonly manifest: Manifest;
  readonly files: {
    readonly records: string;
    readonly blobs: string;
    readonly keys: string;
    readonly control: string;
  };
}

/** `problem`: one sentence for the person who started the command. */
export type Opened =
  | { readonly ok: true; readonly folder: StateFolder }
  | { readonly ok: false; readonly problem: string };

/** Where the user's state lies by default. */
export type StateHome = Readonly<Record<string, string | undefined>>;

export interface OpenRequest {
  /** Default: under the user's state folder, one for each root and environment. */
  readonly state?: string | undefined;
  readonly root: string;
  readonly environment: string;
  /** Recorded where given; undefined leaves what is recorded. */
  readonly policyPath?: string | null | undefined;
  readonly now: Date;
  /** `process.env`, for XDG_STATE_HOME and HOME. */
  readonly env: StateHome;
}

/** Makes the folder (0700) where there is none. Never loosens or takes over one that is somebody else's. */
export function openStateFolder(request: OpenRequest): Opened {
  return answer(() => {
    const { environment, now } = request;
    const root = realRoot(request.root);
    const wanted = request.state ?? defaultFolder(request.env, root, environment);
    const path = realWanted(wanted);
    refuseOverlap(path, root);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    refuseOthers(path);
    refuseOverlap(realpathSync.native(path), root);
    const manifest =
      readManifest(path) ??
      makeManifest(path, {
        environment,
        root,
        policy_path: request.policyPath ?? null,
        created_at: now.toISOString(),
      });
    refuseForeign(path, manifest, root, environment);
    return stateFolder(path, withPolicy(path, manifest, request.policyPath));
  });
}

export interface LocateRequest {
  readonly state?: string | undefined;
  /** A root, or a folder somewhere below one. */
  readonly root: string;
  /** Undefined: the only one there is. */
  readonly environment?: string | undefined;
  readonly env: StateHome;
}

/** Finds the folder of a gateway that was started before; makes nothing. */
export function locateStateFolder(request: LocateRequest): Opened {
  return answer(() => {
    if (request.state !== undefined) {
      const folder = existing(realWanted(request.state));
      if (folder === null)
        throw new Refused(
          `${request.state} is not the state folder of a gateway; start one on it: recourse gateway serve -e ENV --state ${request.state}`,
        );
      return ofEnvironment([folder], request, request.state);
    }
    const from = realRoot(request.root);
    const around = knownFolders(stateHome(request.env)).filter((each) => contains(each.manifest.root, from));
    const nearest = Math.max(...around.map((each) => each.manifest.root.length));
    return ofEnvironment(
      around.filter((each) => each.manifest.root.length === nearest),
      request,
      from,
    );
  });
}

function ofEnvironment(folders: readonly StateFolder[], request: LocateRequest, where: string): StateFolder {
  const { environment } = request;
  const fitting = folders.filter(
    (each) => environment === undefined || each.manifest.environment === environment,
  );
  const [only, ...others] = fitting;
  if (only === undefined) {
    const of = environment === undefined ? '' : ` of environment ${environment}`;
    throw new Refused(`no gateway${of} has been started for ${where}; name its state folder with --state`);
  }
  if (others.length > 0) {
    const names = fitting.map((each) => each.manifest.environment).sort();
    throw new Refused(`${where} has gateways for ${names.join(', ')}; say which with -e or --state`);
  }
  return only;
}

function answer<F>(
  open: () => F,
): { readonly ok: true; readonly folder: F } | { readonly ok: false; readonly problem: string } {
  try {
    return { ok: true, folder: open() };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: error.message };
    if (error instanceof Error && 'code' in error && 'path' in error) {
      return { ok: false, problem: `${String(error.path)} cannot be used (${String(error.code)})` };
    }
    throw error;
  }
}

function stateFolder(path: string, manifest: Manifest): StateFolder {
  const files = {
    records: join(path, 'records.db'),
    blobs: join(path, 'blobs'),
    keys: join(path, 'keys'),
    control: join(path, 'control.json'),
  };
  return { path, manifest, files };
}

/** The folder that holds the user's state folders, of all roots and environments, where none is named. */
export function stateHome(env: StateHome): string {
  const named = env.XDG_STATE_HOME;
  // The XDG rules: a relative path counts as none.
  const home =
    named !== undefined && isAbsolute(named) ? named : join(env.HOME ?? homedir(), '.local', 'state');
  return join(home, 'recourse');
}

function defaultFolder(env: StateHome, root: string, environment: string): string {
  const name = createHash('sha256')
    .update(JSON.stringify([root, environment]))
    .digest('hex')
    .slice(0, 32);
  return join(stateHome(env), name);
}

function realRoot(root: string): string {
  const stats = statSync(root, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) throw new Refused(`the root ${root} is not an existing folder`);
  return realpathSync.native(root);
}

/** The real path of a folder that may not exist yet. Links above it are followed; it must not be one. */
function realWanted(wanted: string): string {
  const path = resolve(wanted);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink())
    throw new Refused(`the state folder ${path} is a symlink; name the folder itself`);
  if (stats !== undefined) {
    if (!stats.isDirectory()) throw new Refused(`the state folder ${path} is not a folder`);
    return realpathSync.native(path);
  }
  return dirname(path) === path ? path : join(realParent(dirname(path)), basename(path));
}

function realParent(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats !== undefined) return realpathSync.native(path);
  return dirname(path) === path ? path : join(realParent(dirname(path)), basename(path));
}

function refuseOverlap(path: string, root: string): void {
  if (contains(root, path)) {
    throw new Refused(
      `the state folder ${path} lies inside the root ${root}, where agents can reach it; choose another with --state`,
    );
  }
  if (contains(path, root)) {
    throw new Refused(`the root ${root} lies inside the state folder ${path}; choose another with --state`);
  }
}

/** Whether `inner` is `outer` or lies below it; both are real paths. */
function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function refuseOthers(path: string): void {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw new Refused(`the state folder ${path} is not a folder`);
  if (process.getuid === undefined) return;
  if (stats.uid !== process.getuid()) throw new Refused(`the state folder ${path} belongs to another user`);
  if ((stats.mode & 0o077) !== 0) {
    throw new Refused(`the state folder ${path} is open to other users; run: chmod 700 ${path}`);
  }
}

function refuseForeign(path: string, manifest: Manifest, root: string, environment: string): void {
  if (manifest.environment !== environment) {
    throw new Refused(
      `the state folder ${path} belongs to environment ${manifest.environment}, not ${environment}; choose another with --state`,
    );
  }
  if (manifest.root !== root) {
    throw new Refused(
      `the state folder ${path} belongs to the root ${manifest.root}, not ${root}; choose another with --state`,
    );
  }
}

/** Of an existing folder, with the same demands as on opening it; null where it is no state folder. */
function existing(path: string): StateFolder | null {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  refuseOthers(path);
  const manifest = readManifest(path);
  return manifest === null ? null : stateFolder(path, manifest);
}

/** One that cannot be used is passed over here; named with `state`, it says why. */
function knownFolders(home: string): StateFolder[] {
  let names: string[];
  try {
    names = readdirSync(home);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const opened = answer(() => existing(join(home, name)));
    return opened.ok && opened.folder !== null ? [opened.folder] : [];
  });
}
