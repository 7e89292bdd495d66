import {
  admits,
  alike,
  changed,
  lowered,
  on,
  otherwise,
  plain,
  type RuleTable,
  removed,
  rule,
  scaledDown,
  turnedOff,
  turnedOn,
  when,
} from '../vocabulary.ts';

/** Queues, streams, brokers and search. */
export const AWS_MESSAGING: RuleTable = {
  aws_kinesis_stream: rule(
    ['storage_delete'],
    [otherwise(4, 'unread records are lost')],
    lowered('retention_period', 'backup_retention_reduction', {
      tier: 4,
      why: 'records older than the new period are deleted',
    }),
    turnedOff('encryption_type', 'remove_encryption'),
    removed('kms_key_id', 'remove_encryption'),
    turnedOn('enforce_consumer_deletion', 'protection_disabled'),
  ),
  aws_kinesis_video_stream: rule(
    ['storage_delete'],
    [otherwise(4, 'recorded media are deleted')],
    lowered('data_retention_in_hours', 'backup_retention_reduction', { tier: 4 }),
  ),
  aws_kinesis_firehose_delivery_stream: rule(
    [],
    [otherwise(2, 'records in flight are lost; rebuilt from configuration')],
    turnedOff('server_side_encryption.enabled', 'remove_encryption'),
  ),
  aws_sqs_queue: rule(
    ['storage_delete'],
    [otherwise(4, 'queued messages are lost', { advice: 'drain the queue first' })],
    lowered('message_retention_seconds', 'backup_retention_reduction', {
      tier: 4,
      why: 'messages older than the new period are deleted',
    }),
    removed('kms_master_key_id', 'remove_encryption'),
    turnedOff('sqs_managed_sse_enabled', 'remove_encryption'),
    admits('policy', 'expose_data_publicly'),
    changed('policy', 'iam_policy_change'),
  ),
  ...plain(1, 'recreated from configuration', [
    'aws_sqs_queue_redrive_policy',
    'aws_sqs_queue_redrive_allow_policy',
    'aws_kinesis_stream_consumer',
    'aws_msk_scram_secret_association',
    'aws_msk_configuration',
    'aws_mq_configuration',
  ]),
  aws_sns_topic: rule(
    [],
    [otherwise(2, 'subscriptions must be confirmed again')],
    admits('policy', 'expose_data_publicly'),
    changed('policy', 'iam_policy_change'),
    removed('kms_master_key_id', 'remove_encryption'),
  ),
  ...alike(
    ['aws_msk_cluster', 'aws_msk_serverless_cluster'],
    rule(
      ['storage_delete'],
      [otherwise(4, 'topics and their records are lost')],
      scaledDown('number_of_broker_nodes'),
      turnedOn('client_authentication.unauthenticated', 'expose_data_publicly'),
    ),
  ),
  aws_mq_broker: rule(
    ['storage_delete'],
    [otherwise(4, 'queued messages are lost')],
    turnedOn('publicly_accessible', 'expose_data_publicly', { onCreate: true }),
    turnedOff('logs.audit', 'disable_audit_logging'),
  ),
  ...alike(
    ['aws_opensearch_domain', 'aws_elasticsearch_domain'],
    rule(
      ['database_delete'],
      [
        otherwise(4, 'automated snapshots go with the domain', {
          advice: 'take a manual snapshot to S3 first',
        }),
      ],
      admits('access_policies', 'expose_data_publicly'),
      changed('access_policies', 'iam_policy_change'),
      turnedOff('encrypt_at_rest.enabled', 'remove_encryption'),
      turnedOff('node_to_node_encryption.enabled', 'remove_encryption'),
      turnedOff('domain_endpoint_options.enforce_https', 'remove_encryption'),
      turnedOff('advanced_security_options.enabled', 'protection_disabled'),
      scaledDown('cluster_config.instance_count'),
    ),
  ),
  aws_opensearchserverless_collection: rule(
    ['database_delete'],
    [otherwise(4, 'indexes are deleted; there is no snapshot')],
  ),
  ...plain(
    1,
    'the policy text is in configuration',
    [
      'aws_opensearchserverless_access_policy',
      'aws_opensearchserverless_security_policy',
      'aws_opensearchserverless_lifecycle_policy',
    ],
    ['iam_policy_change'],
    changed('policy', 'iam_policy_change', { onCreate: true }),
  ),
  aws_cloudsearch_domain: rule(
    ['database_delete'],
    [
      when(on('index_field'), 4, 'the index is deleted'),
      otherwise(4, 'the index is deleted; feed it again from its source'),
    ],
  ),
  ...plain(2, 'sending stops; identity or reputation must be set up again', [
    'aws_ses_domain_identity',
    'aws_sesv2_email_identity',
    'aws_ses_configuration_set',
    'aws_sesv2_configuration_set',
  ]),
  aws_appconfig_application: rule([], [otherwise(2, 'rebuilt from configuration')]),
};
