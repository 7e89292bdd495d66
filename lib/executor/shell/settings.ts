import type { Sandbox } from '../sandbox.ts';
import type { OwnProgram } from './machine.ts';
import type { PipeSource } from './pipes.ts';
import type { Programs } from './programs.ts';

/** What the shell lane has found on this machine. */
export interface ShellSettings {
  readonly environment: string;
  /** Real path of the folder that agents may address. */
  readonly root: string;
  /** Real paths that no command may see: the state folder, what the lane keeps for itself, people's homes. */
  readonly hidden: readonly string[];
  /** Null: bubblewrap is missing or does not work. */
  readonly sandbox: Sandbox | null;
  /**
   * The lane runs in a container of its own that is thrown away afterwards and holds nothing but the source and
   * the lane's own role: without bubblewrap, that container is the sandbox. Never true on an operator's machine.
   */
  readonly container: boolean;
  /** The operator lets read-only commands run although there is no sandbox. */
  readonly unconfined: boolean;
  readonly programs: Programs;
  readonly pipes: PipeSource;
  /** Runs a kubectl read with its masks. Null: kubectl inside shell commands is not run here. */
  readonly kubectlRead: OwnProgram | null;
  /** The operator's environment, from which an approved command gets its allow-list. */
  readonly env: Readonly<Record<string, string | undefined>>;
}
