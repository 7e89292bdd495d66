import {
  added,
  alike,
  any,
  is,
  lowered,
  on,
  opensTo,
  otherwise,
  parentHas,
  plain,
  type RuleTable,
  rule,
  turnedOff,
  turnedOn,
  turnsInto,
  when,
} from '../vocabulary.ts';

const COSMOS = ['azurerm_cosmosdb_account'];

/** Cosmos DB, caches, search and analytics. */
export const AZURE_COSMOS_AND_SEARCH: RuleTable = {
  azurerm_cosmosdb_account: rule(
    ['database_delete'],
    [
      when(
        is('backup.type', 'Continuous'),
        3,
        'continuous backup: the deleted account is restorable for 7 or 30 days',
      ),
      otherwise(4, 'periodic backups of a deleted account are only with support, for hours', {
        advice: 'migrate backup.type to Continuous first',
      }),
    ],
    turnsInto('backup.type', ['Periodic'], 'backup_retention_reduction', { tier: 4 }),
    turnsInto('backup.tier', ['Continuous7Days'], 'backup_retention_reduction', {
      tier: 4,
      why: 'restore points older than 7 days go',
    }),
    lowered('backup.retention_in_hours', 'backup_retention_reduction', { tier: 4 }),
    turnedOn('public_network_access_enabled', 'expose_data_publicly'),
    turnedOff('is_virtual_network_filter_enabled', 'expose_data_publicly'),
    turnedOff('local_authentication_disabled', 'protection_disabled', { why: 'account keys work again' }),
    opensTo(['ip_range_filter'], 'expose_data_publicly'),
  ),
  ...alike(
    [
      'azurerm_cosmosdb_sql_database',
      'azurerm_cosmosdb_sql_container',
      'azurerm_cosmosdb_mongo_database',
      'azurerm_cosmosdb_mongo_collection',
      'azurerm_cosmosdb_cassandra_keyspace',
      'azurerm_cosmosdb_cassandra_table',
      'azurerm_cosmosdb_gremlin_database',
      'azurerm_cosmosdb_gremlin_graph',
      'azurerm_cosmosdb_table',
    ],
    rule(
      ['database_delete'],
      [
        when(
          parentHas(['account_name', 'account_id'], COSMOS, is('backup.type', 'Continuous')),
          3,
          'continuous backup of the account covers it',
        ),
        otherwise(4, 'the account has no continuous backup in evidence'),
      ],
      added('default_ttl', 'backup_retention_reduction', {
        tier: 4,
        why: 'items past the time to live are deleted',
      }),
      lowered('default_ttl', 'backup_retention_reduction', {
        tier: 4,
        zeroIsForever: true,
        why: 'items past the time to live are deleted',
      }),
    ),
  ),
  ...plain(
    1,
    'the grant is in configuration',
    ['azurerm_cosmosdb_sql_role_assignment', 'azurerm_cosmosdb_sql_role_definition'],
    ['iam_policy_change'],
  ),
  ...alike(
    [
      'azurerm_redis_cache',
      'azurerm_redis_enterprise_cluster',
      'azurerm_redis_enterprise_database',
      'azurerm_managed_redis',
    ],
    rule(
      ['database_delete'],
      [
        when(
          any(on('redis_configuration.rdb_backup_enabled'), on('redis_configuration.aof_backup_enabled')),
          4,
          'it persists its data, which goes with the cache',
          { advice: 'export the cache first' },
        ),
        otherwise(2, 'a cache without persistence: it refills', { classes: [] }),
      ],
      turnedOn('non_ssl_port_enabled', 'remove_encryption'),
      turnedOn('enable_non_ssl_port', 'remove_encryption'),
      turnedOn('public_network_access_enabled', 'expose_data_publicly'),
      turnedOff('redis_configuration.rdb_backup_enabled', 'backup_retention_reduction'),
    ),
  ),
  ...alike(
    [
      'azurerm_search_service',
      'azurerm_kusto_cluster',
      'azurerm_kusto_database',
      'azurerm_synapse_sql_pool',
      'azurerm_data_explorer_cluster',
    ],
    rule(
      ['database_delete'],
      [otherwise(4, 'indexes and tables cannot be restored; load them again from their source')],
      turnedOn('public_network_access_enabled', 'expose_data_publicly'),
      turnedOn('local_authentication_enabled', 'protection_disabled'),
    ),
  ),
  ...plain(
    2,
    'definitions only; the data lies elsewhere',
    [
      'azurerm_data_factory',
      'azurerm_data_factory_pipeline',
      'azurerm_stream_analytics_job',
      'azurerm_synapse_spark_pool',
    ],
    [],
    turnedOn('public_network_enabled', 'expose_data_publicly'),
  ),
};
