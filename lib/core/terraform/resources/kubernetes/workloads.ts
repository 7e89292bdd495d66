import {
  alike,
  changed,
  effect,
  type Fields,
  firstAt,
  hitsAt,
  is,
  isPublic,
  otherwise,
  plain,
  type RuleTable,
  rule,
  scaledDown,
  set,
  textsAt,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';
import { laxPodSecurity, nodeAccess } from './pods.ts';
import { versions } from './versions.ts';
import { VOLUMES } from './volumes.ts';

const privileged: Watch = (view) => {
  const names = [...textsAt(view.after, 'role_ref.name'), ...textsAt(view.after, 'subject.name')];
  const wide = names.find((name) =>
    /^(cluster-admin|admin|system:(authenticated|unauthenticated|anonymous|masters))$/.test(name),
  );
  return effect(
    'iam_policy_change',
    {},
    wide === undefined
      ? 'who has which rights in the cluster changes'
      : `rights in the cluster change: ${names.join(' → ')}`,
    [{ path: 'after.role_ref.name', value: textsAt(view.after, 'role_ref.name')[0] ?? null }],
  );
};

export const dataChanged: Watch = (view) => {
  if (view.action !== 'update') return [];
  const keys = ['data', 'binary_data', 'data_wo_revision', 'string_data'];
  const found = keys.flatMap((key) =>
    changed(key, 'kubernetes_secret_change', { tier: 2, why: 'the old value is only in the previous state' })(
      view,
    ),
  );
  return found.slice(0, 1).map((item) => ({ ...item, evidence: [{ path: 'data', value: 'changed' }] }));
};

/** A service that becomes reachable from outside, or widens who may reach it. */
export const exposedService: Watch = (view) => {
  const open = (fields: Fields): boolean => {
    const kind = firstAt(fields, 'spec.type');
    const ranges = RANGES.flatMap((path) => hitsAt(fields, path)).flatMap((hit) => hit.value);
    const internal = JSON.stringify(firstAt(fields, 'metadata.annotations') ?? {});
    if (/load-balancer-(internal|type)"?:"?(true|internal|Internal)|scheme"?:"?internal/i.test(internal))
      return false;
    return kind === 'LoadBalancer' && (ranges.length === 0 || ranges.some(isPublic));
  };
  if (open(view.before) || !open(view.after)) return [];
  return effect('expose_data_publicly', {}, 'the service becomes a public load balancer', [
    { path: 'after.spec[0].type', value: 'LoadBalancer' },
  ]);
};

/** As the provider and as a manifest name them. */
const RANGES = [
  ['spec', 'load_balancer_source_ranges'],
  ['spec', 'loadBalancerSourceRanges'],
];

const GRANT = rule(['iam_policy_change'], [otherwise(1, 'the grant is in configuration')], privileged);
export const NAMESPACE = rule(
  ['namespace_delete'],
  [
    otherwise(4, 'everything inside goes, also volume claims and secrets that Terraform does not know', {
      advice: 'list what lives in the namespace and back it up first',
    }),
  ],
  laxPodSecurity,
);
const SECRET = rule(
  ['kubernetes_secret_change'],
  [otherwise(2, 'the value is in the prior state; pods that mount it break')],
  dataChanged,
);
export const WORKLOAD = rule(
  ['production_scale_down'],
  [otherwise(1, 'recreated from configuration')],
  scaledDown('spec.replicas'),
  scaledDown('spec.max_replicas'),
  scaledDown('spec.min_available'),
  nodeAccess,
);

export const KUBERNETES: RuleTable = {
  ...VOLUMES,
  ...alike(versions('namespace'), NAMESPACE),
  ...alike(
    [
      ...versions(
        'deployment',
        'daemon_set',
        'daemonset',
        'replication_controller',
        'horizontal_pod_autoscaler',
        'pod_disruption_budget',
      ),
      'kubernetes_horizontal_pod_autoscaler_v2',
      'kubernetes_horizontal_pod_autoscaler_v2beta2',
    ],
    WORKLOAD,
  ),
  ...plain(
    1,
    'run again from configuration',
    versions('job'),
    [],
    turnedOn('spec.suspend', 'production_scale_down'),
    nodeAccess,
  ),
  ...plain(
    1,
    'scheduled again from configuration',
    versions('cron_job'),
    [],
    turnedOn('spec.suspend', 'production_scale_down'),
    nodeAccess,
  ),
  ...plain(2, 'what ran in it is lost', versions('pod'), [], nodeAccess),
  ...alike(versions('secret'), SECRET),
  kubernetes_secret_v1_data: SECRET,
  ...plain(1, 'recreated from configuration', [
    ...versions(
      'config_map',
      'endpoints',
      'endpoint_slice',
      'limit_range',
      'resource_quota',
      'priority_class',
      'ingress_class',
      'runtime_class',
      'csi_driver',
    ),
    'kubernetes_config_map_v1_data',
    'kubernetes_labels',
    'kubernetes_annotations',
    'kubernetes_env',
    'kubernetes_node_taint',
  ]),
  ...alike(
    versions('service'),
    rule(
      [],
      [
        when(is('spec.type', 'LoadBalancer'), 2, 'recreated with another load balancer address'),
        otherwise(1, 'recreated from configuration'),
      ],
      exposedService,
    ),
  ),
  ...alike(
    versions('ingress'),
    rule(
      [],
      [
        when(set('status.load_balancer.ingress'), 2, 'recreated with another load balancer address'),
        otherwise(1, 'recreated from configuration'),
      ],
    ),
  ),
  ...alike(versions('role_binding', 'cluster_role_binding'), GRANT),
  ...alike(
    versions('role', 'cluster_role'),
    rule(['iam_policy_change'], [otherwise(1, 'the rights are in configuration')], wideRole),
  ),
  ...alike(
    [...versions('service_account'), ...versions('default_service_account')],
    rule(
      ['iam_policy_change'],
      [otherwise(1, 'recreated; its old tokens stop')],
      changed('automount_service_account_token', 'iam_policy_change'),
    ),
  ),
  ...plain(1, 'recreated with a new value', versions('token_request', 'certificate_signing_request'), [
    'credential_exposure',
  ]),
  ...alike(
    versions('network_policy'),
    rule(
      ['network_isolation_loss'],
      [otherwise(1, 'what it denied is open from now on')],
      changed('spec', 'network_isolation_loss', { why: 'which traffic is denied changes' }),
    ),
  ),
  ...alike(
    [
      ...versions(
        'pod_security_policy',
        'validating_webhook_configuration',
        'mutating_webhook_configuration',
      ),
      'kubernetes_pod_security_policy_v1beta1',
    ],
    rule(
      ['protection_disabled'],
      [otherwise(1, 'the guard is in configuration')],
      turnsInto('webhook.failure_policy', ['Ignore'], 'protection_disabled'),
    ),
  ),
  ...plain(2, 'the API stops; its objects are served again when it is back', versions('api_service')),
  helm_release: rule(
    [],
    [
      otherwise(
        5,
        'the objects of the chart are not in the plan: volume claims, secrets, hooks and CRDs may go with it',
        {
          advice: 'look at "helm get manifest" and at the volume claims of the release first',
        },
      ),
    ],
    turnedOn('force_update', 'protection_disabled', { why: 'resources are replaced by delete and recreate' }),
    turnedOn('replace', 'protection_disabled'),
  ),
};

export function wideRole(view: View): ReturnType<Watch> {
  const verbs = textsAt(view.after, 'rule.verbs').concat(flat(view.after));
  const wide = verbs.includes('*');
  return effect(
    'iam_policy_change',
    {},
    wide ? 'a role with every verb (*)' : 'the rights of a role change',
    [{ path: 'after.rule.verbs', value: wide ? '*' : 'changed' }],
  );
}

function flat(fields: Fields): readonly string[] {
  const rules = fields.rule ?? fields.rules;
  return (Array.isArray(rules) ? rules : []).flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'verbs' in item && Array.isArray(item.verbs)
      ? item.verbs.map(String)
      : [],
  );
}
