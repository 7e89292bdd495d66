/** What applying an object does, by its kind. Source of the tiers: the labels of the terraform plans. */
import { customApply } from './custom-effects.ts';
import { type Effect, effect } from './effect.ts';
import type { KnownKind } from './kinds.ts';
import type { LiveObject } from './live.ts';
import { metadataEffects } from './metadata-effects.ts';
import { at, isTrueAt, type KubeObject, listAt, numberAt, textAt } from './object.ts';
import { podAccess } from './pod-access.ts';
import { bindingEffects, roleEffects, serviceAccountEffects } from './rights.ts';

/** `live` is what the cluster has of it: null for nothing, undefined where that is not known. */
export type Before = LiveObject | null | undefined;

export function applyEffects(object: KubeObject, known: KnownKind | null, live: Before): Effect[] {
  return [
    ...podAccess(object.fields),
    ...replicaEffects(object, live),
    ...kindEffects(object, known?.kind ?? '', live),
    ...metadataEffects(object),
    ...(known === null ? customApply(object) : []),
  ];
}

/** True where this object asks for no running copy of a workload, whatever its kind. */
export function asksForNone({ fields }: KubeObject): boolean {
  return numberAt(fields, 'spec.replicas') === 0;
}

function replicaEffects(object: KubeObject, live: Before): Effect[] {
  const wanted = numberAt(object.fields, 'spec.replicas');
  const most = numberAt(object.fields, 'spec.maxReplicas');
  const found: Effect[] = [];
  if (wanted !== null) found.push(...cutEffects(wanted, live, 'spec.replicas'));
  if (most !== null && live?.maxReplicas != null && most * 2 < live.maxReplicas) {
    const why = `at most ${most} copies run instead of ${live.maxReplicas}`;
    found.push(effect(1, 'production_scale_down', why, [{ path: 'spec.maxReplicas', value: most }]));
  }
  if (isTrueAt(object.fields, 'spec.suspend') && live?.suspended !== true) {
    found.push(
      effect(1, 'production_scale_down', 'it is suspended and runs no more', [
        { path: 'spec.suspend', value: true },
      ]),
    );
  }
  return found;
}

/** What a number of copies does to what runs now; also used for `kubectl scale`. */
export function cutEffects(wanted: number, live: Before, path: string): Effect[] {
  const running = live?.replicas ?? null;
  const evidence = [
    ...(running === null ? [] : [{ path: `live.${path}`, value: running }]),
    { path, value: wanted },
  ];
  const cut = running !== null && wanted < running;
  const found: Effect[] = [];
  if (wanted === 0 && running !== 0) {
    found.push(effect(1, 'production_scale_down', 'nothing of it runs any more', evidence));
  } else if (cut && wanted * 2 < running) {
    found.push(effect(1, 'production_scale_down', `${wanted} copies run instead of ${running}`, evidence));
  }
  if ((cut || (wanted === 0 && running === null)) && live?.whenScaled === 'Delete') {
    const why = 'the volume claims of the pods that go are deleted with them';
    found.push(effect(4, 'pv_delete', why, [{ path: 'live.whenScaled', value: 'Delete' }]));
  }
  return found;
}

function kindEffects(object: KubeObject, kind: string, live: Before): Effect[] {
  const { fields } = object;
  switch (kind) {
    case 'Secret':
      return secretEffects(object, live);
    case 'Role':
    case 'ClusterRole':
      return roleEffects(fields);
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return bindingEffects(fields);
    case 'ServiceAccount':
      return serviceAccountEffects(fields);
    case 'ConfigMap':
      return settingsEffects(object);
    case 'CertificateSigningRequest':
      return [effect(5, 'credential_exposure', 'a certificate for the cluster is asked for')];
    case 'ValidatingWebhookConfiguration':
    case 'MutatingWebhookConfiguration':
    case 'MutatingAdmissionPolicy':
    case 'MutatingAdmissionPolicyBinding':
    case 'ValidatingAdmissionPolicy':
    case 'ValidatingAdmissionPolicyBinding':
      return [
        effect(5, 'protection_disabled', 'it sees, refuses or rewrites every object that it matches', [
          { path: 'kind', value: kind },
        ]),
      ];
    case 'APIService':
      return [effect(5, 'iam_policy_change', 'a part of the API is answered by somebody else')];
    case 'CustomResourceDefinition':
      return [
        effect(
          live === null ? 1 : 5,
          null,
          live === null
            ? 'a new kind of object'
            : 'a changed schema can drop fields of the objects that exist, and a dropped version hides them',
        ),
      ];
    case 'Namespace':
      return namespaceEffects(object);
    case 'NetworkPolicy':
      return opensAll(object)
        ? [effect(1, 'network_isolation_loss', 'it allows all traffic', [{ path: 'spec', value: 'open' }])]
        : live === null || deniesAll(object)
          ? []
          : [effect(1, 'network_isolation_loss', 'which traffic is denied changes')];
    case 'Service':
      return serviceEffects(object, live);
    case 'PersistentVolume':
    case 'StorageClass':
    case 'VolumeSnapshotContent':
      return keepsLess(object, live);
    case 'StatefulSet':
      return retentionEffects(object, live);
    case 'PodDisruptionBudget':
      return budgetEffects(object);
    case 'Node':
      return isTrueAt(fields, 'spec.unschedulable')
        ? [effect(1, 'production_scale_down', 'the node takes no more pods')]
        : [];
    default:
      return [];
  }
}

