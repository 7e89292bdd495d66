/** What a kubectl call froze, judged from those bytes alone: the same when it is made and when it is run. */
import { type Action, isMutation, type KubernetesAction } from '../../core/action.ts';
import { digestOf, sha256 } from '../../core/canonical.ts';
import { assessKubernetes } from '../../core/kubernetes/consequences.ts';
import { readManifest } from '../../core/kubernetes/manifest.ts';
import { maskObjects, secretValues } from '../../core/kubernetes/mask.ts';
import type { OwnMatcher } from '../../core/own.ts';
import type { DigestParts, JudgedPlan, KubectlFrozen } from '../../core/plan.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { redactArguments, redactAssignments, redactText } from '../../core/redact.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import type { FrozenAction } from '../../ports/lanes.ts';
import type { Blobs } from '../../ports/store.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import { decodeObservation, type ManifestInput, type Observation } from './observe.ts';

export interface FrozenInputs {
  readonly blobs: Blobs;
  /** What belongs to the gateway itself: no action may touch it. */
  readonly own: OwnMatcher;
  /** Removes what a secret scanner finds. Rejects where it cannot look. */
  readonly sweep: (text: string) => Promise<string>;
}

/** Null where the frozen bytes are gone or are not what the action needs. Rejects with BlobTampered. */
export async function refreezeKubectl(
  inputs: FrozenInputs,
  plan: Pick<JudgedPlan, 'action' | 'frozen'>,
  policy: Policy,
): Promise<FrozenAction | null> {
  const { frozen, action } = plan;
  if (frozen.kind !== 'kubectl' || !isKubernetes(action)) return null;
  const { blobs } = inputs;
  const [bytes, observed] = await Promise.all([
    frozen.manifest === null ? null : blobs.get(frozen.manifest),
    frozen.diff === null ? null : blobs.get(frozen.diff),
  ]);
  if ((bytes === null) !== (frozen.manifest === null) || (observed === null) !== (frozen.diff === null))
    return null;
  if ((action.kind === 'kubectl-apply') !== (bytes !== null)) return null;
  const manifest = bytes === null ? null : parseManifest(bytes, action);
  if (isRefusal(manifest)) return null;
  const observation = observed === null ? null : decodeObservation(observed);
  const cluster: Cluster = JSON.parse(frozen.cluster);
  return freezeObserved(inputs, action, frozen, cluster, manifest, observation, policy);
}

/** From frozen inputs alone, so that it comes out the same when it is judged again. */
export async function freezeObserved(
  { sweep, own }: Pick<FrozenInputs, 'sweep' | 'own'>,
  action: KubernetesAction,
  frozen: KubectlFrozen,
  cluster: Cluster,
  manifest: ManifestInput | null,
  observation: Observation | null,
  policy: Policy,
): Promise<FrozenAction> {
  const { evaluation, findings } = assessKubernetes(action, manifest?.objects ?? [], {
    live: observation?.live ?? null,
    protectedNamespaces: policy.protectedNamespaces,
    own,
    notes: observation?.notes ?? [],
  });
  const changes = isMutation(action) || action.kind === 'kubectl-apply';
  return {
    frozen,
    digestParts: digestParts(action, cluster, manifest, observation),
    findings,
    evaluation: changes ? evaluation : null,
    text: changes ? await sweep(approvalText(action, cluster, manifest, observation)) : null,
  };
}

function digestParts(
  action: KubernetesAction,
  cluster: Cluster,
  manifest: ManifestInput | null,
  observation: Observation | null,
): DigestParts {
  return {
    action: { hash: digestOf(action), shown: action.kind },
    ...(manifest === null ? {} : { manifest: { hash: sha256(manifest.bytes), shown: null } }),
    cluster: { hash: digestOf(cluster), shown: describeCluster(cluster) },
    ...(observation === null
      ? {}
      : { diff: { hash: digestOf({ diff: observation.diffHash, live: observation.live }), shown: null } }),
  };
}

export function isKubernetes(action: Action): action is KubernetesAction {
  return action.kind.startsWith('kubectl-');
}

/** The same bytes at freeze and at run: what does not parse is never given to kubectl. */
export function parseManifest(bytes: Uint8Array, action: KubernetesAction): ManifestInput | Refusal {
  const read = readManifest(bytes);
  if (!read.ok) return refuse('invalid_arguments', `The manifest cannot be applied: ${read.problem}.`);
  const given = action.namespace;
  const other = read.objects.find(
    (object) => given !== null && object.namespace !== null && object.namespace !== given,
  );
  if (other !== undefined) {
    return refuse(
      'invalid_arguments',
      `namespace: ${given} was given, and ${other.kind} ${other.name} of the manifest is in ${other.namespace}. Make them agree, or leave namespace out.`,
    );
  }
  return { bytes, objects: read.objects };
}

/** What the humans who decide see first: the command, the cluster, and what would change. */
function approvalText(
  action: KubernetesAction,
  cluster: Cluster,
  manifest: ManifestInput | null,
  observation: Observation | null,
): string {
  const lines = [
    ...callLines(action),
    `namespace: ${action.namespace ?? (manifest === null ? 'default (none was given)' : 'as each object says, default otherwise')}`,
    `cluster: ${describeCluster(cluster)}`,
    ...(observation?.notes ?? []).map((note) => `note: ${note}`),
  ];
  if (manifest !== null && observation?.diff === '')
    lines.push('', 'The cluster says that nothing would change.');
  if (observation?.diff) lines.push('', observation.diff);
  else if (manifest !== null) {
    const fields = manifest.objects.map((object) => object.fields);
    const shown = fields.map((each) => JSON.stringify(maskObjects(each), null, 2)).join('\n');
    lines.push('', 'manifest:', redactText(shown, secretValues(fields)));
  }
  return redactAssignments(lines.join('\n'));
}

/** Every argument, uncut: what stands behind a long one must be seen too. */
function callLines(action: KubernetesAction): string[] {
  const { kind, ...rest } = action;
  if (action.kind === 'kubectl-exec') {
    const { pod, container, command } = action;
    return [
      `kubectl exec ${JSON.stringify({ pod, container })}`,
      'command, one argument a line:',
      ...command.map((argument) => `  ${JSON.stringify(argument)}`),
    ];
  }
  return [`${kind.replace('-', ' ')} ${JSON.stringify(redactArguments(rest))}`];
}
