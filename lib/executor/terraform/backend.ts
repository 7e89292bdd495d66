/**
 * Where the state lives. Terraform runs from a frozen copy of the source, so a local backend's relative paths
 * would move with it: a generated override file names their place absolutely. Under a sandbox that is a place
 * of the gateway's own, where the state's folder is mounted, because agents can rename folders and put links
 * in their old place while terraform runs. Other backends stay as they are configured.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { canonicalJson, sha256 } from '../../core/canonical.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import { fieldsOf } from '../../core/terraform/fields.ts';
import type { BackendBlock } from '../../core/terraform/module-calls.ts';
import { type ConfiguredState, s3Backend } from './configured-state.ts';
import { entryOf, openFolder } from './opened-place.ts';

/** Sorts after most names, and terraform lets the last override of a backend win; `confirmBackend` makes sure. */
export const OVERRIDE_FILE = 'recourse_backend_override.tf.json';

/** The folder of a state, held open so that no renaming or linking can put another in its place. */
export interface HeldFolder {
  readonly fd: number;
  /** Real path when it was opened. */
  readonly place: string;
}

/** A state beyond this is refused, not read. */
const MAX_STATE = 256 * 1024 * 1024;

/** The state of one root module, as far as it lies on this machine. */
export class LocalState {
  readonly #root: string;
  readonly #folder: string;
  readonly #mounts: string | null;
  readonly #configured: ConfiguredState | null;
  #s3: Readonly<Record<string, unknown>> | null = null;
  #path = 'terraform.tfstate';
  #workspaceDir = 'terraform.tfstate.d';
  #type = 'local';

  /**
   * `root` must be a real path; `folder` is the root module's, relative to it. `mounts` is the folder under which
   * terraform sees the state; null where it sees it in its own place. `configured`: where the operator keeps the
   * states of this source; then no other place will do, and what is on this machine's disk is no state.
   */
  constructor(
    root: string,
    folder: string,
    mounts: string | null = null,
    configured: ConfiguredState | null = null,
  ) {
    this.#root = root;
    this.#folder = folder;
    this.#mounts = mounts;
    this.#configured = configured;
    if (configured !== null) this.#type = 's3';
  }

  /** `local`, or the type of a backend elsewhere. */
  get type(): string {
    return this.#type;
  }

