import {
  alike,
  any,
  type Check,
  changed,
  effect,
  type Fields,
  firstAt,
  is,
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

/** The kubernetes provider names most types twice: `kubernetes_secret` and `kubernetes_secret_v1`. */
function versions(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [`kubernetes_${name}`, `kubernetes_${name}_v1`]);
}

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
    const ranges =
      textsAt(fields, 'spec.load_balancer_source_ranges').length +
      listSize(fields, 'load_balancer_source_ranges');
    const internal = JSON.stringify(firstAt(fields, 'metadata.annotations') ?? {});
    if (/load-balancer-(internal|type)"?:"?(true|internal|Internal)|scheme"?:"?internal/i.test(internal))
      return false;
    return kind === 'LoadBalancer' && (ranges === 0 || JSON.stringify(fields).includes('0.0.0.0/0'));
  };
  if (view.action === 'create' || open(view.before) || !open(view.after)) return [];
  return effect('expose_data_publicly', {}, 'the service becomes a public load balancer', [
    { path: 'after.spec[0].type', value: 'LoadBalancer' },
  ]);
};

function listSize(fields: Fields, key: string): number {
  const spec = firstAt(fields, 'spec');
  const block: unknown = Array.isArray(spec) ? spec[0] : spec;
  const list =
    typeof block === 'object' && block !== null
      ? Object.entries(block).find(([name]) => name === key)?.[1]
      : null;
  return Array.isArray(list) ? list.length : 0;
}

const claimsDeleted: Check = is('spec.persistent_volume_claim_retention_policy.when_deleted', 'Delete');

/** Replicas cut while the retention policy deletes the claims of the pods that go. */
const claimsScaledAway: Watch = (view) => {
  const cut =
    Number(firstAt(view.before, 'spec.replicas') ?? 0) > Number(firstAt(view.after, 'spec.replicas') ?? 0);
  const policy = firstAt(view.after, 'spec.persistent_volume_claim_retention_policy.when_scaled');
  if (view.action !== 'update' || !cut || policy !== 'Delete') return [];
  return effect(
    'pv_delete',
    { tier: 4 },
    'replicas are cut and the volume claims of the pods that go are deleted',
    [{ path: 'after.spec[0].persistent_volume_claim_retention_policy[0].when_scaled', value: 'Delete' }],
  );
};

/** The bound volume is kept: its reclaim policy is in the plan or in the state. */
const volumeRetained: Check = (view) => {
  const name = textsAt(view.before, 'spec.volume_name')[0];
  if (name === undefined) return null;
  const volume = ['kubernetes_persistent_volume', 'kubernetes_persistent_volume_v1']
    .flatMap((type) => view.world.byAttribute(type, 'metadata.name').get(name.toLowerCase()) ?? [])
    .find((resident) =>
      [resident.values, resident.planned].every((fields) =>
        textsAt(fields, 'spec.persistent_volume_reclaim_policy').includes('Retain'),
      ),
    );
  return volume === undefined
    ? null
    : [{ path: `${volume.address}.spec.persistent_volume_reclaim_policy`, value: 'Retain' }];
};

/** The storage class of the claim, seen in the plan, retains volumes. */
const classRetains: Check = (view) => {
  const name = textsAt(view.before, 'spec.storage_class_name')[0];
  if (name === undefined) return null;
  const found = ['kubernetes_storage_class', 'kubernetes_storage_class_v1']
    .flatMap((type) => view.world.byAttribute(type, 'metadata.name').get(name.toLowerCase()) ?? [])
    .find((resident) => textsAt(resident.values, 'reclaim_policy').includes('Retain'));
  return found === undefined ? null : [{ path: `${found.address}.reclaim_policy`, value: 'Retain' }];
};

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
export const CLAIM = rule(
  ['pv_delete'],
  [
    when(any(volumeRetained, classRetains), 2, 'the volume is retained and can be bound again'),
    otherwise(4, 'dynamically made volumes are deleted with their claim, unless they are set to Retain', {
      advice: 'set the reclaim policy of the volume to Retain, or snapshot it, first',
    }),
  ],
);
const SECRET = rule(
  ['kubernetes_secret_change'],
  [otherwise(2, 'the value is in the prior state; pods that mount it break')],
  dataChanged,
);
const STATEFUL_SET = rule(
  [],
  [
    when(claimsDeleted, 4, 'its volume claims are deleted with it', {
      classes: ['pv_delete'],
      advice: 'set persistent_volume_claim_retention_policy.when_deleted = "Retain"',
    }),
    otherwise(2, 'the volume claims stay; pods are made again'),
  ],
  claimsScaledAway,
  nodeAccess,
  scaledDown('spec.replicas'),
  turnsInto('spec.persistent_volume_claim_retention_policy.when_deleted', ['Delete'], 'protection_disabled'),
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
  ...alike(versions('namespace'), NAMESPACE),
  ...alike(versions('persistent_volume_claim'), CLAIM),
  ...alike(
    versions('persistent_volume'),
    rule(
      ['pv_delete'],
      [
        when(is('spec.persistent_volume_reclaim_policy', 'Retain'), 2, 'the disk behind it stays'),
        otherwise(4, 'the disk behind it is deleted'),
      ],
      turnsInto('spec.persistent_volume_reclaim_policy', ['Delete', 'Recycle'], 'protection_disabled', {
        why: 'the disk goes with the volume from now on',
      }),
      turnsInto('spec.persistent_volume_reclaim_policy', ['Delete', 'Recycle'], 'pv_delete', {
        why: 'the disk goes with the volume from now on',
      }),
    ),
  ),
  ...alike(
    versions('storage_class'),
    rule(
      [],
      [otherwise(1, 'volumes already made stay as they are')],
      turnsInto('reclaim_policy', ['Delete'], 'protection_disabled'),
    ),
  ),
  ...alike(versions('stateful_set'), STATEFUL_SET),
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
