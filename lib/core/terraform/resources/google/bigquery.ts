import {
  added,
  alike,
  all,
  any,
  blocked,
  effect,
  lowered,
  matches,
  nameTakenAgain,
  on,
  opensTo,
  otherwise,
  type RuleTable,
  removed,
  set,
  turnedOff,
  turnedOn,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';
import { google, plainGoogle } from './google-rule.ts';

/** BigQuery and caches. */
export const GOOGLE_BIGQUERY: RuleTable = {
  google_bigquery_dataset: google(
    ['database_delete'],
    [
      when(
        all(on('delete_contents_on_destroy'), nameTakenAgain('dataset_id', ['project'])),
        4,
        'contents are deleted and the same id is taken again, which rules out undelete',
      ),
      when(
        on('delete_contents_on_destroy'),
        3,
        'the dataset can be undeleted within its time-travel window (2 to 7 days)',
        {
          advice: 'copy or export the tables first',
        },
      ),
      otherwise(2, 'delete_contents_on_destroy is off: refused unless it is empty'),
    ],
    turnedOn('delete_contents_on_destroy', 'protection_disabled'),
    added('default_table_expiration_ms', 'backup_retention_reduction', {
      tier: 4,
      why: 'new tables expire and are deleted',
    }),
    added('default_partition_expiration_ms', 'backup_retention_reduction', {
      tier: 4,
      why: 'new partitions expire and are deleted',
    }),
    lowered('max_time_travel_hours', 'backup_retention_reduction', {
      tier: 4,
      why: 'older points of time travel are lost',
    }),
    opensTo(['access.special_group', 'access.iam_member'], 'expose_data_publicly'),
    removed('default_encryption_configuration.kms_key_name', 'remove_encryption'),
  ),
  google_bigquery_dataset_access: google(
    ['iam_policy_change'],
    [otherwise(1, 'the grant is in configuration')],
    opensTo(['special_group', 'iam_member'], 'expose_data_publicly'),
  ),
  google_bigquery_table: google(
    ['database_delete'],
    [
      blocked(on('deletion_protection')),
      when(
        any(set('view'), set('external_data_configuration')),
        1,
        'a view or external table holds no rows',
        { classes: [] },
      ),
      when(set('materialized_view'), 2, 'a materialized view is computed again', { classes: [] }),
      when(
        nameTakenAgain('table_id', ['dataset_id', 'project']),
        3,
        'time travel still reaches the old rows, with an explicit copy',
      ),
      otherwise(3, 'time travel (2 to 7 days), then fail-safe through support', {
        advice: 'export the table or take a table snapshot first',
      }),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
    added('expiration_time', 'backup_retention_reduction', {
      tier: 4,
      why: 'the table expires and is deleted',
    }),
    added('time_partitioning.expiration_ms', 'backup_retention_reduction', {
      tier: 4,
      why: 'partitions expire and are deleted',
    }),
    lowered('time_partitioning.expiration_ms', 'backup_retention_reduction', {
      tier: 4,
      zeroIsForever: true,
    }),
    droppedColumns,
  ),
  ...plainGoogle(2, 'definitions only; computed or loaded again', [
    'google_bigquery_routine',
    'google_bigquery_data_transfer_config',
    'google_bigquery_connection',
    'google_bigquery_job',
    'google_bigquery_reservation',
  ]),
  ...alike(
    [
      'google_redis_instance',
      'google_memcache_instance',
      'google_redis_cluster',
      'google_memorystore_instance',
    ],
    google(
      ['database_delete'],
      [
        blocked(any(on('deletion_protection_enabled'), on('deletion_protection'))),
        when(
          any(
            matches('persistence_config.persistence_mode', /^(RDB|AOF)$/),
            matches('persistence_config.mode', /^(RDB|AOF)$/),
          ),
          4,
          'it persists its data, and the snapshots go with it',
          { advice: 'export the instance to a bucket first' },
        ),
        otherwise(2, 'a cache without persistence: it refills', { classes: [] }),
      ],
      turnedOff('auth_enabled', 'protection_disabled'),
      turnedOff('deletion_protection_enabled', 'protection_disabled'),
      tlsOff,
    ),
  ),
};

/** Column names that the new schema no longer has: dropping one deletes its values. */
function droppedColumns(view: View): ReturnType<Watch> {
  if (view.action !== 'update') return [];
  const [was, now] = [columns(view.before.schema), columns(view.after.schema)];
  const lost = [...was].filter((name) => !now.has(name));
  if (lost.length === 0 || now.size === 0) return [];
  return effect('database_delete', { tier: 3 }, `columns are dropped: ${lost.join(', ')}`, [
    { path: 'schema', value: lost },
  ]);
}

function columns(schema: unknown): ReadonlySet<string> {
  if (typeof schema !== 'string') return new Set();
  return new Set([...schema.matchAll(/"name"\s*:\s*"([^"]+)"/g)].map((match) => match[1] ?? ''));
}

function tlsOff(view: View): ReturnType<Watch> {
  const path = 'transit_encryption_mode';
  const [was, now] = [String(view.before[path] ?? ''), String(view.after[path] ?? '')];
  if (!/SERVER_AUTHENTICATION/.test(was) || /SERVER_AUTHENTICATION/.test(now)) return [];
  return effect('remove_encryption', {}, 'encryption in transit is switched off', [
    { path: `after.${path}`, value: now },
  ]);
}