  /** Takes the backend over from the configuration. Refuses what it cannot be sure about. */
  configure(backends: readonly BackendBlock[]): Refusal | null {
    const [backend, second] = backends;
    if (this.#configured !== null && second === undefined) {
      const s3 = s3Backend(this.#configured, this.#folder, backend ?? null);
      if ('refused' in s3) return s3;
      this.#s3 = s3.settings;
      return null;
    }
    if (backend === undefined) return null;
    if (second !== undefined) {
      return refuse('invalid_arguments', `${backend.file} and ${second.file} both set a backend. Keep one.`);
    }
    this.#type = backend.type;
    if (backend.type !== 'local') return null;
    const path = this.#place(backend.settings.path, 'terraform.tfstate');
    const workspaceDir = this.#place(backend.settings.workspace_dir, 'terraform.tfstate.d');
    if (path === null || workspaceDir === null) {
      return refuse('path_outside_root', `${backend.file} puts the state outside of the root.`);
    }
    this.#path = path;
    this.#workspaceDir = workspaceDir;
    return null;
  }

  /** Whether a path, relative to the root, is state and not source. */
  covers(path: string): boolean {
    const [file, folder] = [this.#path, this.#workspaceDir].map((place) => posix.join(this.#folder, place));
    if (this.#type !== 'local' || file === undefined || folder === undefined) return false;
    return path === file || path === `${file}.backup` || `${path}/`.startsWith(`${folder}/`);
  }

  /** What the operator's backend must be, as the override file says it; null for every other backend. */
  get s3(): Readonly<Record<string, unknown>> | null {
    return this.#s3;
  }

  /** Contents of the override file; null where the backend is neither local nor the operator's. */
  override(): Uint8Array | null {
    if (this.#s3 !== null) {
      return new TextEncoder().encode(canonicalJson({ terraform: { backend: { s3: this.#s3 } } }));
    }
    if (this.#type !== 'local') return null;
    const local =
      this.#mounts === null
        ? { path: this.file('default'), workspace_dir: this.workspaceFolder }
        : {
            path: join(this.mountPoint('default'), basename(this.#path)),
            workspace_dir: this.#mounted(WORKSPACES),
          };
    return new TextEncoder().encode(canonicalJson({ terraform: { backend: { local } } }));
  }

  /** The workspaces' own folder, absolute. */
  get workspaceFolder(): string {
    return this.#absolute(this.#workspaceDir);
  }

  /** Where the state of a workspace is, absolute; for another backend, where it would be. */
  file(workspace: string): string {
    if (workspace === 'default') return this.#absolute(this.#path);
    return join(this.workspaceFolder, workspace, 'terraform.tfstate');
  }

  /** Where terraform sees the folder of a workspace's state: one place for one state, whichever plan asks. */
  mountPoint(workspace: string): string {
    if (this.#mounts === null) return dirname(this.file(workspace));
    return workspace === 'default' ? this.#mounted('default') : join(this.#mounted(WORKSPACES), workspace);
  }

  /**
   * Opens the folder that terraform must be able to write for this workspace (state, backup, lock); the caller
   * closes it. Null where the state is elsewhere. Refuses links, and files there that are none (a pipe would
   * hold terraform for as long as it may run).
   */
  async hold(workspace: string): Promise<HeldFolder | null | Refusal> {
    if (this.#type !== 'local') return null;
    const file = this.file(workspace);
    const place = dirname(file);
    if (workspace === 'default') await this.#makeFolder(place);
    const fd = openFolder(place);
    if (fd === null) return throughLink(place, this.#root);
    const held = { fd, place };
    const unfit = this.unfit(held, workspace);
    if (unfit === null) return held;
    closeSync(fd);
    return unfit;
  }

  /** Whether what lies in a held folder is, by now, other than plain files. */
  unfit({ fd, place }: HeldFolder, workspace: string): Refusal | null {
    const name = basename(this.file(workspace));
    for (const each of [name, `${name}.backup`, `.${name}.lock.info`]) {
      const found = lstatSync(entryOf(fd, place, each), { throwIfNoEntry: false });
      if (found !== undefined && !found.isFile()) return throughLink(join(place, each), this.#root);
    }
    return null;
  }

  /** The bytes of a workspace's state; null where there is none. */
  read({ fd, place }: HeldFolder, workspace: string): Uint8Array | null | Refusal {
    const file = this.file(workspace);
    let opened: number;
    try {
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      opened = openSync(entryOf(fd, place, basename(file)), flags);
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      return isMissing ? null : throughLink(file, this.#root);
    }
    try {
      const stats = fstatSync(opened);
      if (!stats.isFile() || stats.size > MAX_STATE) return throughLink(file, this.#root);
      return readFileSync(opened);
    } finally {
      closeSync(opened);
    }
  }

  /** Terraform would make the folder of a configured path; inside the sandbox it cannot. */
  async #makeFolder(folder: string): Promise<void> {
    const parent = dirname(folder);
    if (folder === join(this.#root, this.#folder)) return;
    if ((await realpath(parent).catch(() => null)) === parent) await mkdir(folder).catch(() => {});
  }

  #place(value: unknown, otherwise: string): string | null {
    if (value === undefined || value === null || value === '') return otherwise;
    if (typeof value !== 'string' || value.includes('${') || /\p{Cc}/u.test(value)) return null;
    const absolute = posix.isAbsolute(value) ? posix.normalize(value) : join(this.#root, this.#folder, value);
    if (!absolute.startsWith(`${this.#root}/`)) return null;
    return posix.relative(posix.join(this.#root, this.#folder), absolute);
  }

  #mounted(name: string): string {
    const own = sha256(canonicalJson([this.#absolute(this.#path), this.#absolute(this.#workspaceDir)]));
    return join(this.#mounts ?? '', own.slice('sha256:'.length, 'sha256:'.length + 16), name);
  }

  #absolute(path: string): string {
    return join(this.#root, this.#folder, path);
  }
}

const WORKSPACES = 'workspaces';

/**
 * Terraform's own record after init must name the backend that was expected: whatever a reader of the
 * configuration missed (another override file, say) shows here, before the state is touched.
 */
export async function confirmBackend(dataFolder: string, state: LocalState): Promise<Refusal | null> {
  const text = await readFile(join(dataFolder, 'terraform.tfstate'), 'utf8').catch(() => '{}');
  const backend = fieldsOf(fieldsOf(JSON.parse(text)).backend);
  const expected = state.override();
  if (backend.type !== state.type) return otherBackend(state.type, backend.type);
  if (expected === null) return null;
  const config = fieldsOf(backend.config);
  if (state.s3 !== null) {
    const same = Object.entries(state.s3).every(
      ([name, value]) => canonicalJson(config[name] ?? null) === canonicalJson(value),
    );
    return same ? null : otherBackend('s3', 's3, elsewhere');
  }
  const local = { path: config.path, workspace_dir: config.workspace_dir };
  const actual = canonicalJson({ terraform: { backend: { local } } });
  return actual === new TextDecoder().decode(expected) ? null : otherBackend('local', 'local, elsewhere');
}

function otherBackend(expected: string, actual: unknown): Refusal {
  return refuse(
    'invalid_arguments',
    `The configuration's backend was read as ${expected} but terraform uses ${String(actual)}. Write one plain backend block.`,
  );
}

function throughLink(place: string, root: string): Refusal {
  return refuse(
    'path_outside_root',
    `The state at ${posix.relative(root, place)} is a link, is reached through one, is no plain file, or its folder is missing.`,
  );
}
