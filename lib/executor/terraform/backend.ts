/**
 * Where the state lives. Terraform runs from a frozen copy of the source, so a local backend's relative paths
 * would move with it: a generated override file names their old place absolutely. Other backends stay as
 * they are configured.
 */
import { lstat, mkdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { canonicalJson } from '../../core/canonical.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import { fieldsOf } from '../../core/terraform/fields.ts';
import type { BackendBlock } from '../../core/terraform/module-calls.ts';

/** Sorts after most names, and terraform lets the last override of a backend win; `confirmBackend` makes sure. */
export const OVERRIDE_FILE = 'recourse_backend_override.tf.json';

/** The state of one root module, as far as it lies on this machine. */
export class LocalState {
  readonly #root: string;
  readonly #folder: string;
  #path = 'terraform.tfstate';
  #workspaceDir = 'terraform.tfstate.d';
  #type = 'local';

  /** `root` must be a real path; `folder` is the root module's, relative to it. */
  constructor(root: string, folder: string) {
    this.#root = root;
    this.#folder = folder;
  }

  /** `local`, or the type of a backend elsewhere. */
  get type(): string {
    return this.#type;
  }

  /** Takes the backend over from the configuration. Refuses what it cannot be sure about. */
  configure(backends: readonly BackendBlock[]): Refusal | null {
    const [backend, second] = backends;
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

  /** Contents of the override file; null where the backend is not local. */
  override(): Uint8Array | null {
    if (this.#type !== 'local') return null;
    const local = { path: this.#absolute(this.#path), workspace_dir: this.#absolute(this.#workspaceDir) };
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

  /**
   * The folder that terraform must be able to write for this workspace (state, backup, lock), absolute and
   * without links; null where the state is elsewhere.
   */
  async writableFolder(workspace: string): Promise<string | null | Refusal> {
    if (this.#type !== 'local') return null;
    const file = this.file(workspace);
    const folder = dirname(file);
    if (workspace === 'default') await this.#makeFolder(folder);
    if ((await realpath(folder).catch(() => null)) !== folder) return throughLink(folder, this.#root);
    for (const place of [file, `${file}.backup`]) {
      const found = await lstat(place).catch(() => null);
      if (found !== null && !found.isFile()) return throughLink(place, this.#root);
    }
    return folder;
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

  #absolute(path: string): string {
    return join(this.#root, this.#folder, path);
  }
}

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
    `The state at ${posix.relative(root, place)} is a link, is reached through one, or its folder is missing.`,
  );
}