function secretEffects({ fields }: KubeObject, live: Before): Effect[] {
  const token =
    textAt(fields, 'type') === 'kubernetes.io/service-account-token'
      ? [effect(5, 'credential_exposure', 'the cluster puts a token that does not expire into it')]
      : [];
  if (live === null) return [effect(1, 'kubernetes_secret_change', 'a new secret'), ...token];
  return [
    effect(
      2,
      'kubernetes_secret_change',
      'the value that is there is kept nowhere else by the cluster',
      [],
      'make sure that the present value can be had from where it came',
    ),
    ...token,
  ];
}

/** Settings of the cluster itself that stand in maps: who of the cloud may enter, and what names mean. */
function settingsEffects({ name, namespace }: KubeObject): Effect[] {
  if (namespace !== 'kube-system') return [];
  if (name === 'aws-auth' || name === 'extension-apiserver-authentication') {
    return [
      effect(5, 'iam_policy_change', 'who may enter the cluster, and as what, changes', [
        { path: 'metadata.name', value: name },
      ]),
    ];
  }
  if (!/^(?:coredns|kube-dns|node-local-dns)/.test(name)) return [];
  return [effect(1, 'dns_change', 'what names mean in the cluster changes')];
}

function namespaceEffects({ fields }: KubeObject): Effect[] {
  const labels = at(fields, 'metadata.labels');
  const enforced = isRecord(labels) ? labels['pod-security.kubernetes.io/enforce'] : undefined;
  if (enforced !== 'privileged') return [];
  return [
    effect(5, 'protection_disabled', 'pods in it may be privileged', [
      { path: 'metadata.labels.pod-security.kubernetes.io/enforce', value: enforced },
    ]),
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function opensAll({ fields }: KubeObject): boolean {
  return ['spec.ingress', 'spec.egress'].some((path) =>
    listAt(fields, path).some((rule) => isRecord(rule) && Object.keys(rule).length === 0),
  );
}

/** The strictest there is for a namespace: nothing comes in, nothing goes out, for every pod. */
function deniesAll({ fields }: KubeObject): boolean {
  const types = listAt(fields, 'spec.policyTypes');
  const selector = at(fields, 'spec.podSelector');
  return (
    isRecord(selector) &&
    Object.keys(selector).length === 0 &&
    ['Ingress', 'Egress'].every((type) => types.includes(type)) &&
    ['spec.ingress', 'spec.egress'].every((path) => listAt(fields, path).length === 0)
  );
}

/** Annotations by which clouds keep a load balancer inside the network. */
const INTERNAL = /internal|private/i;

function serviceEffects({ fields }: KubeObject, live: Before): Effect[] {
  const type = textAt(fields, 'spec.type');
  const addresses = listAt(fields, 'spec.externalIPs');
  const found: Effect[] = [];
  if (addresses.length > 0) {
    found.push(
      effect(5, 'expose_data_publicly', 'it takes traffic for addresses outside the cluster', [
        { path: 'spec.externalIPs', value: addresses },
      ]),
    );
  }
  const annotations = JSON.stringify(at(fields, 'metadata.annotations') ?? {});
  const ranges = listAt(fields, 'spec.loadBalancerSourceRanges');
  const closed = ranges.length > 0 && !ranges.some((range) => /\/0$/.test(String(range)));
  if (type === 'LoadBalancer' && !closed && !INTERNAL.test(annotations) && live?.serviceType !== type) {
    found.push(
      effect(1, 'expose_data_publicly', 'it gets a public load balancer', [
        { path: 'spec.type', value: type },
      ]),
    );
  }
  if (type === 'NodePort' && live?.serviceType !== type) {
    found.push(
      effect(1, 'expose_data_publicly', 'every node answers for it on a port of its own', [
        { path: 'spec.type', value: type },
      ]),
    );
  }
  return found;
}

function keepsLess({ fields }: KubeObject, live: Before): Effect[] {
  const path = ['spec.persistentVolumeReclaimPolicy', 'reclaimPolicy', 'spec.deletionPolicy'].find(
    (each) => textAt(fields, each) !== null,
  );
  const wanted = path === undefined ? null : textAt(fields, path);
  if (path === undefined || wanted === 'Retain' || live === null || live?.reclaimPolicy === wanted) return [];
  return [
    effect(1, 'protection_disabled', 'the disk goes with the volume from now on', [{ path, value: wanted }]),
  ];
}

function retentionEffects({ fields }: KubeObject, live: Before): Effect[] {
  const found = (['whenDeleted', 'whenScaled'] as const).filter(
    (key) =>
      textAt(fields, `spec.persistentVolumeClaimRetentionPolicy.${key}`) === 'Delete' &&
      live?.[key] !== 'Delete',
  );
  if (found.length === 0 || live === null) return [];
  return [
    effect(
      1,
      'protection_disabled',
      'its volume claims go with its pods from now on',
      found.map((key) => ({ path: `spec.persistentVolumeClaimRetentionPolicy.${key}`, value: 'Delete' })),
    ),
  ];
}

function budgetEffects({ fields }: KubeObject): Effect[] {
  const [least, most] = [at(fields, 'spec.minAvailable'), at(fields, 'spec.maxUnavailable')];
  const open = least === 0 || least === '0' || least === '0%' || most === '100%';
  if (!open) return [];
  return [
    effect(1, 'protection_disabled', 'all pods may be taken down at once', [
      {
        path: least === undefined ? 'spec.maxUnavailable' : 'spec.minAvailable',
        value: least ?? most,
      },
    ]),
  ];
}
