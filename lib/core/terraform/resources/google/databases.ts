import {
  alike,
  all,
  any,
  blocked,
  effect,
  is,
  lowered,
  not,
  on,
  onByDefault,
  opensTo,
  otherwise,
  parentDestroyed,
  type RuleTable,
  set,
  textsAt,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';
import { google } from './google-rule.ts';

const SQL_ADVICE =
  'take a backup that outlives the instance: settings.final_backup_config or retain_backups_on_delete';

/** Cloud SQL, Spanner, Bigtable, Firestore and AlloyDB. */
export const GOOGLE_DATABASES: RuleTable = {
  google_sql_database_instance: google(
    ['database_delete'],
    [
      blocked(any(onByDefault('deletion_protection'), on('settings.deletion_protection_enabled'))),
      when(
        all(
          set('master_instance_name'),
          parentDestroyed(['master_instance_name'], ['google_sql_database_instance']),
        ),
        4,
        'a replica whose primary is destroyed in the same plan',
      ),
      when(set('master_instance_name'), 2, 'a read replica; its primary keeps the data'),
      when(
        any(on('settings.retain_backups_on_delete'), on('settings.final_backup_config.enabled')),
        3,
        'backups are kept after the delete; the name is blocked for about a week',
      ),
      otherwise(4, 'backups and point-in-time logs belong to the instance and go with it', {
        advice: SQL_ADVICE,
      }),
    ],
    turnedOff('settings.backup_configuration.enabled', 'backup_retention_reduction', {
      tier: 4,
      why: 'backups are turned off: restore points are lost',
    }),
    turnedOff('settings.backup_configuration.point_in_time_recovery_enabled', 'backup_retention_reduction', {
      tier: 4,
      why: 'point-in-time recovery is turned off: its logs are dropped',
    }),
    turnedOff('settings.backup_configuration.binary_log_enabled', 'backup_retention_reduction', { tier: 4 }),
    lowered(
      'settings.backup_configuration.backup_retention_settings.retained_backups',
      'backup_retention_reduction',
      { tier: 4, why: 'fewer backups are kept: the older ones go' },
    ),
    lowered('settings.backup_configuration.transaction_log_retention_days', 'backup_retention_reduction', {
      tier: 4,
      why: 'points in time older than the new period are lost',
    }),
    turnedOff('deletion_protection', 'protection_disabled'),
    turnedOff('settings.deletion_protection_enabled', 'protection_disabled'),
    turnedOff('settings.retain_backups_on_delete', 'protection_disabled'),
    turnedOff('settings.final_backup_config.enabled', 'protection_disabled'),
    opensTo(['settings.ip_configuration.authorized_networks.value'], 'expose_data_publicly'),
    turnedOn('settings.ip_configuration.ipv4_enabled', 'expose_data_publicly'),
    turnedOff('settings.ip_configuration.require_ssl', 'remove_encryption'),
    turnsInto('settings.activation_policy', ['NEVER'], 'production_scale_down', {
      why: 'the instance is stopped',
    }),
    turnsInto(
      'settings.ip_configuration.ssl_mode',
      ['ALLOW_UNENCRYPTED_AND_ENCRYPTED'],
      'remove_encryption',
      {
        why: 'clients may connect without encryption',
      },
    ),
  ),
  google_sql_database: google(
    ['database_delete'],
    [
      when(
        parentDestroyed(['instance'], ['google_sql_database_instance']),
        4,
        'its instance is destroyed in the same plan',
      ),
      otherwise(3, 'the database is dropped; the instance stays with its backups', {
        advice: 'take an on-demand backup of the instance first',
      }),
    ],
  ),
  google_sql_user: google(
    ['iam_policy_change'],
    [otherwise(2, 'the user is made again with a new password')],
  ),
  ...alike(
    ['google_spanner_instance', 'google_spanner_database'],
    google(
      ['database_delete'],
      [
        blocked(any(on('deletion_protection'), on('enable_drop_protection'))),
        blocked(unstatedProtection('google_spanner_database', 'deletion_protection')),
        otherwise(4, 'backups are kept apart and are not in evidence', { advice: 'take a backup first' }),
      ],
      turnedOff('deletion_protection', 'protection_disabled'),
      turnedOff('enable_drop_protection', 'protection_disabled'),
      lowered('version_retention_period', 'backup_retention_reduction', {
        tier: 4,
        why: 'older versions go',
      }),
      turnedOn('force_destroy', 'protection_disabled'),
    ),
  ),
  google_spanner_backup_schedule: google(
    ['backup_retention_reduction'],
    [otherwise(1, 'no new backups; existing ones stay')],
    lowered('retention_duration', 'backup_retention_reduction'),
  ),
  google_bigtable_instance: google(
    ['database_delete'],
    [
      blocked(onByDefault('deletion_protection')),
      otherwise(4, 'the instance and its tables go; force_destroy deletes backups too'),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
    turnedOn('force_destroy', 'protection_disabled'),
  ),
  google_bigtable_table: google(
    ['database_delete'],
    [
      blocked(is('deletion_protection', 'PROTECTED')),
      when(
        parentDestroyed(['instance_name'], ['google_bigtable_instance']),
        4,
        'its instance is destroyed too',
      ),
      otherwise(3, 'a table can be undeleted for about 7 days'),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
    fewerFamilies,
  ),
  google_bigtable_gc_policy: google(
    ['backup_retention_reduction'],
    [otherwise(1, 'without the policy cells are kept')],
    tighterGc,
  ),
  google_firestore_database: google(
    ['database_delete'],
    [
      when(
        not(is('deletion_policy', 'DELETE')),
        1,
        'deletion_policy is ABANDON (the default): only dropped from state',
        {
          classes: ['state_forget'],
        },
      ),
      blocked(is('delete_protection_state', 'DELETE_PROTECTION_ENABLED')),
      otherwise(4, 'documents are deleted; there is no undelete', { advice: 'export the database first' }),
    ],
    turnedOff('point_in_time_recovery_enablement', 'backup_retention_reduction', {
      tier: 4,
      why: 'point-in-time recovery goes off: its history is lost',
    }),
    turnedOff('delete_protection_state', 'protection_disabled'),
  ),
  google_firestore_document: google(
    ['database_delete'],
    [when(set('fields'), 2, 'the document is in the configuration'), otherwise(4, 'the document is deleted')],
  ),
  google_firestore_backup_schedule: google(
    ['backup_retention_reduction'],
    [otherwise(1, 'no new backups; existing ones stay')],
    lowered('retention', 'backup_retention_reduction'),
  ),
  google_alloydb_cluster: google(
    ['database_delete'],
    [
      blocked(on('deletion_protection')),
      when(
        any(on('automated_backup_policy.enabled'), aBackupStays),
        3,
        'backups are separate resources and stay after the delete',
      ),
      otherwise(4, 'no backup in evidence; continuous backups go with the cluster'),
    ],
    turnedOff('continuous_backup_config.enabled', 'backup_retention_reduction', { tier: 4 }),
    turnedOff('automated_backup_policy.enabled', 'backup_retention_reduction'),
    lowered('continuous_backup_config.recovery_window_days', 'backup_retention_reduction', {
      tier: 4,
      why: 'points older than the new window are lost',
    }),
    turnedOff('deletion_protection', 'protection_disabled'),
  ),
  google_alloydb_instance: google([], [otherwise(2, 'compute only; the cluster keeps the data')]),
  ...alike(
    ['google_alloydb_backup', 'google_bigtable_backup', 'google_spanner_backup', 'google_sql_backup_run'],
    google(['backup_delete'], [otherwise(4, 'a backup cannot be undeleted')]),
  ),
};

/** A default-true protection that counts only for one of the types a rule serves. */
function unstatedProtection(type: string, path: string): ReturnType<typeof onByDefault> {
  const check = onByDefault(path);
  return (view) => (view.type === type ? check(view) : null);
}

function aBackupStays(view: View): ReturnType<ReturnType<typeof on>> {
  const names = [...textsAt(view.before, 'name'), ...textsAt(view.before, 'cluster_id')];
  const index = view.world.byAttribute('google_alloydb_backup', 'cluster_name');
  const backup = names
    .flatMap((name) => index.get(name.toLowerCase()) ?? [])
    .find((other) => other.fate === 'kept');
  return backup === undefined ? null : [{ path: backup.address, value: 'stays' }];
}

function fewerFamilies(view: View): ReturnType<Watch> {
  const families = (root: unknown): readonly string[] => textsAt(root, 'column_family.family');
  const lost = families(view.before).filter((name) => !families(view.after).includes(name));
  if (view.action !== 'update' || lost.length === 0) return [];
  return effect(
    'database_delete',
    { tier: 4 },
    `column families are deleted with their cells: ${lost.join(', ')}`,
    [{ path: 'column_family', value: lost }],
  );
}

function tighterGc(view: View): ReturnType<Watch> {
  const age = lowered('max_age.days', 'backup_retention_reduction', { tier: 4, zeroIsForever: true });
  const duration = lowered('max_age.duration', 'backup_retention_reduction', {
    tier: 4,
    zeroIsForever: true,
  });
  const count = lowered('max_version.number', 'backup_retention_reduction', { tier: 4, zeroIsForever: true });
  const found = [...age(view), ...duration(view), ...count(view)];
  if (found.length > 0 || view.action !== 'create') return found;
  return effect(
    'backup_retention_reduction',
    { tier: 4 },
    'older cells are garbage-collected from now on',
    [],
  );
}
