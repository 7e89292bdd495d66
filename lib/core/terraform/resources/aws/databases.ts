import {
  above,
  alike,
  all,
  any,
  blocked,
  changed,
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
    tier: 4,
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

const finalSnapshot = when(
  all(offExplicitly('skip_final_snapshot'), set('final_snapshot_identifier')),
  3,
  'a final snapshot is written and outlives the database',
);

const unnamedSnapshot = when(
  all(not(on('skip_final_snapshot')), not(set('final_snapshot_identifier'))),
  5,
  'skip_final_snapshot is off, as by default, but final_snapshot_identifier is missing: the provider fails at the delete, the apply stops half-way',
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

/** RDS, Aurora, DocumentDB, Neptune and Redshift. */
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
      tier: 4,
      why: 'automated snapshots older than the new period go',
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
  aws_db_instance_automated_backups_replication: rule(
    ['backup_delete'],
    [otherwise(4, 'the replicated backups in the other region are deleted')],
    lowered('retention_period', 'backup_retention_reduction', { tier: 4 }),
  ),
};

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
