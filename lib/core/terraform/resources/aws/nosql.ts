import {
  above,
  alike,
  all,
  blocked,
  changed,
  is,
  lowered,
  not,
  offExplicitly,
  on,
  otherwise,
  plain,
  type RuleTable,
  removed,
  rule,
  set,
  turnedOff,
  turnedOn,
  type Watch,
  when,
} from '../vocabulary.ts';

/** DynamoDB, caches and other stores without SQL. */
export const AWS_NOSQL: RuleTable = {
  ...alike(
    [
      'aws_db_snapshot',
      'aws_db_cluster_snapshot',
      'aws_db_snapshot_copy',
      'aws_neptune_cluster_snapshot',
      'aws_docdb_cluster_snapshot',
      'aws_redshift_cluster_snapshot',
      'aws_redshiftserverless_snapshot',
      'aws_elasticache_snapshot',
      'aws_memorydb_snapshot',
    ],
    rule(['backup_delete'], [otherwise(4, 'a manual snapshot cannot be undeleted')], sharedWithAll),
  ),
  aws_dynamodb_table: rule(
    ['database_delete'],
    [
      blocked(on('deletion_protection_enabled')),
      when(
        on('point_in_time_recovery.enabled'),
        3,
        'point-in-time recovery keeps a system backup for 35 days',
        {
          advice: 'take an on-demand backup as well',
        },
      ),
      otherwise(4, 'no point-in-time recovery: items, and replica tables, are gone', {
        advice: 'turn on point_in_time_recovery, or take an on-demand backup first',
      }),
    ],
    turnedOff('point_in_time_recovery.enabled', 'backup_retention_reduction', {
      tier: 4,
      why: 'point-in-time recovery goes off: its history is discarded and restarts from nothing',
    }),
    lowered('point_in_time_recovery.recovery_period_in_days', 'backup_retention_reduction', { tier: 4 }),
    turnedOff('deletion_protection_enabled', 'protection_disabled'),
    turnedOn('ttl.enabled', 'backup_retention_reduction', {
      tier: 4,
      why: 'a time to live is switched on: items past it are deleted for good',
    }),
    changed('server_side_encryption.kms_key_arn', 'encryption_key_change'),
    fewerReplicas,
  ),
  aws_dynamodb_table_item: rule(
    ['database_delete'],
    [
      when(set('item'), 2, 'the item is in the configuration'),
      otherwise(4, 'the item is not in the plan; only a backup of the table would have it'),
    ],
  ),
  aws_dynamodb_table_replica: rule(
    ['database_delete'],
    [
      blocked(on('deletion_protection_enabled')),
      otherwise(2, 'one replica; the other regions keep the table'),
    ],
    turnedOff('deletion_protection_enabled', 'protection_disabled'),
  ),
  ...alike(
    ['aws_elasticache_replication_group', 'aws_elasticache_cluster'],
    rule(
      ['database_delete'],
      [
        when(is('engine', 'memcached'), 2, 'memcached is a cache by design: it refills', { classes: [] }),
        when(set('final_snapshot_identifier'), 3, 'a final snapshot is written'),
        when(
          all(set('replication_group_id'), not(set('num_node_groups')), notGroup),
          2,
          'a member of a replication group, which keeps the data',
          { classes: [] },
        ),
        when(
          above('snapshot_retention_limit', 0),
          4,
          'automatic snapshots go with it and no final snapshot is taken',
          { advice: 'set final_snapshot_identifier first' },
        ),
        otherwise(2, 'no snapshots were ever kept: a cache that refills', { classes: [] }),
      ],
      lowered('snapshot_retention_limit', 'backup_retention_reduction', {
        tier: 4,
        why: 'automatic snapshots past the new period go',
        zeroWhy: 'automatic snapshots are turned off and the existing ones go',
      }),
      removed('final_snapshot_identifier', 'protection_disabled'),
      turnedOff('transit_encryption_enabled', 'remove_encryption'),
      turnedOff('at_rest_encryption_enabled', 'remove_encryption'),
    ),
  ),
  ...alike(
    ['aws_elasticache_serverless_cache', 'aws_memorydb_cluster'],
    rule(
      ['database_delete'],
      [
        when(set('final_snapshot_name'), 3, 'a final snapshot is written'),
        otherwise(4, 'a durable store without final snapshot; automatic ones go with it', {
          advice: 'set final_snapshot_name first',
        }),
      ],
      lowered('snapshot_retention_limit', 'backup_retention_reduction', {
        tier: 4,
        why: 'automatic snapshots past the new period go',
        zeroWhy: 'automatic snapshots are turned off and the existing ones go',
      }),
      removed('final_snapshot_name', 'protection_disabled'),
    ),
  ),
  aws_keyspaces_table: rule(
    ['database_delete'],
    [
      when(
        is('point_in_time_recovery.status', 'ENABLED'),
        3,
        'point-in-time recovery covers a deleted table',
      ),
      otherwise(4, 'no point-in-time recovery: rows are gone'),
    ],
    turnedOff('point_in_time_recovery.status', 'backup_retention_reduction', {
      tier: 4,
      why: 'point-in-time recovery goes off: its history is discarded',
    }),
  ),
  aws_keyspaces_keyspace: rule(['database_delete'], [otherwise(4, 'every table in the keyspace goes')]),
  ...alike(
    ['aws_timestreamwrite_table', 'aws_timestreamwrite_database'],
    rule(
      ['database_delete'],
      [otherwise(4, 'Timestream keeps no backup unless AWS Backup does, which is not in evidence')],
      lowered('retention_properties.magnetic_store_retention_period_in_days', 'backup_retention_reduction', {
        tier: 4,
        why: 'records older than the new period are deleted',
      }),
      lowered('retention_properties.memory_store_retention_period_in_hours', 'backup_retention_reduction', {
        tier: 4,
        why: 'late records are refused and older ones leave the memory store',
      }),
      turnedOn('force_delete', 'protection_disabled'),
    ),
  ),
  aws_qldb_ledger: rule(
    ['database_delete'],
    [
      when(offExplicitly('deletion_protection'), 4, 'a ledger has no undelete'),
      blocked(not(offExplicitly('deletion_protection'))),
      otherwise(4, 'a ledger has no undelete'),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
  ),
  ...plain(1, 'database settings, recreated from configuration', [
    'aws_db_parameter_group',
    'aws_rds_cluster_parameter_group',
    'aws_db_option_group',
    'aws_db_subnet_group',
    'aws_db_event_subscription',
    'aws_docdb_cluster_parameter_group',
    'aws_docdb_subnet_group',
    'aws_neptune_parameter_group',
    'aws_neptune_cluster_parameter_group',
    'aws_neptune_subnet_group',
    'aws_elasticache_parameter_group',
    'aws_elasticache_subnet_group',
    'aws_memorydb_parameter_group',
    'aws_memorydb_subnet_group',
    'aws_redshift_parameter_group',
    'aws_redshift_subnet_group',
    'aws_dax_parameter_group',
    'aws_dax_subnet_group',
  ]),
  ...plain(2, 'a cache or proxy in front of the database; nothing stored is lost', [
    'aws_dax_cluster',
    'aws_db_proxy',
    'aws_db_proxy_endpoint',
    'aws_rds_cluster_endpoint',
  ]),
  aws_dynamodb_global_table: rule(
    ['database_delete'],
    [otherwise(4, 'the replicas go; whether a region keeps its copy is not in the plan')],
  ),
};

/** The attribute `replication_group_id` names the group itself on a group and its parent on a member cluster. */
function notGroup(view: Parameters<Watch>[0]): readonly [] | null {
  return view.type === 'aws_elasticache_cluster' ? [] : null;
}

function sharedWithAll(view: Parameters<Watch>[0]): ReturnType<Watch> {
  const has = (fields: Readonly<Record<string, unknown>>): boolean =>
    Array.isArray(fields.shared_accounts) && fields.shared_accounts.includes('all');
  if (has(view.before) || !has(view.after)) return [];
  return [
    {
      tier: 1,
      class: 'expose_data_publicly',
      why: 'the snapshot is shared with every account',
      evidence: [{ path: 'after.shared_accounts', value: 'all' }],
      advice: null,
    },
  ];
}

function fewerReplicas(view: Parameters<Watch>[0]): ReturnType<Watch> {
  const regions = (fields: Readonly<Record<string, unknown>>): number =>
    Array.isArray(fields.replica) ? fields.replica.length : 0;
  const [was, now] = [regions(view.before), regions(view.after)];
  if (now >= was || view.action === 'create') return [];
  return [
    {
      tier: 2,
      class: 'database_delete',
      why: 'a replica table is deleted; the table itself keeps the data',
      evidence: [{ path: 'replica', value: `${was} → ${now}` }],
      advice: null,
    },
  ];
}
