import {
  added,
  always,
  any,
  blocked,
  changed,
  effect,
  type Fields,
  is,
  leavesState,
  lowered,
  on,
  onByDefault,
  onCreate,
  otherwise,
  type RuleTable,
  removed,
  textsAt,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';
import { google, plainGoogle } from './google-rule.ts';

const MEMBERS = ['member', 'members', 'policy_data'];

/** A grant to everybody, in a member list or in the JSON of an authoritative policy. */
const publicMember: Watch = (view) => {
  const open = (fields: Fields): boolean =>
    MEMBERS.some((key) => textsIn(fields[key]).some((text) => /\ball(Authenticated)?Users\b/.test(text)));
  if (open(view.before) || !open(view.after)) return [];
  return effect('expose_data_publicly', {}, 'granted to everybody', [
    { path: 'after.members', value: 'allUsers or allAuthenticatedUsers' },
  ]);
};

const GRANTED = always('iam_policy_change', 'who has which role changes', ['role', 'member', 'members']);

const RESOURCES =
  'project folder organization service_account kms_crypto_key kms_key_ring storage_bucket pubsub_topic pubsub_subscription bigquery_dataset bigquery_table secret_manager_secret artifact_registry_repository cloud_run_service cloud_run_v2_service cloudfunctions_function cloudfunctions2_function compute_instance compute_subnetwork compute_disk compute_image iap_web iap_tunnel iap_tunnel_instance iap_web_backend_service spanner_database spanner_instance bigtable_instance bigtable_table sourcerepo_repository dataproc_cluster healthcare_dataset notebooks_instance endpoints_service billing_account data_catalog_entry_group dns_managed_zone binary_authorization_attestor cloud_tasks_queue'.split(
    ' ',
  );

/** IAM, projects, keys, secrets and guards. */
export const GOOGLE_SECURITY: RuleTable = {
  ...plainGoogle(
    1,
    'the grant is in configuration',
    RESOURCES.flatMap((resource) => [`google_${resource}_iam_member`, `google_${resource}_iam_binding`]),
    ['iam_policy_change'],
    GRANTED,
    publicMember,
  ),
  ...plainGoogle(
    2,
    'the authoritative policy is removed: everybody it named may be locked out',
    RESOURCES.map((resource) => `google_${resource}_iam_policy`),
    ['iam_policy_change'],
    GRANTED,
    publicMember,
  ),
  ...plainGoogle(
    1,
    'the role is in configuration',
    [
      'google_project_iam_custom_role',
      'google_organization_iam_custom_role',
      'google_iam_deny_policy',
      'google_project_iam_member_remove',
    ],
    ['iam_policy_change'],
    always('iam_policy_change', 'the permissions of a role change', ['permissions']),
  ),
  google_project: google(
    ['account_delete'],
    [
      blocked(any(on('deletion_protection'), unstatedPrevent)),
      otherwise(3, 'the project can be restored for 30 days', { advice: 'set deletion_policy = "PREVENT"' }),
    ],
    removed('billing_account', 'production_scale_down', {
      why: 'billing is unlinked: services in the project stop',
    }),
    changed('folder_id', 'iam_policy_change'),
    changed('org_id', 'iam_policy_change'),
  ),
  google_folder: google(
    ['account_delete'],
    [
      blocked(onByDefault('deletion_protection')),
      otherwise(3, 'a folder can be restored for 30 days; refused unless empty'),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
    changed('parent', 'iam_policy_change'),
  ),
  google_project_service: google(
    [],
    [
      when(on('disable_on_destroy'), 2, 'the API is switched off: what depends on it stops'),
      otherwise(1, 'the API stays on; only dropped from state', { classes: ['state_forget'] }),
    ],
  ),
  google_service_account: google(
    ['iam_policy_change'],
    [otherwise(3, 'can be undeleted for 30 days; a new one of the same name has another id')],
    turnedOn('disabled', 'iam_policy_change'),
  ),
  google_service_account_key: google(
    ['credential_exposure'],
    [otherwise(2, 'this key never comes back; issue another')],
    onCreate('credential_exposure', 'a long-lived key; it is stored in the state'),
    onCreate('iam_policy_change', 'a new credential for a service account'),
  ),
  google_kms_crypto_key: google(
    ['encryption_key_change'],
    [
      otherwise(3, 'all versions are scheduled for destruction (30 days by default, 24 hours at least)', {
        advice: 'disable the key versions first and see what breaks',
      }),
    ],
    removed('rotation_period', 'encryption_key_change'),
    lowered('destroy_scheduled_duration', 'encryption_key_change'),
  ),
  google_kms_crypto_key_version: google(
    ['encryption_key_change'],
    [otherwise(3, 'this version is scheduled for destruction')],
    turnsInto('state', ['DISABLED', 'DESTROY_SCHEDULED', 'DESTROYED'], 'encryption_key_change', {
      tier: 2,
      why: 'the version is disabled: what it encrypts becomes unreadable',
    }),
  ),
  google_kms_key_ring: google(
    ['encryption_key_change'],
    [leavesState(() => [], 'a key ring cannot be deleted; only dropped from state')],
  ),
  ...plainGoogle(
    1,
    'recreated from configuration',
    ['google_kms_key_ring_import_job', 'google_kms_secret_ciphertext', 'google_kms_autokey_config'],
    ['encryption_key_change'],
  ),
  google_secret_manager_secret: google(
    ['secret_delete'],
    [
      blocked(on('deletion_protection')),
      otherwise(4, 'every version is deleted at once', {
        advice: 'disable the versions first; set deletion_protection = true',
      }),
    ],
    added('expire_time', 'secret_delete', { tier: 4, why: 'the secret deletes itself at that time' }),
    added('ttl', 'secret_delete', { tier: 4, why: 'the secret deletes itself after that time' }),
    turnedOff('deletion_protection', 'protection_disabled'),
  ),
  google_secret_manager_secret_version: google(
    ['secret_delete'],
    [
      when(is('deletion_policy', 'DISABLE'), 1, 'deletion_policy is DISABLE: the version stays, disabled', {
        classes: [],
      }),
      otherwise(4, 'the version is destroyed; its value survives only where the state holds it', {
        advice: 'set deletion_policy = "DISABLE"',
      }),
    ],
    turnedOff('enabled', 'secret_delete', {
      why: 'the version can no longer be read until it is enabled again',
    }),
  ),
  ...plainGoogle(
    1,
    'the guard is in configuration',
    [
      'google_org_policy_policy',
      'google_project_organization_policy',
      'google_folder_organization_policy',
      'google_organization_policy',
      'google_access_context_manager_access_policy',
      'google_access_context_manager_access_level',
      'google_access_context_manager_service_perimeter',
      'google_access_context_manager_service_perimeter_resource',
      'google_binary_authorization_policy',
      'google_iap_settings',
      'google_resource_manager_lien',
    ],
    ['protection_disabled', 'network_isolation_loss'],
    turnedOff('spec.rules.enforce', 'protection_disabled'),
    turnedOff('boolean_policy.enforced', 'protection_disabled'),
    turnedOn('use_explicit_dry_run_spec', 'network_isolation_loss'),
    turnedOn('spec.rules.allow_all', 'protection_disabled'),
    removed('status', 'network_isolation_loss'),
  ),
  google_compute_security_policy: google(
    ['protection_disabled', 'network_isolation_loss'],
    [otherwise(1, 'the rules are in configuration')],
    fewerDenies,
  ),
};

function unstatedPrevent(view: View): ReturnType<ReturnType<typeof on>> {
  const policy = view.before.deletion_policy;
  return policy === undefined || policy === null || policy === ''
    ? [{ path: 'deletion_policy', value: null }]
    : null;
}

function textsIn(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');
}

function fewerDenies(view: View): ReturnType<Watch> {
  const count = (fields: Fields): number =>
    textsAt(fields, 'rule.action').filter((action) => /^deny/.test(action)).length;
  if (view.action === 'create' || count(view.after) >= count(view.before)) return [];
  return effect('network_isolation_loss', {}, 'a deny rule is removed', [
    { path: 'rule', value: count(view.after) },
  ]);
}
