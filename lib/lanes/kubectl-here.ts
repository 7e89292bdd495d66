/** kubectl in this build: the operator's cluster, by a kubeconfig that holds it and nothing else. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NO_OWN, ownMatcher } from '../core/own.ts';
import { type Kubectl, openKubectl } from '../executor/kubectl/kubectl.ts';
import { locateTool } from '../executor/locate-tool.ts';
import type { Blobs } from '../ports/store.ts';
import type { LaneMachine } from './machine.ts';

export async function kubectlHere(
  machine: LaneMachine,
  lane: 'kubectl-read' | 'kubectl-write',
  session: string,
  blobs: Blobs,
): Promise<Kubectl | { readonly unavailable: string }> {
  const { place, sweep } = machine;
  const [root, stateFolder, folder] = ['root', 'state', 'kube'].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  const file = await locateTool('kubectl', machine.env.PATH, [root, stateFolder]);
  if (file === null) return { unavailable: 'kubectl is not installed in this lane. Tell the operator.' };
  const target = await machine.targets.cluster(lane, session);
  if (target === null)
    return { unavailable: 'This gateway has no cluster. The operator must configure one.' };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const KUBECONFIG = join(folder, 'config');
  await writeFile(KUBECONFIG, target.kubeconfig, { mode: 0o600 });
  const env = { PATH: machine.env.PATH, HOME: folder, KUBECONFIG };
  // Nothing is judged here: that happens where the plan is judged and authorised.
  const own = ownMatcher(NO_OWN);
  return openKubectl({ file, root, stateFolder, sandbox: null, env, cwd: place, blobs, own, sweep });
}
