import {
  alike,
  blocked,
  lowered,
  on,
  otherwise,
  plain,
  type RuleTable,
  rule,
  turnedOff,
  type Watch,
  when,
} from '../vocabulary.ts';

/** Topics and queues, wherever the brokers run. */
export const STREAMS: RuleTable = {
  ...alike(
    [
      'confluent_kafka_topic',
      'kafka_topic',
      'aiven_kafka_topic',
      'rabbitmq_queue',
      'confluent_kafka_mirror_topic',
    ],
    rule(
      ['storage_delete'],
      [
        blocked(on('termination_protection'), 'termination protection'),
        otherwise(4, 'its records go for good'),
      ],
      lowered('config.retention.ms', 'backup_retention_reduction', { tier: 4 }),
      turnedOff('termination_protection', 'protection_disabled'),
      shorterTopic,
    ),
  ),
  rabbitmq_vhost: rule(['storage_delete'], [otherwise(4, 'its queues and their messages go')]),
  ...alike(
    ['confluent_kafka_cluster', 'confluent_ksql_cluster', 'confluent_schema_registry_cluster'],
    rule(['database_delete'], [otherwise(4, 'topics, schemas and settings in it go for good')]),
  ),
  confluent_environment: rule(
    ['account_delete'],
    [otherwise(4, 'every cluster in the environment goes with it')],
  ),
  confluent_schema: rule(
    [],
    [
      when(on('hard_delete'), 4, 'hard_delete: the schema goes for good, and records cannot be read'),
      otherwise(2, 'a soft delete: registered again from configuration'),
    ],
  ),
  ...plain(
    2,
    'what uses it needs another',
    ['confluent_service_account', 'confluent_api_key'],
    ['iam_policy_change'],
  ),
};

/** Kafka topics keep their settings in a map with dots in its keys, which no attribute path can name. */
function shorterTopic(view: Parameters<Watch>[0]): ReturnType<Watch> {
  const [was, now] = [retention(view.before.config), retention(view.after.config)];
  if (view.action !== 'update' || was === null || now === null || now < 0) return [];
  if (was >= 0 && now >= was) return [];
  return [
    {
      tier: 4,
      class: 'backup_retention_reduction',
      why: 'records older than the new period are deleted',
      evidence: [{ path: 'config.retention.ms', value: `${was} → ${now}` }],
      advice: null,
    },
  ];
}

function retention(config: unknown): number | null {
  if (typeof config !== 'object' || config === null) return null;
  const value = Object.entries(config).find(([key]) => key === 'retention.ms')?.[1];
  const read = Number(value);
  return value === undefined || value === null || value === '' || Number.isNaN(read) ? null : read;
}
