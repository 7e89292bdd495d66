/** Terraform in this build, for one source: with the state that the operator configured and the target's role. */
import { join } from 'node:path';
import type { TerraformTarget } from '../core/action.ts';
import { locateTerraform } from '../executor/locate-tool.ts';
import type { TerraformSettings } from '../executor/terraform/settings.ts';
import type { Blobs } from '../ports/store.ts';
import { keyedHasher } from '../workflow/keyed-hasher.ts';
import { sourceNameOf } from '../workflow/source.ts';
import type { LaneMachine, TerraformLaneName } from './machine.ts';

export interface LaneTerraform extends TerraformSettings {
  /** Values that must be in nothing that is printed. */
  readonly secrets: readonly string[];
}

/** `digestKey` is what secret values are hashed with; empty where no digest is made. */
export async function terraformHere(
  machine: LaneMachine,
  target: TerraformTarget,
  lane: TerraformLaneName,
  session: string,
  blobs: Blobs,
  digestKey: string,
): Promise<LaneTerraform | { readonly unavailable: string }> {
  const { place, policy, timeoutMs } = machine;
  const [root, stateFolder] = [join(place, 'root'), join(place, 'state')];
  const tool = await locateTerraform(policy.terraform.tool, machine.env, [root, stateFolder]);
  if (tool === null)
    return { unavailable: `${policy.terraform.tool} is not installed in this lane. Tell the operator.` };
  const { state, env, secrets } = await machine.targets.terraform(sourceNameOf(target.cwd), lane, session);
  return {
    root,
    stateFolder,
    hidden: [],
    tool,
    // The lane's container is the sandbox.
    sandbox: null,
    env,
    configuredState: state,
    timeoutMs,
    blobs,
    hasher: keyedHasher(digestKey),
    secrets,
  };
}
