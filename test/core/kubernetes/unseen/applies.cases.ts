import { apply, box, held, type KubeCase, object, pods } from './case.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const role = (rules: readonly object[], more: object = {}) => object(RBAC, 'ClusterRole', { rules, ...more });
const binding = (kind: string, roleName: string, subject: object) =>
  object(RBAC, kind, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
    subjects: [subject],
  });
const sets = (replicas: number, policy?: object) =>
  held('apps/v1', 'StatefulSet', {
    spec: { replicas, ...(policy ? { persistentVolumeClaimRetentionPolicy: policy } : {}) },
  });
const stateful = (replicas: number, policy?: object) =>
  pods('StatefulSet', {}, { replicas, ...(policy ? { persistentVolumeClaimRetentionPolicy: policy } : {}) });
const service = (spec: object, annotations: object = {}) =>
  object('v1', 'Service', { spec }, { annotations });
const IAM = ['iam_policy_change'] as const;
const GUARD = ['protection_disabled'] as const;
const DOWN = ['production_scale_down'] as const;

export const APPLIES: readonly KubeCase[] = [
  apply('a plain deployment', box({ securityContext: { runAsNonRoot: true } }), 1, [], {
    only: true,
    live: [],
  }),
  apply('a privileged container', box({ securityContext: { privileged: true } }), 1, GUARD, {
    accept: [2, 5],
  }),
  apply(
    'a privileged init container',
    pods('DaemonSet', { initContainers: [{ name: 'i', securityContext: { privileged: true } }] }),
    1,
    GUARD,
    { accept: [2, 5] },
  ),
  apply(
    'the docker socket',
    pods('Deployment', { volumes: [{ name: 'd', hostPath: { path: '/var/run/docker.sock' } }] }),
    1,
    GUARD,
    { accept: [2, 5] },
  ),
  apply('host network', pods('Deployment', { hostNetwork: true }), 1, ['network_isolation_loss'], {
    accept: [2, 5],
  }),
  apply('host processes', object('v1', 'Pod', { spec: { hostPID: true, containers: [] } }), 1, GUARD, {
    accept: [2, 5],
  }),
  apply('host IPC', object('v1', 'Pod', { spec: { hostIPC: true, containers: [] } }), 1, GUARD, {
    accept: [2, 5],
  }),
  apply('all capabilities', box({ securityContext: { capabilities: { add: ['ALL'] } } }), 1, GUARD, {
    accept: [2, 5],
  }),
  apply(
    'a harmless capability',
    box({ securityContext: { capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } } }),
    1,
    [],
    { only: true, live: [] },
  ),
  apply(
    'a Windows host process',
    pods('Deployment', { securityContext: { windowsOptions: { hostProcess: true } } }),
    1,
    GUARD,
    { accept: [2, 5] },
  ),
  apply('an unmasked /proc', box({ securityContext: { procMount: 'Unmasked' } }), 1, GUARD, {
    accept: [2, 5],
  }),
  apply(
    'no seccomp',
    pods('Deployment', { securityContext: { seccompProfile: { type: 'Unconfined' } } }),
    1,
    GUARD,
    { accept: [2, 5] },
  ),
  apply(
    'a privileged CronJob',
    object('batch/v1', 'CronJob', {
      spec: {
        schedule: '* * * * *',
        jobTemplate: {
          spec: {
            template: { spec: { containers: [{ name: 'c', securityContext: { privileged: true } }] } },
          },
        },
      },
    }),
    1,
    GUARD,
    { accept: [2, 5] },
  ),
  apply(
    'a password in the environment',
    box({ env: [{ name: 'DB_PASSWORD', value: 'hunter2hunter2' }] }),
    1,
    ['credential_exposure'],
    { accept: [2], live: [] },
  ),
  apply(
    'a password by reference',
    box({ env: [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
    1,
    [],
    { only: true, live: [] },
  ),
  apply(
    'something in kube-system',
    object('v1', 'ConfigMap', { data: { a: 'b' } }, { namespace: 'kube-system' }),
    1,
    ['protected_namespace'],
    { accept: [2] },
  ),

  apply(
    'cluster-admin for a user',
    binding('ClusterRoleBinding', 'cluster-admin', { kind: 'User', name: 'bob' }),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply(
    'a role for everybody without a login',
    binding('ClusterRoleBinding', 'view', { kind: 'Group', name: 'system:unauthenticated' }),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply(
    'edit in one namespace',
    binding('RoleBinding', 'edit', { kind: 'ServiceAccount', name: 'ci', namespace: 'ci' }),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply('all verbs on all', role([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]), 1, IAM, {
    accept: [2, 5],
  }),
  apply(
    'escalate and bind',
    role([
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['escalate', 'bind'] },
    ]),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply(
    'impersonate',
    role([{ apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] }]),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply(
    'secrets everywhere',
    role([{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }]),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply('exec into pods', role([{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }]), 1, IAM, {
    accept: [2, 5],
  }),
  apply(
    'tokens of service accounts',
    role([{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }]),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply(
    'an aggregated role',
    role([], { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply(
    'rights that join admin',
    object(
      RBAC,
      'ClusterRole',
      { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }] },
      { labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } },
    ),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply(
    'cloud rights for a service account',
    object(
      'v1',
      'ServiceAccount',
      {},
      { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/admin' } },
    ),
    1,
    IAM,
    { accept: [2, 5] },
  ),
  apply(
    'who of the cloud may enter',
    object(
      'v1',
      'ConfigMap',
      { data: { mapRoles: '- rolearn: x\n' } },
      { name: 'aws-auth', namespace: 'kube-system' },
    ),
    1,
    ['iam_policy_change', 'protected_namespace'],
    { accept: [2, 5] },
  ),

  apply(
    'a webhook that sees every object',
    object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', {
      webhooks: [
        {
          name: 'x.example.com',
          failurePolicy: 'Fail',
          rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
        },
      ],
    }),
    2,
    [],
    { accept: [1, 5] },
  ),
  apply(
    'a check that may fail open',
    object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', {
      webhooks: [{ name: 'x.example.com', failurePolicy: 'Ignore', rules: [] }],
    }),
    1,
    GUARD,
    { accept: [2, 5] },
  ),
  apply(
    'a namespace without pod security',
    object('v1', 'Namespace', {}, { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } }),
    1,
    GUARD,
    { accept: [2, 5], live: [] },
  ),
  apply('a new namespace', object('v1', 'Namespace'), 1, [], { only: true, live: [] }),

  apply(
    'a secret that exists',
    object('v1', 'Secret', { stringData: { k: 'value-1' } }),
    2,
    ['kubernetes_secret_change'],
    { live: [held('v1', 'Secret', { data: {} })], accept: [1, 3, 4] },
  ),
  apply('a new secret', object('v1', 'Secret', { stringData: { k: 'value-1' } }), 1, [], {
    live: [],
    accept: [2],
  }),
  apply('a load balancer', service({ type: 'LoadBalancer', ports: [] }), 1, ['expose_data_publicly'], {
    live: [held('v1', 'Service', { spec: { type: 'ClusterIP' } })],
    accept: [2],
  }),
  apply(
    'an internal load balancer',
    service(
      { type: 'LoadBalancer', ports: [] },
      { 'service.beta.kubernetes.io/aws-load-balancer-internal': 'true' },
    ),
    1,
    [],
    { live: [held('v1', 'Service', { spec: { type: 'ClusterIP' } })], only: true },
  ),
  apply('a service inside', service({ type: 'ClusterIP', ports: [] }), 1, [], { live: [], only: true }),
  apply('an ingress', object('networking.k8s.io/v1', 'Ingress', { spec: { rules: [] } }), 1, [], {
    live: [],
    accept: [2],
  }),
  apply(
    'a policy that lets all in',
    object('networking.k8s.io/v1', 'NetworkPolicy', {
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
    }),
    1,
    ['network_isolation_loss'],
    { accept: [2] },
  ),
  apply(
    'a policy for the whole internet',
    object('networking.k8s.io/v1', 'NetworkPolicy', {
      spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] },
    }),
    1,
    ['network_isolation_loss'],
    { accept: [2] },
  ),
  apply(
    'a policy that lets nobody in',
    object('networking.k8s.io/v1', 'NetworkPolicy', {
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [] },
    }),
    1,
    [],
    { live: [], only: true },
  ),

  apply(
    'no copies of what runs',
    pods('Deployment', {}, { replicas: 0 }),
    1,
    ['production_scale_down', 'scale_to_zero'],
    { live: [held('apps/v1', 'Deployment', { spec: { replicas: 5 } })], accept: [2] },
  ),
  apply('a large cut', pods('Deployment', {}, { replicas: 2 }), 1, DOWN, {
    live: [held('apps/v1', 'Deployment', { spec: { replicas: 12 } })],
    accept: [2],
  }),
  apply('more copies', pods('Deployment', {}, { replicas: 20 }), 1, [], {
    live: [held('apps/v1', 'Deployment', { spec: { replicas: 12 } })],
    only: true,
  }),
  apply(
    'an autoscaler that may hardly scale',
    object('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { minReplicas: 1, maxReplicas: 1 } }),
    1,
    DOWN,
    { live: [held('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { maxReplicas: 20 } })], accept: [2] },
  ),
  apply(
    'a budget of nothing',
    object('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 0 } }),
    1,
    [],
    { live: [held('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 3 } })], accept: [2] },
  ),
  apply('a suspended CronJob', object('batch/v1', 'CronJob', { spec: { suspend: true } }), 1, DOWN, {
    live: [held('batch/v1', 'CronJob', { spec: { suspend: false } })],
    accept: [2],
  }),

  apply('claims that will go with their set', stateful(3, { whenDeleted: 'Delete' }), 1, GUARD, {
    live: [sets(3)],
    accept: [2],
  }),
  apply('a cut that deletes claims', stateful(1, { whenScaled: 'Delete' }), 4, ['pv_delete'], {
    live: [sets(5, { whenScaled: 'Delete' })],
  }),
  apply('a cut that keeps claims', stateful(2), 1, DOWN, { live: [sets(5)], accept: [2] }),
  apply(
    'a volume that is no longer retained',
    object('v1', 'PersistentVolume', { spec: { persistentVolumeReclaimPolicy: 'Delete' } }),
    1,
    [],
    {
      live: [object('v1', 'PersistentVolume', { spec: { persistentVolumeReclaimPolicy: 'Retain' } })],
      accept: [2],
    },
  ),
  apply(
    'an owner that may not exist',
    object(
      'v1',
      'PersistentVolumeClaim',
      { spec: {} },
      { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '0' }] },
    ),
    4,
    ['pv_delete'],
    { accept: [5] },
  ),
  apply(
    'an owner of a deployment that may not exist',
    pods(
      'Deployment',
      {},
      {},
      { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '0' }] },
    ),
    5,
    [],
    { accept: [2, 4] },
  ),
  apply(
    'a custom resource of an unknown kind',
    object('example.com/v1', 'Widget', { spec: { size: 3 } }),
    5,
    [],
    { accept: [1, 2] },
  ),
  apply(
    'a definition of custom resources',
    object(
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      { spec: { group: 'example.com', names: { kind: 'Widget' } } },
      { name: 'widgets.example.com' },
    ),
    5,
    [],
    { accept: [1, 2, 3, 4] },
  ),
  apply(
    'many at once, one of them bad',
    [
      object('v1', 'ConfigMap'),
      object('v1', 'Service', {}, { name: 'b' }),
      binding('ClusterRoleBinding', 'cluster-admin', { kind: 'User', name: 'bob' }),
    ],
    1,
    IAM,
    { accept: [2, 5] },
  ),

  // Found missing by the cases above, or beside them.
  apply('no AppArmor', box({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }), 1, GUARD),
  apply('finalizers taken away', object('v1', 'ConfigMap', {}, { finalizers: [] }), 1, GUARD),
  apply('finalizers that stay', object('v1', 'ConfigMap', {}, { finalizers: ['example.com/x'] }), 1, [], {
    only: true,
    live: [],
  }),
  apply(
    'what names mean',
    object('v1', 'ConfigMap', { data: { Corefile: '.' } }, { name: 'coredns', namespace: 'kube-system' }),
    1,
    ['dns_change', 'protected_namespace'],
  ),
  apply(
    'a custom database that may be deleted',
    object('rds.services.k8s.aws/v1alpha1', 'DBInstance', { spec: { deletionProtection: false } }),
    5,
    GUARD,
  ),
  apply(
    'a custom bucket that goes with all in it',
    object('s3.aws.upbound.io/v1beta1', 'Bucket', { spec: { forProvider: { forceDestroy: true } } }),
    5,
    GUARD,
  ),
  apply(
    'a custom database in public',
    object('sql.example.com/v1', 'Instance', { spec: { parameters: [{ publiclyAccessible: 'true' }] } }),
    5,
    ['expose_data_publicly'],
  ),
  apply(
    'a custom database without backups',
    object('acid.zalan.do/v1', 'postgresql', { spec: { backupRetentionPeriod: 0 } }),
    5,
    ['backup_retention_reduction'],
  ),
  apply(
    'a custom resource that tells nothing',
    object('monitoring.coreos.com/v1', 'ServiceMonitor', { spec: { endpoints: [] } }),
    1,
    [],
    { only: true },
  ),
  apply(
    'a variable that points to another',
    box({
      env: [
        { name: 'API_TOKEN', value: '$(OTHER)' },
        { name: 'TOKEN_TTL', value: '3600000' },
      ],
    }),
    1,
    [],
    { only: true, live: [] },
  ),
];
