import type { OwnMatcher } from '../../core/own.ts';
import type { Blobs } from '../../ports/store.ts';
import type { Sandbox } from '../sandbox.ts';

/** What running kubectl needs of this machine. */
export interface KubectlSettings {
  /** Absolute path of kubectl. */
  readonly file: string;
  /** What agents may address. */
  readonly root: string;
  /** The gateway's own; invisible to kubectl, but for a cache of what the cluster serves. */
  readonly stateFolder: string;
  /** Null: runs unconfined. kubectl runs nothing that an agent wrote. */
  readonly sandbox: Sandbox | null;
  /** The gateway's own environment, KUBECONFIG in it; children get their lane's part of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the relative entries of KUBECONFIG begin. */
  readonly cwd: string;
  readonly blobs: Blobs;
  /** What belongs to the gateway itself: no action may touch it. */
  readonly own: OwnMatcher;
  /** Removes what a secret scanner finds. Rejects where it cannot look. */
  readonly sweep: (text: string) => Promise<string>;
}
