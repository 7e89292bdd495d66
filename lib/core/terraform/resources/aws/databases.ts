import {
  above,
  alike,
  all,
  any,
  blocked,
  changed,
  is,
  lowered,
  not,
  off,
  offExplicitly,
  on,
  otherwise,
  parentDestroyed,
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

const SNAPSHOT_ADVICE =
  'set skip_final_snapshot = false and final_snapshot_identifier, apply that, then delete';
const RDS_TYPES = ['aws_db_instance', 'aws_rds_cluster'] as const;

/** RDS, Aurora, DocumentDB and Neptune: a final snapshot outlives the database, automated backups by default do not. */
const RDS_WATCH: readonly Watch[] = [
  lowered('backup_retention_period', 'backup_retention_reduction', {
    zeroTier: 4,
    zeroWhy: 'automated backups are turned off and the existing ones are discarded; live data stays',
    why: 'backups are kept for a shorter time: older restore points go',
    advice: 'take a manual snapshot before lowering backup_retention_period',
  }),
  turnedOff('deletion_protection', 'protection_disabled', { advice: 'leave deletion_protection on' }),
  turnedOn('skip_final_snapshot', 'protection_disabled', { advice: SNAPSHOT_ADVICE }),
  removed('final_snapshot_identifier', 'protection_disabled', { advice: SNAPSHOT_ADVICE }),
  turnedOn('delete_automated_backups', 'protection_disabled'),
  turnedOn('publicly_accessible', 'expose_data_publicly', { onCreate: true }),
  turnedOff('storage_encrypted', 'remove_encryption'),
  changed('kms_key_id', 'encryption_key_change'),
  majorUpgrade,
];

/** A major engine version has no in-place way back: only a snapshot from before leads back. */
function majorUpgrade(view: Parameters<Watch>[0]): ReturnType<Watch> {
  const [was, now] = [major(view.before.engine_version), major(view.after.engine_version)];
  if (view.action !== 'update' || was === null || now === null || was === now) return [];
  return [
    {
      tier: 3,
      class: null,
      why: `major engine version ${was} → ${now}: the way back is a snapshot from before the upgrade`,
      evidence: [
        { path: 'engine_version', value: view.before.engine_version },
        { path: 'after.engine_version', value: view.after.engine_version },
      ],
      advice: 'take a manual snapshot before a major upgrade',
    },
  ];
}

function major(version: unknown): string | null {
  return typeof version === 'string' ? (/^\d+/.exec(version)?.[0] ?? null) : null;
}

const finalSnapshot = when(
  all(offExplicitly('skip_final_snapshot'), set('final_snapshot_identifier')),
  3,
  'a final snapshot is written and outlives the database',
);
const unnamedSnapshot = when(
  all(offExplicitly('skip_final_snapshot'), not(set('final_snapshot_identifier'))),
  5,
  'skip_final_snapshot is false but final_snapshot_identifier is missing: the provider fails at the delete, the apply stops half-way',
  { advice: 'set final_snapshot_identifier and apply it before deleting' },
);
const unstatedSnapshot = when(
  all(not(on('skip_final_snapshot')), set('final_snapshot_identifier')),
  3,
  'a final snapshot is written (skip_final_snapshot defaults to false)',
);
const retained = when(
  all(offExplicitly('delete_automated_backups'), above('backup_retention_period', 0)),
  3,
  'automated backups are kept after the delete, for their retention period only',
  { advice: SNAPSHOT_ADVICE },
);

export const AWS_DATABASES: RuleTable = {
  ...alike(
    ['aws_db_instance', 'aws_lightsail_database'],
    rule(
      ['database_delete'],
      [
        blocked(on('deletion_protection')),
        when(
          all(set('replicate_source_db'), parentDestroyed(['replicate_source_db'], RDS_TYPES)),
          4,
          'a replica whose primary is destroyed in the same plan: it is the last copy',
        ),
        finalSnapshot,
        when(set('replicate_source_db'), 2, 'a read replica; its primary keeps the data'),
        unnamedSnapshot,
        unstatedSnapshot,
        retained,
        otherwise(4, 'no final snapshot, and automated backups go with the database', {
          advice: SNAPSHOT_ADVICE,
        }),
      ],
      ...RDS_WATCH,
    ),
  ),
  aws_rds_cluster: rule(
    ['database_delete'],
    [
      blocked(on('deletion_protection')),
      when(
        all(
          set('replication_source_identifier'),
          parentDestroyed(['replication_source_identifier'], RDS_TYPES),
        ),
        4,
        'a replica cluster whose primary is destroyed in the same plan',
      ),
      finalSnapshot,
      when(set('replication_source_identifier'), 2, 'a replica cluster; its primary keeps the data'),
      unnamedSnapshot,
      unstatedSnapshot,
      retained,
      otherwise(4, 'no final snapshot, and automated backups go with the cluster', {
        advice: SNAPSHOT_ADVICE,
      }),
    ],
    ...RDS_WATCH,
    removed('global_cluster_identifier', 'protection_disabled', {
      why: 'the cluster is detached from its global database',
    }),
  ),
  ...plain(
    2,
    'an instance holds no data; the cluster volume does',
    ['aws_rds_cluster_instance', 'aws_docdb_cluster_instance', 'aws_neptune_cluster_instance'],
    [],
    turnedOn('publicly_accessible', 'expose_data_publicly', { onCreate: true }),
  ),
  aws_rds_global_cluster: rule(
    [],
    [blocked(on('deletion_protection')), otherwise(2, 'member clusters stay; only the global wrapper goes')],
    turnedOff('deletion_protection', 'protection_disabled'),
  ),
  ...alike(
    ['aws_docdb_cluster', 'aws_neptune_cluster'],
    rule(
      ['database_delete'],
      [
        blocked(on('deletion_protection')),
        when(
          all(
            any(set('replication_source_identifier')),
            parentDestroyed(['replication_source_identifier'], ['aws_docdb_cluster', 'aws_neptune_cluster']),
          ),
          4,
          'a replica whose primary is destroyed in the same plan',
        ),
        when(
          all(off('skip_final_snapshot'), set('final_snapshot_identifier')),
          3,
          'a final snapshot is written and outlives the cluster',
        ),
        otherwise(4, 'no final snapshot; automatic ones go with the cluster', { advice: SNAPSHOT_ADVICE }),
      ],
      ...RDS_WATCH,
    ),
  ),
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
  aws_redshift_cluster: rule(
    ['database_delete'],
    [
      when(
        all(off('skip_final_snapshot'), set('final_snapshot_identifier')),
        3,
        'a final snapshot is written and outlives the cluster',
      ),
      otherwise(4, 'automated snapshots are removed with the cluster; no final snapshot', {
        advice: SNAPSHOT_ADVICE,
      }),
    ],
    lowered('automated_snapshot_retention_period', 'backup_retention_reduction', {
      zeroTier: 4,
      zeroWhy: 'automated snapshots are turned off and the existing ones go',
    }),
    turnedOn('publicly_accessible', 'expose_data_publicly', { onCreate: true }),
    turnedOff('encrypted', 'remove_encryption'),
    turnedOn('skip_final_snapshot', 'protection_disabled'),
    changed('kms_key_id', 'encryption_key_change'),
  ),
  aws_redshiftserverless_namespace: rule(
    ['database_delete'],
    [
      when(set('final_snapshot_name'), 3, 'a final snapshot is written'),
      otherwise(4, 'no final_snapshot_name: nothing is kept', { advice: 'set final_snapshot_name first' }),
    ],
    removed('final_snapshot_name', 'protection_disabled'),
  ),
  aws_redshiftserverless_workgroup: rule(
    [],
    [otherwise(2, 'compute only; the namespace keeps the data')],
    turnedOn('publicly_accessible', 'expose_data_publicly', { onCreate: true }),
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
    lowered('point_in_time_recovery.recovery_period_in_days', 'backup_retention_reduction'),
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
        zeroTier: 4,
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
        zeroTier: 4,
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
  aws_db_instance_automated_backups_replication: rule(
    ['backup_delete'],
    [otherwise(4, 'the replicated backups in the other region are deleted')],
    lowered('retention_period', 'backup_retention_reduction'),
  ),
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
