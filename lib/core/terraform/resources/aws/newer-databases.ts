import {
  alike,
  blocked,
  changed,
  lowered,
  on,
  onByDefault,
  otherwise,
  plain,
  type RuleTable,
  rule,
  turnedOff,
  turnedOn,
  when,
} from '../vocabulary.ts';

const UNPROTECTED = turnedOff('deletion_protection', 'protection_disabled');

/** Databases that came later than RDS, global wrappers around clusters, and who may log in to caches. */
export const AWS_NEWER_DATABASES: RuleTable = {
  aws_dsql_cluster: rule(
    ['database_delete'],
    [
      when(on('force_destroy'), 4, 'force_destroy takes the protection off and deletes the cluster'),
      blocked(on('deletion_protection_enabled')),
      otherwise(4, 'no final snapshot: AWS Backup points are apart and not in the plan', {
        advice: 'take an AWS Backup recovery point first',
      }),
    ],
    turnedOff('deletion_protection_enabled', 'protection_disabled'),
    turnedOn('force_destroy', 'protection_disabled'),
    changed('kms_encryption_key', 'encryption_key_change'),
  ),
  aws_docdbelastic_cluster: rule(
    ['database_delete'],
    [otherwise(4, 'elastic clusters take no final snapshot; automated ones go with the cluster')],
    lowered('backup_retention_period', 'backup_retention_reduction', {
      tier: 4,
      why: 'automated snapshots older than the new period go',
    }),
  ),
  aws_neptunegraph_graph: rule(
    ['database_delete'],
    [blocked(onByDefault('deletion_protection')), otherwise(4, 'the provider takes no final snapshot')],
    UNPROTECTED,
    turnedOn('public_connectivity', 'expose_data_publicly', { onCreate: true }),
  ),
  ...alike(
    ['aws_timestreaminfluxdb_db_instance', 'aws_timestreaminfluxdb_db_cluster'],
    rule(
      ['database_delete'],
      [otherwise(4, 'the database and its storage go; there is no snapshot of it')],
      turnedOn('publicly_accessible', 'expose_data_publicly', { onCreate: true }),
    ),
  ),
  aws_rds_shard_group: rule(
    ['database_delete'],
    [otherwise(4, 'the sharded tables go with the shard group')],
    turnedOn('publicly_accessible', 'expose_data_publicly', { onCreate: true }),
  ),
  ...alike(
    ['aws_docdb_global_cluster', 'aws_neptune_global_cluster'],
    rule(
      [],
      [
        blocked(on('deletion_protection')),
        otherwise(2, 'member clusters stay; only the global wrapper goes'),
      ],
      UNPROTECTED,
    ),
  ),
  ...plain(2, 'member clusters stay; only the global wrapper goes', [
    'aws_elasticache_global_replication_group',
    'aws_memorydb_multi_region_cluster',
    'aws_dsql_cluster_peering',
  ]),
  ...alike(
    ['aws_rds_cluster_snapshot_copy', 'aws_kinesisanalyticsv2_application_snapshot'],
    rule(['backup_delete'], [otherwise(4, 'a snapshot cannot be undeleted')]),
  ),
  aws_rds_cluster_activity_stream: rule(
    ['disable_audit_logging'],
    [otherwise(1, 'activity is no longer recorded; the gap cannot be filled later')],
  ),
  ...plain(
    2,
    'made again from configuration, with a new password',
    ['aws_elasticache_user', 'aws_elasticache_user_group', 'aws_memorydb_user', 'aws_memorydb_acl'],
    ['iam_policy_change'],
    changed('access_string', 'iam_policy_change'),
    turnedOn('no_password_required', 'protection_disabled', { onCreate: true }),
  ),
  aws_dynamodb_resource_policy: rule(
    ['iam_policy_change'],
    [otherwise(1, 'the policy text is in configuration')],
    changed('policy', 'iam_policy_change', { onCreate: true }),
  ),
  ...plain(1, 'recreated from configuration; the data stays where it is', [
    'aws_dynamodb_contributor_insights',
    'aws_dynamodb_kinesis_streaming_destination',
    'aws_dynamodb_tag',
    'aws_dynamodb_table_export',
    'aws_rds_export_task',
    'aws_rds_integration',
    'aws_rds_cluster_role_association',
    'aws_db_instance_role_association',
    'aws_db_proxy_target',
    'aws_neptune_cluster_endpoint',
    'aws_timestreamquery_scheduled_query',
    'aws_qldb_stream',
    'aws_opensearch_domain_saml_options',
    'aws_opensearch_package',
    'aws_opensearch_package_association',
    'aws_opensearch_vpc_endpoint',
    'aws_opensearchserverless_vpc_endpoint',
  ]),
};
