import { held, type KubeCase, object, remove, scale } from './case.ts';

const PV = ['pv_delete'] as const;
const DOWN = ['production_scale_down'] as const;
const GUARD = ['protection_disabled'] as const;
const claim = (volume?: string) =>
  held('v1', 'PersistentVolumeClaim', { spec: volume === undefined ? {} : { volumeName: volume } });
const volume = (policy: string) =>
  object('v1', 'PersistentVolume', { spec: { persistentVolumeReclaimPolicy: policy } }, { name: 'pv-1' });
const owned = (apiVersion: string, kind: string, by: string) =>
  held(
    apiVersion,
    kind,
    {},
    { ownerReferences: [{ apiVersion: 'apps/v1', kind: by, name: 'x', controller: true }] },
  );
const set = (replicas: number, policy?: object) =>
  held('apps/v1', 'StatefulSet', {
    spec: { replicas, ...(policy ? { persistentVolumeClaimRetentionPolicy: policy } : {}) },
  });

export const REMOVALS: readonly KubeCase[] = [
  remove('namespace', 'everything in it', 4, ['namespace_delete']),
  remove('ns', 'by its short name', 4, ['namespace_delete']),
  remove('pvc', 'nobody was asked', 4, PV),
  remove('persistentvolumeclaims', 'on a retained volume', 2, PV, {
    live: [claim('pv-1'), volume('Retain')],
    accept: [3],
  }),
  remove('pvc', 'on a volume that goes', 4, PV, { live: [claim('pv-1'), volume('Delete')] }),
  remove('pv', 'retained', 2, PV, { live: [{ ...volume('Retain'), metadata: { name: 'a' } }] }),
  remove('pv', 'nobody was asked', 4, PV),
  remove('statefulset', 'its claims go too', 4, PV, { live: [set(3, { whenDeleted: 'Delete' })] }),
  remove('sts', 'claims stay', 2, [], { live: [set(3)], accept: [1] }),
  remove('storageclass', 'volumes stay', 1, [], { accept: [2] }),
  remove('volumesnapshots.snapshot.storage.k8s.io', 'a snapshot', 4, ['backup_delete'], { accept: [5] }),
  remove('crd', 'all its objects go', 4, [], { accept: [5] }),
  remove('customresourcedefinitions.apiextensions.k8s.io', 'by its whole name', 4, [], { accept: [5] }),
  remove('postgresqls.acid.zalan.do', 'a database of an operator', 5, [], { accept: [4] }),
  remove('backups.velero.io', 'a backup of an operator', 5, [], { accept: [4] }),
  remove('widgets.example.com', 'an unknown custom resource', 5, []),
  remove('all', 'a category', 5, [], { accept: [4] }),
  remove('secret', 'its value is nowhere else', 4, ['kubernetes_secret_change'], { accept: [3, 5] }),
  remove('deployment', 'made again from its manifest', 2, DOWN, {
    accept: [1],
    live: [held('apps/v1', 'Deployment', { spec: { replicas: 3 } })],
  }),
  remove('deploy.apps', 'with its group', 2, DOWN, { accept: [1] }),
  remove('pod', 'its controller makes another', 1, [], {
    live: [owned('v1', 'Pod', 'ReplicaSet')],
    accept: [2],
  }),
  remove('po', 'alone', 2, [], { live: [held('v1', 'Pod')], accept: [1] }),
  remove('replicaset', 'its deployment makes another', 1, [], {
    live: [owned('apps/v1', 'ReplicaSet', 'Deployment')],
    accept: [2],
  }),
  remove('daemonset', 'on every node', 2, DOWN, { accept: [1] }),
  remove('pdb', 'no guard against eviction', 1, DOWN, { accept: [2] }),
  remove('hpa', 'no scaling', 1, DOWN, { accept: [2] }),
  remove('networkpolicy', 'isolation goes', 1, ['network_isolation_loss'], { accept: [2] }),
  remove('clusterrolebinding', 'rights go', 1, ['iam_policy_change'], { accept: [2] }),
  remove('serviceaccount', 'an identity goes', 2, ['iam_policy_change'], { accept: [1] }),
  remove('validatingwebhookconfigurations', 'checks go', 1, GUARD, { accept: [2] }),
  remove('validatingadmissionpolicybindings', 'checks go', 1, GUARD, { accept: [2] }),
  remove('service', 'a load balancer’s address goes', 2, [], {
    live: [held('v1', 'Service', { spec: { type: 'LoadBalancer' } })],
    accept: [1],
  }),
  remove('ingress', 'a way in', 2, [], { accept: [1] }),
  remove('job', 'finished or not', 2, [], { accept: [1] }),
  remove('node', 'its pods go elsewhere', 2, DOWN, { accept: [1, 5] }),
  remove('pods,secrets', 'a list is as bad as its worst', 4, ['kubernetes_secret_change'], { accept: [5] }),
  remove('deployments.v1.apps', 'with version and group', 2, DOWN, { accept: [1] }),
  remove('configmap', 'in a protected namespace', 2, ['protected_namespace'], {
    namespace: 'kube-system',
    accept: [1, 4, 5],
  }),

  scale('deployment', 0, 'stops', 1, ['scale_to_zero', 'production_scale_down'], {
    live: [held('apps/v1', 'Deployment', { spec: { replicas: 4 } })],
    accept: [2],
  }),
  scale('deploy', 2, 'a large cut', 1, DOWN, {
    live: [held('apps/v1', 'Deployment', { spec: { replicas: 10 } })],
    accept: [2],
  }),
  scale('deploy', 9, 'one less', 1, [], {
    live: [held('apps/v1', 'Deployment', { spec: { replicas: 10 } })],
    only: true,
  }),
  scale('deploy', 30, 'more', 1, [], {
    live: [held('apps/v1', 'Deployment', { spec: { replicas: 10 } })],
    only: true,
  }),
  scale('statefulset', 1, 'claims go with the pods', 4, PV, { live: [set(5, { whenScaled: 'Delete' })] }),
  scale('statefulset', 1, 'nobody was asked', 1, [], { accept: [2, 4, 5] }),
  scale('widgets.example.com', 0, 'an unknown kind', 5, ['scale_to_zero'], { accept: [1, 2] }),
  {
    name: 'exec',
    action: {
      kind: 'kubectl-exec',
      pod: 'a' as never,
      command: ['rm', '-rf', '/data'],
      namespace: null,
      container: null,
    },
    tier: 5,
    classes: ['kubectl_exec'],
  },
];
