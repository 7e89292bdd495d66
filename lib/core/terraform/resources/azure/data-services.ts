import {
  alike,
  changed,
  on,
  otherwise,
  plain,
  type RuleTable,
  rule,
  turnedOff,
  turnedOn,
  turnsInto,
  when,
} from '../vocabulary.ts';

const OPENED = turnedOn('public_network_access_enabled', 'expose_data_publicly');

/** Services that hold data besides storage and the big databases, and templates that the plan does not open. */
export const AZURE_DATA_SERVICES: RuleTable = {
  ...alike(
    ['azurerm_cosmosdb_postgresql_cluster', 'azurerm_mongo_cluster', 'azurerm_oracle_autonomous_database'],
    rule(
      ['database_delete'],
      [otherwise(4, 'backups of a deleted cluster are restored by support only, if at all')],
      OPENED,
      turnsInto('public_network_access', ['Enabled'], 'expose_data_publicly'),
    ),
  ),
  azurerm_elastic_cloud_elasticsearch: rule(
    ['database_delete'],
    [otherwise(4, 'the deployment and its snapshots go')],
  ),
  ...alike(
    [
      'azurerm_healthcare_service',
      'azurerm_healthcare_fhir_service',
      'azurerm_healthcare_workspace',
      'azurerm_digital_twins_instance',
      'azurerm_confidential_ledger',
      'azurerm_purview_account',
      'azurerm_data_lake_store',
      'azurerm_monitor_workspace',
      'azurerm_media_services_account',
    ],
    rule(['database_delete', 'storage_delete'], [otherwise(4, 'what it holds goes with it')], OPENED),
  ),
  azurerm_hdinsight_hadoop_cluster: rule(
    ['cluster_delete'],
    [otherwise(2, 'data is in the storage account; what is on local disks goes')],
  ),
  azurerm_elastic_san_volume: rule(
    ['storage_delete'],
    [otherwise(4, 'the blocks are gone; snapshots go with the volume')],
  ),
  azurerm_iothub: rule(
    ['account_delete'],
    [otherwise(4, 'device identities and twins go, also those made elsewhere')],
    OPENED,
  ),
  azurerm_iothub_dps: rule(
    ['account_delete'],
    [otherwise(4, 'enrolments go, also those made elsewhere')],
    OPENED,
  ),
  azurerm_communication_service: rule(['account_delete'], [otherwise(4, 'identities and phone numbers go')]),
  azurerm_dev_test_lab: rule(['storage_delete'], [otherwise(4, 'its machines and their disks go')]),
  azurerm_stack_hci_cluster: rule(
    ['cluster_delete'],
    [otherwise(2, 'only the registration in Azure goes; the machines stay')],
  ),
  azurerm_arc_kubernetes_cluster: rule(
    ['cluster_delete'],
    [otherwise(2, 'only the registration in Azure goes; the cluster stays')],
  ),
  azurerm_dedicated_hardware_security_module: rule(
    ['encryption_key_change'],
    [otherwise(4, 'the module and the keys in it are given back')],
  ),
  azurerm_storage_encryption_scope: rule(
    ['encryption_key_change'],
    [otherwise(1, 'only disabled: what is encrypted with it cannot be read meanwhile')],
    changed('key_vault_key_id', 'encryption_key_change'),
    turnsInto('source', ['Microsoft.Storage'], 'remove_encryption'),
  ),
  azurerm_postgresql_flexible_server_backup: rule(
    ['backup_delete'],
    [otherwise(4, 'an on-demand backup cannot be undeleted')],
  ),
  azurerm_site_recovery_replicated_vm: rule(
    ['backup_delete'],
    [otherwise(4, 'replication stops, and the recovery points in the other region go')],
  ),
  azurerm_site_recovery_fabric: rule(
    ['backup_retention_reduction'],
    [otherwise(2, 'refused while machines are replicated')],
  ),
  azurerm_data_protection_resource_guard: rule(
    ['protection_disabled'],
    [otherwise(1, 'dangerous operations on vaults need no second authorisation any more')],
  ),
  azurerm_eventhub_namespace_disaster_recovery_config: rule(
    ['backup_retention_reduction'],
    [otherwise(1, 'the pairing is broken; both namespaces stay')],
  ),
  azurerm_mssql_virtual_machine: rule(
    [],
    [otherwise(1, 'the SQL extension leaves; the machine and its disks stay')],
    turnedOff('auto_backup', 'backup_retention_reduction'),
  ),
  ...alike(
    ['azurerm_resource_group_template_deployment', 'azurerm_management_group_template_deployment'],
    rule(
      [],
      [
        otherwise(5, 'the provider deletes what the template made, which the plan does not show', {
          advice: 'set the feature template_deployment.delete_nested_items_during_deletion to false',
        }),
      ],
      changed('template_content', null, {
        tier: 5,
        why: 'another template: what it replaces does not show here',
      }),
      changed('parameters_content', null, {
        tier: 5,
        why: 'other parameters: what they replace does not show here',
      }),
      turnsInto('deployment_mode', ['Complete'], 'protection_disabled', {
        tier: 5,
        why: 'a complete deployment deletes what is not in the template',
      }),
    ),
  ),
  azurerm_app_configuration_key: rule(
    ['secret_delete'],
    [when(on('locked'), 2, 'locked: refused'), otherwise(2, 'the value is in state')],
  ),
  ...alike(
    [
      'azurerm_automation_variable_string',
      'azurerm_automation_variable_int',
      'azurerm_automation_variable_bool',
    ],
    rule([], [otherwise(2, 'the value is in state')], turnedOff('encrypted', 'remove_encryption')),
  ),
  azurerm_app_service_certificate: rule(
    ['secret_delete'],
    [otherwise(2, 'uploaded again, if its file is at hand')],
  ),
  ...plain(
    1,
    'nothing is scanned or recorded meanwhile',
    ['azurerm_mssql_server_vulnerability_assessment', 'azurerm_security_center_workspace'],
    ['protection_disabled'],
  ),
  azuread_named_location: rule(
    ['protection_disabled'],
    [otherwise(1, 'the location is in configuration; refused while a policy uses it')],
    changed('ip', 'protection_disabled'),
  ),
  azurerm_log_analytics_workspace_table: rule(
    ['storage_delete'],
    [otherwise(1, 'only its settings go back to those of the workspace')],
    changed('retention_in_days', 'disable_audit_logging'),
  ),
  ...plain(2, 'rebuilt from configuration; history is lost', [
    'azurerm_netapp_account',
    'azurerm_netapp_pool',
    'azurerm_static_site',
    'azurerm_logic_app_standard',
    'azurerm_automation_runbook',
    'azurerm_cognitive_deployment',
    'azurerm_machine_learning_compute_cluster',
    'azurerm_ai_foundry',
    'azurerm_virtual_desktop_host_pool',
    'azurerm_maps_account',
    'azurerm_bot_service_azure_bot',
    'azurerm_attestation_provider',
    'azurerm_fabric_capacity',
    'azurerm_nginx_deployment',
    'azurerm_datadog_monitor',
    'azurerm_dashboard_grafana',
    'azurerm_load_test',
    'azurerm_cdn_frontdoor_custom_domain',
    'azurerm_api_management_api',
  ]),
  ...plain(1, 'recreated from configuration', [
    'azurerm_netapp_snapshot_policy',
    'azurerm_storage_account_static_website',
    'azurerm_container_registry_scope_map',
    'azurerm_web_app_active_slot',
    'azurerm_consumption_budget_subscription',
    'azurerm_cost_management_export',
    'azurerm_chaos_studio_experiment',
    'azurerm_orbital_spacecraft',
  ]),
};
