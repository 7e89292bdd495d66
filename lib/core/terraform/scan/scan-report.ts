/** What a scan is asked and what it answers. */

import type { Finding } from '../../finding.ts';
import type { SnapshotFile } from './judge-expressions.ts';

export interface ScanInput {
  /** Everything in the snapshot, by path. */
  readonly files: ReadonlyMap<string, SnapshotFile>;
  /** Folder of the root module inside the snapshot; empty for the snapshot's own root. */
  readonly rootModule: string;
  /** Call path (`net`, `net.sub`) → folder in the snapshot, for modules that were downloaded. */
  readonly installedModules?: ReadonlyMap<string, string>;
  /** Patterns over the full source address; `hashicorp/*` means the public registry. */
  readonly allowedProviders: readonly string[];
  /** Backend types that the operator configured, usually only `local`. */
  readonly allowedBackends: readonly string[];
  /** Files given as -var-file, inside the snapshot; `*.auto.tfvars` and `terraform.tfvars` are found without. */
  readonly variableFiles: readonly string[];
}

export interface ScannedModule {
  readonly call: string;
  readonly source: string;
  readonly version: string | null;
  /** Folder in the snapshot; null for a module that is not there. */
  readonly local: string | null;
}

export interface ScanReport {
  /** Empty: nothing of concern. */
  readonly findings: readonly Finding[];
  /** Null: the implicit local backend. */
  readonly backend: { readonly type: string; readonly settings: unknown } | null;
  /** Full source addresses, required and implied by resource types. */
  readonly providers: readonly string[];
  readonly modules: readonly ScannedModule[];
  readonly lockFile: { readonly present: boolean; readonly providers: Readonly<Record<string, string>> };
}
