import type { CallContext } from './commands/rule.ts';
import { joinPath } from './paths.ts';
import { reachFrom } from './reach.ts';
import { holdsSecrets, isSecretPath } from './secrets.ts';

const MAX_FOLDERS = 8;

/** Where a command may run after the `cd`s so far: one may have failed, so every folder on the way counts. */
export class Place {
  /** Relative to the caller's own folder. */
  private folders: readonly string[] = ['.'];
  /** What may be read from any of them. */
  reach: CallContext = reachFrom(this.folders);

  /** False, and nothing changes, where the folder is secret, lies above the caller's, or is one too many. */
  enter(path: string): boolean {
    const next = this.folders.map((folder) => joinPath(folder, path));
    const folders = [...new Set([...this.folders, ...next])];
    const bad = next.some((folder) => folder.startsWith('..') || holdsSecrets(folder));
    if (bad || folders.length > MAX_FOLDERS) return false;
    this.folders = folders;
    this.reach = reachFrom(folders);
    return true;
  }

  /** No `cd` came before. */
  get isCallers(): boolean {
    return this.folders.length === 1;
  }

  isSecret(path: string): boolean {
    return this.folders.some((folder) => isSecretPath(joinPath(folder, path)));
  }
}
