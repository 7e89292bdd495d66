import {
  above,
  added,
  alike,
  all,
  any,
  becomes,
  blocked,
  effect,
  type Fields,
  firstAt,
  isSet,
  lowered,
  nameTakenAgain,
  not,
  on,
  opensTo,
  otherwise,
  parentDestroyed,
  parentHas,
  type RuleTable,
  removed,
  set,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';
import { google, plainGoogle } from './google-rule.ts';

export const GOOGLE_STORAGE: RuleTable = {
  google_storage_bucket: google(
    ['storage_delete'],
    [
      blocked(on('retention_policy.is_locked'), 'a locked retention policy'),
      when(not(on('force_destroy')), 2, 'force_destroy is off: refused unless the bucket is empty'),
      when(
        all(above('soft_delete_policy.retention_duration_seconds', 0), nameTakenAgain('name')),
        4,
        'the same bucket name is taken again: soft-deleted objects of the old one are out of reach',
      ),
      when(
        above('soft_delete_policy.retention_duration_seconds', 0),
        3,
        'force_destroy removes every generation; soft delete keeps them for its retention',
      ),
      otherwise(4, 'force_destroy removes every generation, and soft delete is off or not in evidence', {
        advice: 'set force_destroy = false, or a soft_delete_policy first',
      }),
    ],
    turnedOn('force_destroy', 'protection_disabled'),
    turnedOff('versioning.enabled', 'protection_disabled'),
    lowered('soft_delete_policy.retention_duration_seconds', 'backup_retention_reduction', {
      zeroWhy: 'soft delete is switched off: from now on deletes are final',
    }),
    removed('retention_policy', 'protection_disabled'),
    lowered('retention_policy.retention_period', 'backup_retention_reduction'),
    turnsInto('public_access_prevention', ['inherited', 'unspecified'], 'expose_data_publicly', {
      why: 'public access is no longer prevented',
    }),
    turnedOff('uniform_bucket_level_access', 'expose_data_publicly', { why: 'object ACLs count again' }),
    removed('logging', 'disable_audit_logging'),
    removed('encryption.default_kms_key_name', 'remove_encryption'),
    deletesByRule,
  ),
  google_storage_bucket_object: google(
    ['storage_delete'],
    [
      when(any(set('content'), set('source')), 2, 'the content is in the configuration'),
      when(
        parentDestroyed(['bucket'], ['google_storage_bucket']),
        4,
        'the bucket goes too, with every version in it',
      ),
      when(
        parentHas(
          ['bucket'],
          ['google_storage_bucket'],
          any(on('versioning.enabled'), above('soft_delete_policy.retention_duration_seconds', 0)),
        ),
        3,
        'the bucket keeps old generations',
      ),
      otherwise(4, 'the content is not in the plan, and the bucket keeps no old generation in evidence'),
    ],
  ),
  ...plainGoogle(
    1,
    'the grant is in configuration',
    [
      'google_storage_default_object_acl',
      'google_storage_bucket_acl',
      'google_storage_bucket_access_control',
      'google_storage_object_access_control',
      'google_storage_default_object_access_control',
      'google_storage_object_acl',
    ],
    ['iam_policy_change'],
    opensTo(['entity', 'role_entity'], 'expose_data_publicly'),
    becomes('predefined_acl', ['publicRead', 'publicReadWrite', 'authenticatedRead'], 'expose_data_publicly'),
    publicRoleEntity,
  ),
  ...plainGoogle(1, 'recreated from configuration', [
    'google_storage_notification',
    'google_storage_transfer_job',
    'google_storage_insights_report_config',
  ]),
  google_storage_hmac_key: google(
    ['iam_policy_change'],
    [otherwise(2, 'this key never comes back; issue another')],
  ),
  google_storage_managed_folder: google(
    ['storage_delete'],
    [when(on('force_destroy'), 4, 'objects in the folder are deleted'), otherwise(1, 'refused unless empty')],
  ),
  ...alike(
    ['google_compute_disk', 'google_compute_region_disk'],
    google(
      ['storage_delete'],
      [
        when(on('create_snapshot_before_destroy'), 3, 'a snapshot is taken before the disk goes'),
        otherwise(4, 'no snapshot is taken: the blocks are gone', {
          advice: 'set create_snapshot_before_destroy = true and apply it first',
        }),
      ],
      turnedOff('create_snapshot_before_destroy', 'protection_disabled'),
    ),
  ),
  ...alike(
    [
      'google_compute_snapshot',
      'google_compute_image',
      'google_compute_machine_image',
      'google_compute_instant_snapshot',
    ],
    google(['backup_delete'], [otherwise(4, 'a snapshot or image cannot be undeleted')]),
  ),
  ...alike(
    [
      'google_compute_disk_resource_policy_attachment',
      'google_compute_region_disk_resource_policy_attachment',
    ],
    google(
      ['backup_retention_reduction'],
      [otherwise(1, 'the disk drops out of its snapshot schedule; snapshots stay')],
    ),
  ),
  google_compute_resource_policy: google(
    ['backup_retention_reduction'],
    [otherwise(1, 'the schedule stops; existing snapshots stay')],
    lowered('snapshot_schedule_policy.retention_policy.max_retention_days', 'backup_retention_reduction', {
      tier: 4,
      why: 'snapshots older than the new period are deleted',
    }),
  ),
  google_filestore_instance: google(
    ['storage_delete'],
    [
      blocked(on('deletion_protection_enabled')),
      otherwise(4, 'files are gone; backups are separate and not in evidence', {
        advice: 'take a Filestore backup first',
      }),
    ],
    turnedOff('deletion_protection_enabled', 'protection_disabled'),
  ),
  ...alike(
    [
      'google_filestore_backup',
      'google_filestore_snapshot',
      'google_netapp_backup',
      'google_netapp_volume_snapshot',
    ],
    google(['backup_delete'], [otherwise(4, 'a backup cannot be undeleted')]),
  ),
  google_gke_backup_backup_plan: google(
    ['backup_retention_reduction'],
    [otherwise(1, 'no new backups; a plan with backups is refused')],
    lowered('retention_policy.backup_retain_days', 'backup_retention_reduction'),
    turnedOn('deactivated', 'backup_retention_reduction'),
  ),
  ...alike(
    ['google_backup_dr_backup_vault', 'google_netapp_backup_vault'],
    google(
      ['delete_backup_vault', 'backup_delete'],
      [
        when(
          any(on('force_delete'), on('ignore_inactive_datasources')),
          4,
          'the vault is emptied and deleted',
        ),
        otherwise(2, 'refused while it holds backups under minimum retention'),
      ],
      lowered('backup_minimum_enforced_retention_duration', 'backup_retention_reduction'),
      turnedOn('force_delete', 'protection_disabled'),
    ),
  ),
  google_backup_dr_backup_plan: google(
    ['backup_retention_reduction'],
    [otherwise(1, 'no new backups; existing ones stay')],
  ),
  google_backup_dr_backup_plan_association: google(
    ['backup_retention_reduction'],
    [otherwise(1, 'the resource drops out of backup')],
  ),
  google_netapp_volume: google(
    ['storage_delete'],
    [
      when(on('deletion_policy'), 4, 'files are gone'),
      otherwise(4, 'files are gone unless a backup stays, which is not in evidence'),
    ],
  ),
  google_artifact_registry_repository: google(
    ['storage_delete'],
    [otherwise(4, 'every image and package in it is deleted')],
    prunesByPolicy,
  ),
  google_container_registry: google(['storage_delete'], [otherwise(1, 'only leaves state')]),
  google_sourcerepo_repository: google(
    ['storage_delete'],
    [otherwise(4, 'the repository and its history are deleted')],
  ),
  google_pubsub_topic: google(
    ['storage_delete'],
    [otherwise(2, 'subscriptions keep what they have; new messages are lost')],
    lowered('message_retention_duration', 'backup_retention_reduction', {
      tier: 4,
      why: 'kept messages older than the new period are lost',
    }),
    removed('kms_key_name', 'remove_encryption'),
  ),
  google_pubsub_subscription: google(
    ['storage_delete'],
    [otherwise(4, 'messages that were not acknowledged are lost')],
    lowered('message_retention_duration', 'backup_retention_reduction', {
      tier: 4,
      why: 'messages older than the new period are lost',
    }),
    added('expiration_policy.ttl', 'backup_retention_reduction'),
  ),
  google_pubsub_snapshot: google(
    ['backup_delete'],
    [otherwise(4, 'the snapshot of unacknowledged messages is lost')],
  ),
  google_pubsub_schema: google([], [otherwise(1, 'the schema is in configuration')]),
};

/** A lifecycle rule with action Delete that was not there: objects it covers are deleted within a day. */
function deletesByRule(view: View): ReturnType<Watch> {
  const rules = (fields: Fields): readonly string[] => {
    const list = Array.isArray(fields.lifecycle_rule) ? fields.lifecycle_rule : [];
    return list.filter((item) => firstAt(item, 'action.type') === 'Delete').map((item) => conditionOf(item));
  };
  const old = rules(view.before);
  const fresh = rules(view.after).find((condition) => !old.includes(condition));
  if (fresh === undefined || view.action === 'create') return [];
  return effect('backup_retention_reduction', { tier: 4 }, 'a lifecycle rule deletes objects for good', [
    { path: 'after.lifecycle_rule.condition', value: fresh },
  ]);
}

function conditionOf(item: unknown): string {
  const condition = firstAt(item, 'condition');
  const block: unknown = Array.isArray(condition) ? condition[0] : condition;
  const kept = Object.entries(typeof block === 'object' && block !== null ? block : {}).filter(
    ([, value]) => isSet(value) && value !== 0 && value !== false,
  );
  return kept.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(' ');
}

function publicRoleEntity(view: View): ReturnType<Watch> {
  const open = (fields: Fields): boolean =>
    Array.isArray(fields.role_entity) &&
    fields.role_entity.some((item) => /:(allUsers|allAuthenticatedUsers)$/.test(String(item)));
  if (open(view.before) || !open(view.after)) return [];
  return effect('expose_data_publicly', {}, 'an ACL for everybody', [
    { path: 'after.role_entity', value: 'allUsers' },
  ]);
}

function prunesByPolicy(view: View): ReturnType<Watch> {
  const count = (fields: Fields): number =>
    Array.isArray(fields.cleanup_policies)
      ? fields.cleanup_policies.filter((policy) => firstAt(policy, 'action') === 'DELETE').length
      : 0;
  if (count(view.after) <= count(view.before) || view.after.cleanup_policy_dry_run === true) return [];
  return effect(
    'backup_retention_reduction',
    { tier: view.action === 'create' ? 1 : 4 },
    'a cleanup policy deletes images',
    [{ path: 'after.cleanup_policies', value: count(view.after) }],
  );
}
