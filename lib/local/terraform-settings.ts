/** Finds what terraform needs on this machine, once, when it is first needed. */
import { locateTerraform } from '../executor/locate-tool.ts';
import { locateSandbox } from '../executor/sandbox.ts';
import { settingsInReach } from '../executor/terraform/operator-settings.ts';
import type { TerraformSettings } from '../executor/terraform/settings.ts';
import type { Hasher } from '../ports/signing.ts';
import type { Blobs } from '../ports/store.ts';
import { stateHome } from './state-folder.ts';

export interface TerraformPlace {
  readonly root: string;
  readonly stateFolder: string;
  readonly tool: 'terraform' | 'tofu';
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly blobs: Blobs;
  readonly hasher: Hasher;
}

export async function findTerraform(
  place: TerraformPlace,
): Promise<TerraformSettings | { readonly unavailable: string }> {
  const { root, stateFolder, env } = place;
  const untrusted = [root, stateFolder];
  const reach = settingsInReach(env, [root]);
  if (reach !== null) return { unavailable: reach };
  const [tool, sandbox] = await Promise.all([
    locateTerraform(place.tool, env, untrusted),
    locateSandbox(env, untrusted),
  ]);
  if (tool === null) {
    return {
      unavailable: `${place.tool} is not installed where the gateway runs. The operator must put it on the gateway's PATH, outside the root.`,
    };
  }
  // What terraform runs for one environment must not read what another environment's gateway keeps.
  return { ...place, tool, sandbox, hidden: [stateHome(env)] };
}
