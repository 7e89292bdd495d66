import {
  effect,
  type Fields,
  feature,
  featureAnywhere,
  lowered,
  not,
  on,
  otherwise,
  plain,
  type RuleTable,
  rule,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

/** Guardrails, what is recorded, and services that are purged at destroy. */
export const AZURE_MONITORING: RuleTable = {
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
