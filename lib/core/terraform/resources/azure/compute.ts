import {
  type Check,
  on,
  opensTo,
  otherwise,
  plain,
  type RuleTable,
  removed,
  rule,
  scaledDown,
  turnedOff,
  turnedOn,
  type View,
  when,
} from '../vocabulary.ts';

/** Machines, clusters and apps. */
export const AZURE_COMPUTE: RuleTable = {
  ...plain(
    2,
    'rebuilt; the OS disk goes by default, data disks are separate',
    [
      'azurerm_linux_virtual_machine',
      'azurerm_windows_virtual_machine',
      'azurerm_orchestrated_virtual_machine_scale_set_instance',
    ],
    [],
    turnedOff('encryption_at_host_enabled', 'remove_encryption'),
  ),
  azurerm_virtual_machine: rule(
    [],
    [
      when(on('delete_data_disks_on_termination'), 4, 'data disks are deleted together with the machine', {
        classes: ['storage_delete'],
        advice: 'set delete_data_disks_on_termination = false first',
      }),
      otherwise(2, 'rebuilt; data disks stay'),
    ],
    turnedOn('delete_data_disks_on_termination', 'protection_disabled'),
  ),
  azurerm_virtual_machine_extension: rule(
    [],
    [
      when(isLogAgent, 1, 'the monitoring agent goes: its logs stop', { classes: ['disable_audit_logging'] }),
      otherwise(1, 'installed again from configuration'),
    ],
  ),
  ...plain(
    2,
    'the service stops; rebuilt from configuration',
    [
      'azurerm_virtual_machine_scale_set',
      'azurerm_linux_virtual_machine_scale_set',
      'azurerm_windows_virtual_machine_scale_set',
      'azurerm_orchestrated_virtual_machine_scale_set',
      'azurerm_service_plan',
      'azurerm_app_service_plan',
      'azurerm_linux_web_app',
      'azurerm_windows_web_app',
      'azurerm_app_service',
      'azurerm_linux_function_app',
      'azurerm_windows_function_app',
      'azurerm_function_app',
      'azurerm_container_app',
      'azurerm_container_app_environment',
      'azurerm_container_group',
      'azurerm_logic_app_workflow',
      'azurerm_spring_cloud_service',
      'azurerm_static_web_app',
      'azurerm_batch_account',
      'azurerm_batch_pool',
    ],
    ['production_scale_down'],
    scaledDown('instances'),
    scaledDown('worker_count'),
    scaledDown('sku.capacity'),
    scaledDown('template.max_replicas'),
    scaledDown('template.min_replicas'),
    turnedOff('enabled', 'production_scale_down'),
    turnedOff('https_only', 'remove_encryption'),
    turnedOn('public_network_access_enabled', 'expose_data_publicly'),
    turnedOff('auth_settings_v2.auth_enabled', 'expose_data_publicly'),
  ),
  azurerm_monitor_autoscale_setting: rule(
    [],
    [otherwise(1, 'recreated from configuration; until then nothing scales')],
    scaledDown('profile.capacity.maximum'),
  ),
  azurerm_kubernetes_cluster: rule(
    ['cluster_delete'],
    [
      otherwise(
        4,
        'objects and in-cluster secrets have no backup, and the node resource group with its disks goes too',
        {
          advice: 'back up the cluster with Azure Backup or Velero first',
        },
      ),
    ],
    turnedOff('local_account_disabled', 'iam_policy_change', { why: 'local accounts work again' }),
    opensTo(
      ['api_server_access_profile.authorized_ip_ranges', 'api_server_authorized_ip_ranges'],
      'expose_data_publicly',
    ),
    removed('api_server_access_profile.authorized_ip_ranges', 'expose_data_publicly', {
      why: 'the API server answers to everybody',
    }),
    removed('network_profile.network_policy', 'network_isolation_loss'),
    turnedOff('private_cluster_enabled', 'expose_data_publicly'),
    turnedOff('role_based_access_control_enabled', 'iam_policy_change'),
    turnedOff('azure_policy_enabled', 'protection_disabled'),
    scaledDown('default_node_pool.node_count'),
    removed('oms_agent', 'disable_audit_logging'),
  ),
  azurerm_kubernetes_cluster_node_pool: rule(
    [],
    [otherwise(2, 'nodes are rebuilt; pods move or wait')],
    scaledDown('node_count'),
    scaledDown('max_count'),
  ),
  ...plain(1, 'installed again from configuration', [
    'azurerm_kubernetes_cluster_extension',
    'azurerm_kubernetes_flux_configuration',
    'azurerm_kubernetes_cluster_trusted_access_role_binding',
  ]),
};

function isLogAgent(view: View): ReturnType<Check> {
  const name = `${String(view.before.type ?? '')} ${String(view.before.publisher ?? '')}`;
  return /OmsAgent|MicrosoftMonitoringAgent|AzureMonitor|EnterpriseCloud\.Monitoring|DependencyAgent|GuestConfiguration|Diagnostics|Defender|MDE\./i.test(
    name,
  )
    ? [{ path: 'type', value: view.before.type }]
    : null;
}
