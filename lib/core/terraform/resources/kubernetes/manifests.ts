import {
  alike,
  changed,
  effect,
  type Fields,
  is,
  otherwise,
  plain,
  type ResourceRule,
  rule,
  scaledDown,
  textsAt,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';
import { CLAIM } from './volumes.ts';
import { dataChanged, exposedService, NAMESPACE, WORKLOAD, wideRole } from './workloads.ts';

/** Kinds of a raw manifest, judged as the typed resource of the same kind. */
const BY_KIND: Readonly<Record<string, ResourceRule>> = {
  Namespace: NAMESPACE,
  PersistentVolumeClaim: CLAIM,
  PersistentVolume: rule(
    ['pv_delete'],
    [
      when(is('spec.persistentVolumeReclaimPolicy', 'Retain'), 2, 'the disk behind it stays'),
      otherwise(4, 'the disk behind it is deleted'),
    ],
  ),
  StatefulSet: rule(
    [],
    [
      when(
        is('spec.persistentVolumeClaimRetentionPolicy.whenDeleted', 'Delete'),
        4,
        'its volume claims are deleted with it',
        {
          classes: ['pv_delete'],
        },
      ),
      otherwise(2, 'the volume claims stay; pods are made again'),
    ],
    scaledDown('spec.replicas'),
  ),
  Secret: rule(
    ['kubernetes_secret_change'],
    [otherwise(2, 'the value is in the prior state; pods that mount it break')],
    dataChanged,
  ),
  CustomResourceDefinition: rule(
    [],
    [
      otherwise(4, 'all objects of this kind are deleted, and what their operator owns through them', {
        advice: 'list and back up the custom resources first',
      }),
    ],
  ),
  Service: rule(
    [],
    [
      when(is('spec.type', 'LoadBalancer'), 2, 'recreated with another load balancer address'),
      otherwise(1, 'recreated from configuration'),
    ],
    exposedService,
  ),
  NetworkPolicy: rule(
    ['network_isolation_loss'],
    [otherwise(1, 'what it denied is open from now on')],
    changed('spec', 'network_isolation_loss'),
  ),
  ...alike(
    ['Deployment', 'DaemonSet', 'ReplicaSet', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'],
    WORKLOAD,
  ),
  ...alike(
    ['Role', 'ClusterRole', 'ServiceAccount'],
    rule(['iam_policy_change'], [otherwise(1, 'the rights are in configuration')], wideRole),
  ),
  ...alike(
    ['RoleBinding', 'ClusterRoleBinding'],
    rule(['iam_policy_change'], [otherwise(1, 'the grant is in configuration')], bindingChanged),
  ),
  ...alike(
    [
      'ValidatingWebhookConfiguration',
      'MutatingWebhookConfiguration',
      'ValidatingAdmissionPolicy',
      'PodSecurityPolicy',
    ],
    rule(['protection_disabled'], [otherwise(1, 'the guard is in configuration')]),
  ),
  ...plain(1, 'recreated from configuration', [
    'ConfigMap',
    'Job',
    'CronJob',
    'Ingress',
    'IngressClass',
    'LimitRange',
    'ResourceQuota',
    'PriorityClass',
    'StorageClass',
    'Endpoints',
    'EndpointSlice',
    'ServiceMonitor',
    'PodMonitor',
    'PrometheusRule',
    'HTTPRoute',
    'Gateway',
    'GatewayClass',
    'VirtualService',
    'DestinationRule',
  ]),
  Pod: rule([], [otherwise(2, 'what ran in it is lost')]),
};

/** The manifest of a raw-manifest type, as its own attribute tree, and the rule of its kind. */
export function manifestRule(manifest: Fields): ResourceRule {
  const kind = String(manifest.kind ?? '');
  const core =
    /^(v1|apps\/|batch\/|rbac\.|networking\.k8s|policy\/|storage\.k8s|autoscaling\/|apiextensions|admissionregistration|gateway\.networking|monitoring\.coreos|networking\.istio|discovery|scheduling)/;
  const known = core.test(String(manifest.apiVersion ?? 'v1')) ? BY_KIND[kind] : undefined;
  return (
    known ??
    rule(OPERATOR_DATA.test(kind) ? ['database_delete'] : [], [
      otherwise(
        5,
        `a custom resource (${kind === '' ? 'unknown kind' : kind}): its operator decides what goes with it`,
      ),
    ])
  );
}

const OPERATOR_DATA =
  /(sql|postgres|mongo|redis|kafka|cassandra|elastic|database|cluster|tenant|bucket|minio|rabbit|etcd|vault)/i;

function bindingChanged(view: View): ReturnType<Watch> {
  return effect('iam_policy_change', {}, 'who has which rights in the cluster changes', [
    { path: 'after.roleRef.name', value: textsAt(view.after, 'roleRef.name')[0] ?? null },
  ]);
}
