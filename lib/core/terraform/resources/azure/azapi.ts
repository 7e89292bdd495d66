import type { Fields } from '../vocabulary.ts';
import { on, otherwise, type ResourceRule, type RuleTable, rule, when } from '../vocabulary.ts';

/**
 * azapi types carry the ARM type in `type` ("Microsoft.X/y@date"). Where it maps to an azurerm type with a flat
 * verdict the group below says so; what holds data is tier 5, because azapi shows neither soft delete nor purge
 * settings (azapi itself does not purge).
 */
export function azapiRule(fields: Fields): ResourceRule {
  const type = String(fields.type ?? '').split('@')[0] ?? '';
  const group = GROUPS.find(([pattern]) => pattern.test(type));
  if (group !== undefined) return group[1];
  return rule(
    [],
    [
      otherwise(
        5,
        `generic resource of ${type === '' ? 'unknown type' : type}: nobody knows what its delete destroys`,
      ),
    ],
  );
}

const network = rule([], [otherwise(2, 'generic azapi resource: a network object, rebuilt with new ids')]);
const rebuilt = rule([], [otherwise(2, 'generic azapi resource: rebuilt from configuration')]);
const data = (kind: 'database_delete' | 'storage_delete'): ResourceRule =>
  rule(
    [kind],
    [
      otherwise(
        5,
        'generic azapi resource that holds data: its soft delete and purge settings are not shown',
      ),
    ],
  );

const GROUPS: readonly [RegExp, ResourceRule][] = [
  [
    /^Microsoft\.Authorization\/locks$/i,
    rule(['protection_disabled'], [otherwise(1, 'what it locked can be deleted from now on')]),
  ],
  [
    /^Microsoft\.Authorization\//i,
    rule(['iam_policy_change'], [otherwise(1, 'the grant is in configuration')]),
  ],
  [
    /^Microsoft\.Insights\/(diagnosticSettings|dataCollection)/i,
    rule(['disable_audit_logging'], [otherwise(1, 'logs stop; the gap cannot be filled later')]),
  ],
  [
    /\/(virtualNetworkRules|firewallRules|privateEndpointConnections)$/i,
    rule(['network_isolation_loss'], [otherwise(1, 'the rule is in configuration')]),
  ],
  [
    /^Microsoft\.Network\/(dnsZones|privateDnsZones)/i,
    rule(['dns_change'], [otherwise(2, 'records are in configuration, as far as the plan shows')]),
  ],
  [
    /^Microsoft\.Network\/networkSecurityGroups/i,
    rule(['network_isolation_loss'], [otherwise(1, 'the filter is in configuration')]),
  ],
  [/^Microsoft\.Network\//i, network],
  [
    /^Microsoft\.KeyVault\//i,
    rule(
      ['encryption_key_change', 'secret_delete'],
      [
        when(
          on('body.properties.enablePurgeProtection'),
          3,
          'purge protection keeps it for its soft-delete days',
        ),
        otherwise(5, 'a vault: azapi does not purge, but its settings are not shown'),
      ],
    ),
  ],
  [
    /^Microsoft\.(RecoveryServices|DataProtection)\//i,
    rule(
      ['delete_backup_vault', 'backup_delete'],
      [otherwise(5, 'backups: whether the vault keeps them is not shown')],
    ),
  ],
  [
    /^Microsoft\.Compute\/(snapshots|images|galleries\/images\/versions|restorePointCollections)/i,
    rule(['backup_delete'], [otherwise(4, 'a snapshot or image cannot be undeleted')]),
  ],
  [/^Microsoft\.Compute\/disks/i, rule(['storage_delete'], [otherwise(4, 'disks have no soft delete')])],
  [
    /^Microsoft\.ContainerService\/managedClusters$/i,
    rule(['cluster_delete'], [otherwise(4, 'objects in the cluster have no backup')]),
  ],
  [
    /^Microsoft\.(Storage|ServiceBus|EventHub|NetApp|ContainerRegistry|StorageSync|OperationalInsights)\//i,
    data('storage_delete'),
  ],
  [
    /^Microsoft\.(Sql|DBforPostgreSQL|DBforMySQL|DBforMariaDB|DocumentDB|Cache|Kusto|Synapse|Search|AppConfiguration|CognitiveServices|MachineLearningServices|Databricks|HealthcareApis|Purview|Fabric|ApiManagement)\//i,
    data('database_delete'),
  ],
  [
    /^Microsoft\.Resources\/resourceGroups$/i,
    rule(['storage_delete'], [otherwise(5, 'everything inside goes')]),
  ],
  [
    /^Microsoft\.ManagedIdentity\//i,
    rule(['iam_policy_change'], [otherwise(2, 'recreated with a new principal id')]),
  ],
  [
    /^Microsoft\.(App|Web|Bing|Compute|ContainerInstance|Logic|Insights|AlertsManagement|Portal|Monitor|Cdn|SignalRService|Relay|Maps|Chaos|LoadTestService|DevCenter|Dashboard|Automation|Maintenance)\//i,
    rebuilt,
  ],
];

/** Types of the azapi provider whose own name decides. */
export const AZAPI: RuleTable = {
  azapi_update_resource: rule([], [otherwise(1, 'the settings stay as they are; only dropped from state')]),
  azapi_resource_action: rule([], [otherwise(1, 'an action; nothing is deleted')]),
  azapi_data_plane_resource: rule([], [otherwise(5, 'a data-plane object: what it holds is not shown')]),
};
