/** kubectl as the gateway's port asks for it: freezing asks the cluster and changes nothing. */
import type { KubernetesAction } from '../../core/action.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { KubectlFrozen } from '../../core/plan.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import type { ActionInput, ActionLane, FrozenAction } from '../../ports/lanes.ts';
import { insideRoot, kubeconfigFiles } from './cluster.ts';
import { freezeObserved, isKubernetes, parseManifest, refreezeKubectl } from './frozen.ts';
import type { Kubectl } from './kubectl.ts';
import { readManifestFile } from './manifest-file.ts';
import { encodeObservation, type Observation, observe } from './observe.ts';

export function kubectlLane(kubectl: Kubectl): ActionLane {
  return {
    freeze: async (action, input, policy) =>
      isKubernetes(action) ? freeze(kubectl, action, input, policy) : none(),
    refreeze: (plan, policy) => refreezeKubectl(kubectl.settings, plan, policy),
  };
}

function none(): Refusal {
  return refuse('tool_unavailable', 'This lane runs kubectl only.');
}

async function freeze(
  kubectl: Kubectl,
  action: KubernetesAction,
  input: ActionInput,
  policy: Policy,
): Promise<FrozenAction | Refusal> {
  const { settings } = kubectl;
  const open = insideRoot(kubeconfigFiles(settings.env, settings.cwd), settings.root);
  if (open !== null) {
    return refuse(
      'tool_unavailable',
      `The kubeconfig ${open} lies inside the root, where agents can write: it could name programs to run. The operator must move it.`,
    );
  }
  const bytes = manifestOf(settings.root, action, input);
  return isRefusal(bytes) ? bytes : freezeKubectl(kubectl, action, bytes, policy);
}

/** `bytes`: the manifest of an apply. */
export async function freezeKubectl(
  kubectl: Kubectl,
  action: KubernetesAction,
  bytes: Uint8Array | null,
  policy: Policy,
): Promise<FrozenAction | Refusal> {
  const { settings } = kubectl;
  const manifest = bytes === null ? null : parseManifest(bytes, action);
  if (isRefusal(manifest)) return manifest;
  const cluster = await kubectl.cluster();
  const observation = await swept(kubectl, await observe(kubectl, action, manifest, cluster.context));
  const [manifestBlob, diff] = await Promise.all([
    manifest === null ? null : settings.blobs.put(manifest.bytes),
    observation === null ? null : settings.blobs.put(encodeObservation(observation)),
  ]);
  const frozen: KubectlFrozen = {
    kind: 'kubectl',
    manifest: manifestBlob,
    cluster: canonicalJson(cluster),
    diff,
  };
  return freezeObserved(kubectl.settings, action, frozen, cluster, manifest, observation, policy);
}

/** Notes carry kubectl's own words into the evaluation. */
async function swept(kubectl: Kubectl, observation: Observation | null): Promise<Observation | null> {
  if (observation === null) return null;
  return { ...observation, notes: await Promise.all(observation.notes.map(kubectl.settings.sweep)) };
}

function manifestOf(root: string, action: KubernetesAction, input: ActionInput): Uint8Array | null | Refusal {
  if (action.kind !== 'kubectl-apply') return null;
  const { manifest } = action;
  if (manifest.from === 'file') {
    return readManifestFile(root, manifest.file);
  }
  if (input.manifest === null) return refuse('invalid_arguments', 'manifest: the text is missing.');
  return new TextEncoder().encode(input.manifest);
}
