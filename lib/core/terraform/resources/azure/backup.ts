import {
  alike,
  any,
  effect,
  feature,
  featureAnywhere,
  is,
  lowered,
  offExplicitly,
  type on,
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

/** Backup vaults, what they protect, and their policies. */
export const AZURE_BACKUP: RuleTable = {
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
};

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
