/**
 * Terraform makes a workspace that does not exist when it plans in it, so a typing error would plan to build
 * everything anew. The gateway plans only in workspaces that exist.
 */
import { readdir } from 'node:fs/promises';
import type { TerraformTarget } from '../../core/action.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import type { LocalState } from './backend.ts';
import { type CommandResult, refusalOf } from './errors.ts';

/** For local state, from the disk; a backend elsewhere is asked by `refuseUnlisted` after init. */
export async function refuseMissingWorkspace(
  state: LocalState,
  target: TerraformTarget,
): Promise<Refusal | null> {
  if (state.type !== 'local' || target.workspace === 'default') return null;
  const entries = await readdir(state.workspaceFolder, { withFileTypes: true }).catch(() => []);
  const names = ['default', ...entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)];
  return names.includes(target.workspace) ? null : missing(target, names);
}

/** `run` is `terraform workspace list` in an initialised folder; not called where it cannot matter. */
export async function refuseUnlisted(
  state: LocalState,
  target: TerraformTarget,
  run: () => Promise<CommandResult>,
): Promise<Refusal | null> {
  if (state.type === 'local' || target.workspace === 'default') return null;
  const result = await run();
  const failed = refusalOf('terraform workspace list', result, target);
  if (failed !== null) return failed;
  const names = result.stdout
    .split('\n')
    .map((line) => line.replace(/^[*\s]+/, '').trim())
    .filter((name) => name !== '' && !/\s/.test(name));
  return names.includes(target.workspace) ? null : missing(target, names);
}

function missing(target: TerraformTarget, names: readonly string[]): Refusal {
  return refuse(
    'workspace_mismatch',
    `${target.cwd} has no workspace ${target.workspace}. It has: ${names.slice(0, 20).join(', ')}. A person makes new ones.`,
  );
}
