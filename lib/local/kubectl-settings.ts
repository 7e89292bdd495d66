/** Finds kubectl on this machine, when it is first needed. */
import type { OwnMatcher } from '../core/own.ts';
import { type Kubectl, openKubectl } from '../executor/kubectl/kubectl.ts';
import { locateTool } from '../executor/locate-tool.ts';
import { locateSandbox } from '../executor/sandbox.ts';
import type { Blobs } from '../ports/store.ts';

export interface KubectlPlace {
  readonly root: string;
  readonly stateFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly blobs: Blobs;
  readonly own: OwnMatcher;
  readonly sweep: (text: string) => Promise<string>;
}

export async function findKubectl(place: KubectlPlace): Promise<Kubectl | { readonly unavailable: string }> {
  const untrusted = [place.root, place.stateFolder];
  const [file, sandbox] = await Promise.all([
    locateTool('kubectl', place.env.PATH, untrusted),
    locateSandbox(place.env, untrusted),
  ]);
  if (file === null) {
    return {
      unavailable:
        "kubectl is not installed where the gateway runs. The operator must put it on the gateway's PATH, outside the root.",
    };
  }
  return openKubectl({ ...place, file, sandbox });
}
