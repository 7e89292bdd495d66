import { fetchedProgram } from './fetched-program.ts';
import { loosePermissions } from './permissions.ts';
import { privilegedShell } from './privilege.ts';
import { remoteShell } from './remote-shell.ts';
import { rootRemoval } from './removal.ts';
import type { Sight } from './scan.ts';

/** A blocked call: the rule, why, and what an agent may do instead. */
export interface BlockHit {
  readonly rule: string;
  readonly message: string;
  readonly instead: string;
}

/** One entry of the built-in block list. No policy can shrink it. */
export type BlockRule = (sight: Sight) => BlockHit | null;

export const BUILTIN_BLOCKS: readonly BlockRule[] = [
  fetchedProgram,
  rootRemoval,
  privilegedShell,
  loosePermissions,
  remoteShell,
];
