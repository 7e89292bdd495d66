/**
 * The kinds that Kubernetes itself serves, and what people call them on a command line. Any other kind is
 * somebody's custom resource: nothing is assumed of it.
 */

export interface KnownKind {
  readonly kind: string;
  /** API group; empty for the core group. */
  readonly group: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

interface Row {
  readonly kind: KnownKind;
  readonly names: readonly string[];
}

/** Kind, plural, short names. Singular names are the kind in small letters. */
type Entry = readonly [kind: string, plural: string, ...shortNames: string[]];

const NAMESPACED: Readonly<Record<string, readonly Entry[]>> = {
  '': [
    ['Pod', 'pods', 'po'],
    ['Service', 'services', 'svc'],
    ['ConfigMap', 'configmaps', 'cm'],
    ['Secret', 'secrets'],
    ['PersistentVolumeClaim', 'persistentvolumeclaims', 'pvc'],
    ['ReplicationController', 'replicationcontrollers', 'rc'],
    ['ServiceAccount', 'serviceaccounts', 'sa'],
    ['Endpoints', 'endpoints', 'ep'],
    ['Event', 'events', 'ev'],
    ['LimitRange', 'limitranges', 'limits'],
    ['ResourceQuota', 'resourcequotas', 'quota'],
    ['PodTemplate', 'podtemplates'],
  ],
  apps: [
    ['Deployment', 'deployments', 'deploy'],
    ['StatefulSet', 'statefulsets', 'sts'],
    ['DaemonSet', 'daemonsets', 'ds'],
    ['ReplicaSet', 'replicasets', 'rs'],
    ['ControllerRevision', 'controllerrevisions'],
  ],
  batch: [
    ['Job', 'jobs'],
    ['CronJob', 'cronjobs', 'cj'],
  ],
  autoscaling: [['HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'hpa']],
  policy: [['PodDisruptionBudget', 'poddisruptionbudgets', 'pdb']],
  'networking.k8s.io': [
    ['Ingress', 'ingresses', 'ing'],
    ['NetworkPolicy', 'networkpolicies', 'netpol'],
  ],
  'discovery.k8s.io': [['EndpointSlice', 'endpointslices']],
  'coordination.k8s.io': [['Lease', 'leases']],
  'rbac.authorization.k8s.io': [
    ['Role', 'roles'],
    ['RoleBinding', 'rolebindings'],
  ],
  'snapshot.storage.k8s.io': [['VolumeSnapshot', 'volumesnapshots', 'vs']],
  'gateway.networking.k8s.io': [
    ['Gateway', 'gateways', 'gtw'],
    ['HTTPRoute', 'httproutes'],
  ],
};

const CLUSTER: Readonly<Record<string, readonly Entry[]>> = {
  '': [
    ['Namespace', 'namespaces', 'ns'],
    ['Node', 'nodes', 'no'],
    ['PersistentVolume', 'persistentvolumes', 'pv'],
    ['ComponentStatus', 'componentstatuses', 'cs'],
  ],
  'rbac.authorization.k8s.io': [
    ['ClusterRole', 'clusterroles'],
    ['ClusterRoleBinding', 'clusterrolebindings'],
  ],
  'apiextensions.k8s.io': [['CustomResourceDefinition', 'customresourcedefinitions', 'crd', 'crds']],
  'admissionregistration.k8s.io': [
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'],
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'],
    ['ValidatingAdmissionPolicy', 'validatingadmissionpolicies'],
    ['ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings'],
    ['MutatingAdmissionPolicy', 'mutatingadmissionpolicies'],
    ['MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings'],
  ],
  'apiregistration.k8s.io': [['APIService', 'apiservices']],
  'storage.k8s.io': [
    ['StorageClass', 'storageclasses', 'sc'],
    ['CSIDriver', 'csidrivers'],
    ['CSINode', 'csinodes'],
    ['VolumeAttachment', 'volumeattachments'],
  ],
  'scheduling.k8s.io': [['PriorityClass', 'priorityclasses', 'pc']],
  'node.k8s.io': [['RuntimeClass', 'runtimeclasses']],
  'networking.k8s.io': [['IngressClass', 'ingressclasses']],
  'certificates.k8s.io': [['CertificateSigningRequest', 'certificatesigningrequests', 'csr']],
  'snapshot.storage.k8s.io': [
    ['VolumeSnapshotContent', 'volumesnapshotcontents', 'vsc'],
    ['VolumeSnapshotClass', 'volumesnapshotclasses'],
  ],
  'gateway.networking.k8s.io': [['GatewayClass', 'gatewayclasses', 'gc']],
  'flowcontrol.apiserver.k8s.io': [
    ['FlowSchema', 'flowschemas'],
    ['PriorityLevelConfiguration', 'prioritylevelconfigurations'],
  ],
};

/** What `kubectl … all` stands for. Custom resources may join that category; they are not seen here. */
const ALL = [
  'Pod',
  'Service',
  'ReplicationController',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
  'HorizontalPodAutoscaler',
];

/** Old groups that served kinds which have moved. */
const OLD_GROUPS: ReadonlySet<string> = new Set(['extensions']);

const ROWS: readonly Row[] = [
  ...Object.entries(NAMESPACED).flatMap(([group, entries]) => rowsOf(group, entries, true)),
  ...Object.entries(CLUSTER).flatMap(([group, entries]) => rowsOf(group, entries, false)),
];
const BY_NAME: ReadonlyMap<string, readonly KnownKind[]> = byName();

/** The known kind behind an object's `apiVersion` and `kind`; null for a custom resource. */
export function knownKind(apiVersion: string, kind: string): KnownKind | null {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return ROWS.find((row) => row.kind.kind === kind && isGroupOf(row.kind, group))?.kind ?? null;
}

/** One type as a command line names it. */
export interface ResourceType {
  /** As written, in small letters. */
  readonly text: string;
  /** Null for a custom resource, or a name that only the cluster knows. */
  readonly known: KnownKind | null;
}

/**
 * Reads a TYPE argument of kubectl: a list with commas; each a plural, singular or short name or a kind, in any
 * case, with or without `.group` or `.version.group`; `all` is what it stands for. Null for what is no such list.
 */
export function readResourceTypes(text: string): readonly ResourceType[] | null {
  const types = text.toLowerCase().split(',');
  if (!types.every((type) => /^[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)*\.?$/.test(type))) return null;
  return types.flatMap((type): readonly ResourceType[] => {
    if (type !== 'all') return [{ text: type, known: kindNamed(type) }];
    return ALL.flatMap((kind) => ROWS.filter((row) => row.kind.kind === kind)).map(({ kind }) => ({
      text: kind.plural,
      known: kind,
    }));
  });
}

/** `secrets`, `secrets.`, `secrets.v1`, `secrets.v1.`, `deploy.apps`, `deployments.v1.apps`. */
function kindNamed(type: string): KnownKind | null {
  const [name = '', ...rest] = type.split('.');
  const candidates = BY_NAME.get(name) ?? [];
  if (rest.length === 0) return candidates[0] ?? null;
  const groups = [rest.join('.'), rest.slice(1).join('.')];
  const inGroup = candidates.find((kind) => groups.some((group) => isGroupOf(kind, group)));
  // `secrets.v1` reads as group `v1` too, which nobody serves: kubectl then takes it for the version.
  return inGroup ?? (rest.length === 1 && /^v\d/.test(rest[0] ?? '') ? (candidates[0] ?? null) : null);
}

function isGroupOf(kind: KnownKind, group: string): boolean {
  return kind.group === group || (kind.group !== '' && OLD_GROUPS.has(group));
}

function rowsOf(group: string, entries: readonly Entry[], namespaced: boolean): Row[] {
  return entries.map(([kind, plural, ...short]) => ({
    kind: { kind, group, plural, namespaced },
    names: [plural, kind.toLowerCase(), ...short],
  }));
}

function byName(): Map<string, KnownKind[]> {
  const names = new Map<string, KnownKind[]>();
  for (const row of ROWS) {
    for (const name of row.names) names.set(name, [...(names.get(name) ?? []), row.kind]);
  }
  return names;
}
