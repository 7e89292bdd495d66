import { fetchedProgram } from './fetched-program.ts';
import { loosePermissions } from './permissions.ts';
import { privilegedShell } from './privilege.ts';
import { remoteShell } from './remote-shell.ts';
import { rootRemoval } from './removal.ts';
import type { BlockRule } from './rule.ts';

export const BUILTIN_BLOCKS: readonly BlockRule[] = [
  fetchedProgram,
  rootRemoval,
  privilegedShell,
  loosePermissions,
  remoteShell,
];
