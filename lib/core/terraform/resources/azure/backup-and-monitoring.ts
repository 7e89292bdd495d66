import {
  alike,
  any,
  effect,
  type Fields,
  feature,
  featureAnywhere,
  is,
  lowered,
  not,
  offExplicitly,
  on,
  otherwise,
  parentEverHas,
  parentVisible,
  plain,
  type RuleTable,
  rule,
  textsAt,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

const BACKUP_VAULT = ['recovery_vault_name', 'vault_id'];

const BACKUP_VAULTS = ['azurerm_recovery_services_vault', 'azurerm_data_protection_backup_vault'];

/** Backup vaults, monitoring, and services that are purged at destroy. */
export const AZURE_BACKUP_AND_MONITORING: RuleTable = {
  ...plain(
    1,
    'the guardrail is in configuration',
    [
      'azurerm_policy_assignment',
      'azurerm_resource_policy_assignment',
      'azurerm_resource_group_policy_assignment',
      'azurerm_subscription_policy_assignment',
      'azurerm_management_group_policy_assignment',
      'azurerm_policy_definition',
      'azurerm_policy_set_definition',
      'azurerm_resource_policy_exemption',
      'azurerm_resource_group_policy_exemption',
      'azurerm_subscription_policy_exemption',
      'azurerm_management_group_policy_exemption',
      'azurerm_security_center_subscription_pricing',
      'azurerm_security_center_contact',
      'azurerm_security_center_auto_provisioning',
      'azurerm_security_center_setting',
      'azurerm_security_center_automation',
      'azurerm_advanced_threat_protection',
      'azurerm_sentinel_alert_rule_scheduled',
      'azurerm_sentinel_alert_rule_nrt',
      'azurerm_sentinel_alert_rule_fusion',
      'azurerm_sentinel_automation_rule',
      'azurerm_sentinel_log_analytics_workspace_onboarding',
      'azurerm_sentinel_data_connector_azure_active_directory',
      'azurerm_sentinel_watchlist',
      'azurerm_subscription_template_deployment',
    ],
    ['protection_disabled'],
    turnedOff('enforce', 'protection_disabled'),
    turnedOff('enabled', 'protection_disabled'),
    turnsInto('tier', ['Free'], 'protection_disabled'),
  ),
  ...alike(
    ['azurerm_recovery_services_vault', 'azurerm_data_protection_backup_vault'],
    rule(
      ['delete_backup_vault'],
      [
        when(
          featureAnywhere('recovery_service.purge_protected_items_from_vault_on_destroy', true),
          4,
          'protected items are purged and the vault is deleted',
        ),
        otherwise(2, 'refused while it holds backup items'),
      ],
      turnedOff('soft_delete_enabled', 'protection_disabled'),
      turnsInto('soft_delete', ['Off'], 'protection_disabled', {
        why: 'soft delete of backups is switched off',
      }),
      lowered('retention_duration_in_days', 'backup_retention_reduction'),
      turnsInto('immutability', ['Disabled', 'Unlocked'], 'protection_disabled', {
        why: 'immutability is lowered',
      }),
      turnsInto('storage_mode_type', ['LocallyRedundant', 'ZoneRedundant'], 'backup_retention_reduction'),
      turnsInto('redundancy', ['LocallyRedundant'], 'backup_retention_reduction'),
      turnedOn('public_network_access_enabled', 'expose_data_publicly'),
    ),
  ),
  ...alike(
    [
      'azurerm_backup_protected_vm',
      'azurerm_backup_protected_file_share',
      'azurerm_backup_container_storage_account',
      'azurerm_data_protection_backup_instance_blob_storage',
      'azurerm_data_protection_backup_instance_disk',
      'azurerm_data_protection_backup_instance_postgresql',
      'azurerm_data_protection_backup_instance_postgresql_flexible_server',
      'azurerm_data_protection_backup_instance_mysql_flexible_server',
      'azurerm_data_protection_backup_instance_kubernetes_cluster',
    ],
    rule(
      ['backup_delete'],
      [
        when(
          any(
            feature('recovery_service.vm_backup_stop_protection_and_retain_data_on_destroy', true),
            feature('recovery_service.vm_backup_suspend_protection_and_retain_data_on_destroy', true),
          ),
          1,
          'protection stops, but the recovery points are kept',
          { classes: ['backup_retention_reduction'] },
        ),
        when(
          featureAnywhere('recovery_service.purge_protected_items_from_vault_on_destroy', true),
          4,
          'the recovery points are purged',
        ),
        when(vaultWithoutSoftDelete, 4, 'soft delete of the vault is off: recovery points are gone'),
        when(vaultWithSoftDelete, 3, 'soft delete keeps the recovery points for 14 days or more'),
        otherwise(3, 'soft delete of a recovery vault is on by default: 14 days', {
          advice: 'stop protection and retain the data instead',
        }),
      ],
      turnsInto('protection_state', ['ProtectionStopped', 'BackupsSuspended'], 'backup_retention_reduction'),
    ),
  ),
  ...plain(
    1,
    'existing recovery points stay; the policy is in configuration',
    [
      'azurerm_backup_policy_vm',
      'azurerm_backup_policy_file_share',
      'azurerm_backup_policy_vm_workload',
      'azurerm_data_protection_backup_policy_blob_storage',
      'azurerm_data_protection_backup_policy_disk',
      'azurerm_data_protection_backup_policy_postgresql',
      'azurerm_data_protection_backup_policy_postgresql_flexible_server',
      'azurerm_data_protection_backup_policy_mysql_flexible_server',
      'azurerm_data_protection_backup_policy_kubernetes_cluster',
    ],
    ['backup_retention_reduction'],
    ...['daily', 'weekly', 'monthly', 'yearly'].map((span) =>
      lowered(`retention_${span}.count`, 'backup_retention_reduction', {
        tier: 4,
        why: 'fewer recovery points are kept: existing ones past the new count are pruned',
      }),
    ),
    lowered('instant_restore_retention_days', 'backup_retention_reduction'),
    shorterDuration,
  ),
  ...plain(
    1,
    'what is recorded stays; the gap cannot be filled later',
    [
      'azurerm_monitor_diagnostic_setting',
      'azurerm_monitor_aad_diagnostic_setting',
      'azurerm_mssql_server_extended_auditing_policy',
      'azurerm_mssql_database_extended_auditing_policy',
      'azurerm_mssql_server_security_alert_policy',
      'azurerm_mssql_server_microsoft_support_auditing_policy',
      'azurerm_network_watcher_flow_log',
      'azurerm_monitor_log_profile',
      'azurerm_monitor_data_collection_rule',
      'azurerm_monitor_data_collection_rule_association',
      'azurerm_log_analytics_data_export_rule',
    ],
    ['disable_audit_logging'],
    turnedOff('enabled', 'disable_audit_logging'),
    turnedOff('log_monitoring_enabled', 'disable_audit_logging'),
    lowered('retention_in_days', 'disable_audit_logging', { zeroIsForever: true }),
    lowered('retention_policy.days', 'disable_audit_logging'),
    fewerLogs,
  ),
  azurerm_log_analytics_workspace: rule(
    ['storage_delete', 'disable_audit_logging'],
    [
      when(
        featureAnywhere('log_analytics_workspace.permanently_delete_on_destroy', true),
        4,
        'deleted permanently: no soft delete',
      ),
      otherwise(3, 'soft delete keeps the workspace for 14 days'),
    ],
    lowered('retention_in_days', 'disable_audit_logging', {
      tier: 3,
      why: 'older log records are removed after 30 days',
    }),
    lowered('retention_in_days', 'backup_retention_reduction', {
      tier: 3,
      why: 'older log records are removed after 30 days',
    }),
    turnsInto('internet_ingestion_enabled', ['true'], 'expose_data_publicly'),
    turnsInto('internet_query_enabled', ['true'], 'expose_data_publicly'),
  ),
  azurerm_application_insights: rule(
    ['storage_delete'],
    [otherwise(2, 'workspace-based telemetry stays in its workspace')],
    lowered('retention_in_days', 'disable_audit_logging', {
      tier: 3,
      why: 'older telemetry is removed after a grace of some days',
    }),
  ),
  ...plain(
    1,
    'recreated from configuration',
    [
      'azurerm_monitor_metric_alert',
      'azurerm_monitor_action_group',
      'azurerm_monitor_activity_log_alert',
      'azurerm_monitor_scheduled_query_rules_alert',
      'azurerm_monitor_scheduled_query_rules_alert_v2',
      'azurerm_portal_dashboard',
      'azurerm_log_analytics_solution',
      'azurerm_log_analytics_saved_search',
      'azurerm_log_analytics_linked_service',
      'azurerm_consumption_budget_resource_group',
      'azurerm_resource_provider_registration',
      'azurerm_maintenance_configuration',
      'azurerm_automation_schedule',
      'azurerm_automation_job_schedule',
    ],
    [],
    turnedOff('enabled', 'disable_audit_logging'),
  ),
  azurerm_automation_account: rule(
    [],
    [otherwise(2, 'runbooks come from configuration; job history is lost')],
  ),
  ...purgedService('azurerm_api_management', 'api_management.purge_soft_delete_on_destroy'),
  ...purgedService('azurerm_app_configuration', 'app_configuration.purge_soft_delete_on_destroy'),
  ...purgedService('azurerm_cognitive_account', 'cognitive_account.purge_soft_delete_on_destroy'),
  ...purgedService('azurerm_ai_services', 'cognitive_account.purge_soft_delete_on_destroy'),
  ...purgedService(
    'azurerm_machine_learning_workspace',
    'machine_learning.purge_soft_deleted_workspace_on_destroy',
    false,
  ),
};

/** Services with soft delete that azurerm purges at destroy (by default, or when the feature says so). */
function purgedService(type: string, path: string, byDefault = true): RuleTable {
  const kept = 3;
  return {
    [type]: rule(
      [],
      [
        when(
          on('purge_protection_enabled'),
          kept,
          'purge protection keeps the deleted service for its retention',
        ),
        byDefault
          ? when(feature(path, false), kept, 'purging is switched off: the deleted service can be restored')
          : when(not(featureAnywhere(path, true)), kept, 'the deleted service can be restored for 14 days'),
        otherwise(4, 'the provider purges the soft-deleted service: what is not in configuration is lost', {
          advice: `set features.${path} = false`,
        }),
      ],
      turnedOn('public_network_access_enabled', 'expose_data_publicly'),
      turnsInto('public_network_access', ['Enabled'], 'expose_data_publicly'),
      turnedOn('local_auth_enabled', 'protection_disabled'),
    ),
  };
}

function vaultWithoutSoftDelete(view: View): ReturnType<ReturnType<typeof on>> {
  return parentEverHas(
    BACKUP_VAULT,
    BACKUP_VAULTS,
    any(offExplicitly('soft_delete_enabled'), is('soft_delete', 'Off')),
  )(view);
}

function vaultWithSoftDelete(view: View): ReturnType<ReturnType<typeof on>> {
  return parentVisible(BACKUP_VAULT, BACKUP_VAULTS)(view);
}

/** ISO 8601 durations in days (`P7D`, `P1M`): shorter ones prune. */
function shorterDuration(view: View): ReturnType<Watch> {
  const paths = [
    'default_retention_duration',
    'operational_default_retention_duration',
    'vault_default_retention_duration',
    'retention_duration',
  ];
  for (const path of paths) {
    const [was, now] = [daysOf(textsAt(view.before, path)[0]), daysOf(textsAt(view.after, path)[0])];
    if (was !== null && now !== null && now < was) {
      return effect(
        'backup_retention_reduction',
        { tier: 4 },
        'recovery points past the new duration are pruned',
        [{ path, value: `${was} → ${now} days` }],
      );
    }
  }
  return [];
}

function daysOf(duration: string | undefined): number | null {
  const match = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?/.exec(duration ?? '');
  if (match === null || match[0] === 'P') return null;
  const [years, months, weeks, days] = match.slice(1).map((part) => Number(part ?? 0));
  return (years ?? 0) * 365 + (months ?? 0) * 30 + (weeks ?? 0) * 7 + (days ?? 0);
}

function fewerLogs(view: View): ReturnType<Watch> {
  const count = (fields: Fields): number =>
    ['enabled_log', 'log'].reduce((sum, key) => {
      const list: readonly unknown[] = Array.isArray(fields[key]) ? fields[key] : [];
      return (
        sum +
        list.filter(
          (item) =>
            typeof item === 'object' && item !== null && !('enabled' in item && item.enabled === false),
        ).length
      );
    }, 0);
  if (view.action === 'create' || count(view.after) >= count(view.before)) return [];
  return effect('disable_audit_logging', {}, 'fewer log categories are recorded', [
    { path: 'enabled_log', value: `${count(view.before)} → ${count(view.after)}` },
  ]);
}
