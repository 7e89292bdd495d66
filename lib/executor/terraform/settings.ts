import type { Hasher } from '../../ports/signing.ts';
import type { Blobs } from '../../ports/store.ts';
import type { Tool } from '../locate-tool.ts';
import type { Sandbox } from '../sandbox.ts';
import type { ConfiguredState } from './configured-state.ts';

/** What running terraform needs of this machine. */
export interface TerraformSettings {
  /** What agents may address. */
  readonly root: string;
  /** The gateway's own; invisible to what terraform runs, but for the parts it is given. */
  readonly stateFolder: string;
  /** More folders that must be invisible: the state of other environments. */
  readonly hidden: readonly string[];
  /** Folders that provisioners and providers may write besides the state's own; the operator's choice. */
  readonly shared?: readonly string[];
  readonly tool: Tool;
  /** Null: runs unconfined; policy has judged that before (`sandbox_unavailable`). */
  readonly sandbox: Sandbox | null;
  /** The gateway's own environment; children get their lane's part of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the operator keeps the states of this source; absent on one machine, where the source says it. */
  readonly configuredState?: ConfiguredState;
  /** For one whole plan or apply, in milliseconds. */
  readonly timeoutMs: number;
  readonly blobs: Blobs;
  readonly hasher: Hasher;
}
