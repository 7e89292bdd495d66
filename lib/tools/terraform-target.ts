/** Turning the arguments of the terraform tools into a target, or the refusal that says how to mend them. */
import type { TerraformTarget, WorkspaceName } from '../core/action.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import { parseRootPath } from '../core/root-path.ts';
import { parseTerraformArguments } from '../core/terraform/arguments.ts';

export interface TargetInput {
  readonly cwd: string;
  readonly workspace: string;
  readonly ref?: string | undefined;
  readonly args?: readonly string[] | undefined;
}

/** `refs`: the gateway serves sources that have refs. */
export function parseTarget(input: TargetInput, refs: boolean): TerraformTarget | Refusal {
  const cwd = parseRootPath(input.cwd);
  if (cwd === null) {
    return refuse(
      'path_outside_root',
      `cwd ${JSON.stringify(input.cwd)} is not a path inside the root. Give it relative to the root, without "..".`,
    );
  }
  if (input.ref !== undefined && !refs) {
    return refuse('invalid_arguments', 'ref: this gateway plans the files of its own root; leave ref out.');
  }
  const args = parseTerraformArguments(input.args ?? []);
  if (!args.ok) return refuse('invalid_arguments', `args: ${args.problem}`);
  return { cwd, workspace: input.workspace as WorkspaceName, ref: input.ref ?? null, args: args.args };
}
