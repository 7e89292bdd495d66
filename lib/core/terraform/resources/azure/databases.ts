import {
  alike,
  all,
  any,
  effect,
  type Fields,
  is,
  lowered,
  matches,
  nameTakenAgain,
  otherwise,
  parentDestroyed,
  plain,
  type RuleTable,
  removed,
  rule,
  set,
  switchState,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

const SQL_PARENT = ['server_id', 'managed_instance_id', 'server_name'];

const SQL_TYPES = ['azurerm_mssql_server', 'azurerm_mssql_managed_instance', 'azurerm_sql_server'];

const FLEXIBLE = ['azurerm_postgresql_flexible_server', 'azurerm_mysql_flexible_server'];

const LONG_TERM = any(
  matches('long_term_retention_policy.weekly_retention', /^P(?!T?0)\d/),
  matches('long_term_retention_policy.monthly_retention', /^P(?!T?0)\d/),
  matches('long_term_retention_policy.yearly_retention', /^P(?!T?0)\d/),
);

const replicaOfGone = when(
  parentDestroyed(
    ['source_server_id', 'create_source_id', 'creation_source_server_id', 'creation_source_database_id'],
    [...FLEXIBLE, 'azurerm_mssql_database'],
  ),
  4,
  'a replica whose primary is destroyed in the same plan',
);

const SERVER_RULE = rule(
  ['database_delete'],
  [
    when(all(is('create_mode', 'Replica', 'GeoReplica'), replicaOfGone.when), 4, replicaOfGone.why),
    when(is('create_mode', 'Replica', 'GeoReplica'), 2, 'a read replica; its primary keeps the data'),
    when(
      nameTakenAgain('name'),
      4,
      'a new server takes the same name at once: the dropped one can no longer be restored',
    ),
    otherwise(3, 'a dropped server is kept about 5 days, best effort, whatever backup_retention_days says', {
      advice: 'take a logical dump, or a long-term backup with Azure Backup, first',
    }),
  ],
  lowered('backup_retention_days', 'backup_retention_reduction', { tier: 4, why: 'older restore points go' }),
  turnedOff('geo_redundant_backup_enabled', 'backup_retention_reduction'),
  turnedOn('public_network_access_enabled', 'expose_data_publicly'),
  turnsInto('public_network_access', ['Enabled'], 'expose_data_publicly'),
  turnedOn('authentication.password_auth_enabled', 'protection_disabled'),
  turnedOff('ssl_enforcement_enabled', 'remove_encryption'),
);

/** SQL Server, PostgreSQL and MySQL. */
export const AZURE_DATABASES: RuleTable = {
  ...alike(
    [
      'azurerm_mssql_server',
      'azurerm_mssql_managed_instance',
      'azurerm_sql_server',
      'azurerm_synapse_workspace',
    ],
    rule(
      ['database_delete'],
      [
        otherwise(
          4,
          'the point-in-time backups of its databases go with the server; only long-term backups stay',
          {
            advice: 'delete single databases instead, or set up long-term retention first',
          },
        ),
      ],
      turnedOn('public_network_access_enabled', 'expose_data_publicly'),
      turnedOn('public_data_endpoint_enabled', 'expose_data_publicly'),
      turnsInto('minimum_tls_version', ['1.0', '1.1', 'Disabled'], 'remove_encryption'),
    ),
  ),
  ...alike(
    ['azurerm_mssql_database', 'azurerm_mssql_managed_database', 'azurerm_sql_database'],
    rule(
      ['database_delete'],
      [
        when(
          all(
            set('creation_source_database_id'),
            parentDestroyed(['creation_source_database_id'], ['azurerm_mssql_database']),
          ),
          4,
          'a secondary whose primary is destroyed in the same plan',
        ),
        when(
          all(parentDestroyed(SQL_PARENT, SQL_TYPES), LONG_TERM),
          3,
          'the server goes too, but long-term backups stay',
        ),
        when(
          parentDestroyed(SQL_PARENT, SQL_TYPES),
          4,
          'its server is destroyed too, and point-in-time backups go with it',
        ),
        otherwise(3, 'the server keeps restore points of a deleted database (7 days by default)', {
          advice: 'raise short_term_retention_policy.retention_days, or set long-term retention, first',
        }),
      ],
      lowered('short_term_retention_policy.retention_days', 'backup_retention_reduction', {
        tier: 4,
        why: 'older restore points go',
      }),
      lowered('short_term_retention_days', 'backup_retention_reduction', {
        tier: 4,
        why: 'older restore points go',
      }),
      ...['weekly', 'monthly', 'yearly'].map((span) =>
        removed(`long_term_retention_policy.${span}_retention`, 'backup_retention_reduction'),
      ),
      removed('long_term_retention_policy', 'backup_retention_reduction'),
      turnedOff('transparent_data_encryption_enabled', 'remove_encryption'),
      turnedOff('ledger_enabled', 'protection_disabled'),
      turnedOff('geo_backup_enabled', 'backup_retention_reduction'),
    ),
  ),
  azurerm_mssql_failover_group: rule([], [otherwise(2, 'the databases stay; automatic failover stops')]),
  azurerm_mssql_elasticpool: rule([], [otherwise(2, 'refused while it holds databases')]),
  ...alike(
    [...FLEXIBLE, 'azurerm_postgresql_server', 'azurerm_mysql_server', 'azurerm_mariadb_server'],
    SERVER_RULE,
  ),
  ...alike(
    [
      'azurerm_postgresql_flexible_server_database',
      'azurerm_mysql_flexible_database',
      'azurerm_mysql_flexible_server_database',
      'azurerm_postgresql_database',
      'azurerm_mysql_database',
    ],
    rule(
      ['database_delete'],
      [
        when(
          parentDestroyed(['server_id', 'server_name'], FLEXIBLE),
          4,
          'its server is destroyed in the same plan',
        ),
        otherwise(3, 'point-in-time restore of the server still covers it', {
          advice: 'dump the database first',
        }),
      ],
    ),
  ),
  ...plain(
    1,
    'the rule is in configuration',
    [
      'azurerm_mssql_firewall_rule',
      'azurerm_sql_firewall_rule',
      'azurerm_postgresql_firewall_rule',
      'azurerm_mysql_firewall_rule',
      'azurerm_postgresql_flexible_server_firewall_rule',
      'azurerm_mysql_flexible_server_firewall_rule',
      'azurerm_redis_firewall_rule',
      'azurerm_synapse_firewall_rule',
    ],
    [],
    opensAll,
  ),
  ...plain(
    1,
    'settings, recreated from configuration',
    [
      'azurerm_postgresql_flexible_server_configuration',
      'azurerm_mysql_flexible_server_configuration',
      'azurerm_mssql_virtual_network_rule',
      'azurerm_mssql_server_dns_alias',
      'azurerm_mssql_server_transparent_data_encryption',
    ],
    [],
    serverSetting,
  ),
  ...plain(
    1,
    'who administers the server changes',
    [
      'azurerm_postgresql_flexible_server_active_directory_administrator',
      'azurerm_mysql_flexible_server_active_directory_administrator',
      'azurerm_mssql_managed_instance_active_directory_administrator',
    ],
    ['iam_policy_change'],
  ),
};

/** 0.0.0.0 as start and end admits every service in Azure; a range from 0.0.0.0 on is the internet. */
function opensAll(view: View): ReturnType<ReturnType<typeof turnedOn>> {
  const open = (fields: Fields): boolean =>
    fields.start_ip_address === '0.0.0.0' || fields.end_ip_address === '255.255.255.255';
  if (open(view.before) || !open(view.after)) return [];
  return effect('expose_data_publicly', {}, 'the firewall lets in all of Azure or the whole internet', [
    { path: 'after.start_ip_address', value: view.after.start_ip_address },
    { path: 'after.end_ip_address', value: view.after.end_ip_address },
  ]);
}

/** One setting of a server, by name: what guards the way in, and what is written down. */
function serverSetting(view: View): ReturnType<Watch> {
  const name = String(view.after.name ?? '').toLowerCase();
  const [was, now] = [switchState(view.before.value), switchState(view.after.value)];
  if (view.action !== 'update' || was !== true || now !== false) return [];
  const kind = /secure_transport|ssl|tls/.test(name)
    ? 'remove_encryption'
    : /log|audit/.test(name)
      ? 'disable_audit_logging'
      : null;
  if (kind === null) return [];
  return effect(kind, {}, `${name} is switched off`, [{ path: 'after.value', value: view.after.value }]);
}
