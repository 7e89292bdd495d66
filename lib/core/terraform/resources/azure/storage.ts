import {
  above,
  alike,
  becomes,
  blocked,
  effect,
  type Fields,
  featureAnywhere,
  hitsAt,
  lowered,
  nameTakenAgain,
  not,
  numberOf,
  on,
  opensTo,
  otherwise,
  parentDestroyed,
  parentHas,
  plain,
  type RuleTable,
  removed,
  rule,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

const ACCOUNT = ['storage_account_id', 'storage_account_name', 'storage_container_id'];
const ACCOUNT_TYPES = ['azurerm_storage_account'];
const accountGone = when(
  parentDestroyed(ACCOUNT, ACCOUNT_TYPES),
  4,
  'its storage account is destroyed in the same plan, and soft delete goes with the account',
);
const ADVICE = 'turn on soft delete on the storage account (it must stay), or copy the data first';

/** Storage accounts and what is in them, disks, snapshots, registries and file volumes. */
export const AZURE_STORAGE: RuleTable = {
  azurerm_storage_account: rule(
    ['storage_delete'],
    [
      when(
        nameTakenAgain('name'),
        4,
        'a new account takes the same name at once, which rules out recovery of the old one',
        { advice: 'use a moved block, or another name for the new account' },
      ),
      otherwise(3, 'best-effort recovery of the account within 14 days, if its name is not used again', {
        advice: 'copy the data first; blob soft delete and versioning do not survive the account',
      }),
    ],
    turnedOn('allow_nested_items_to_be_public', 'expose_data_publicly', {
      why: 'blobs and containers may be made public',
    }),
    turnedOn('allow_blob_public_access', 'expose_data_publicly'),
    turnedOn('public_network_access_enabled', 'expose_data_publicly'),
    turnsInto('network_rules.default_action', ['Allow'], 'expose_data_publicly', {
      why: 'the account answers to every network',
    }),
    opensTo(['network_rules.ip_rules'], 'expose_data_publicly'),
    lowered('blob_properties.delete_retention_policy.days', 'backup_retention_reduction', {
      zeroWhy: 'blob soft delete is switched off',
    }),
    removed('blob_properties.delete_retention_policy', 'backup_retention_reduction'),
    lowered('blob_properties.container_delete_retention_policy.days', 'backup_retention_reduction'),
    removed('blob_properties.container_delete_retention_policy', 'backup_retention_reduction'),
    lowered('share_properties.retention_policy.days', 'backup_retention_reduction'),
    removed('share_properties.retention_policy', 'backup_retention_reduction'),
    lowered('blob_properties.restore_policy.days', 'backup_retention_reduction'),
    turnedOff('blob_properties.versioning_enabled', 'protection_disabled'),
    turnedOff('blob_properties.change_feed_enabled', 'backup_retention_reduction'),
    turnedOn('shared_access_key_enabled', 'protection_disabled'),
    turnsInto('min_tls_version', ['TLS1_0', 'TLS1_1'], 'remove_encryption'),
    turnedOff('https_traffic_only_enabled', 'remove_encryption'),
    turnedOff('enable_https_traffic_only', 'remove_encryption'),
    removed('customer_managed_key', 'remove_encryption'),
    removed('immutability_policy', 'protection_disabled'),
  ),
  ...plain(
    1,
    'network rules fall back to allowing',
    ['azurerm_storage_account_network_rules'],
    ['network_isolation_loss'],
    turnsInto('default_action', ['Allow'], 'expose_data_publicly'),
    opensTo(['ip_rules'], 'expose_data_publicly'),
  ),
  azurerm_storage_account_customer_managed_key: rule(
    ['encryption_key_change', 'remove_encryption'],
    [otherwise(1, 'falls back to keys of Microsoft')],
    turnedOff('key_name', 'encryption_key_change'),
  ),
  azurerm_storage_container: rule(
    ['storage_delete'],
    [
      accountGone,
      when(
        parentHas(ACCOUNT, ACCOUNT_TYPES, above('blob_properties.container_delete_retention_policy.days', 0)),
        3,
        'container soft delete on the account keeps it for some days',
      ),
      otherwise(4, 'no container soft delete in evidence: blobs are gone', { advice: ADVICE }),
    ],
    becomes('container_access_type', ['blob', 'container'], 'expose_data_publicly', {
      why: 'anybody can read the container',
    }),
  ),
  azurerm_storage_container_immutability_policy: rule(
    ['protection_disabled'],
    [blocked(on('locked'), 'a locked immutability policy'), otherwise(1, 'blobs become deletable')],
    lowered('immutability_period_in_days', 'protection_disabled'),
  ),
  azurerm_storage_share: rule(
    ['storage_delete'],
    [
      accountGone,
      when(
        parentHas(ACCOUNT, ACCOUNT_TYPES, above('share_properties.retention_policy.days', 0)),
        3,
        'share soft delete on the account keeps it for some days',
      ),
      otherwise(4, 'no share soft delete in evidence: files are gone', { advice: ADVICE }),
    ],
    lowered('quota', 'storage_delete'),
  ),
  ...alike(
    [
      'azurerm_storage_blob',
      'azurerm_storage_data_lake_gen2_filesystem',
      'azurerm_storage_data_lake_gen2_path',
      'azurerm_storage_share_file',
      'azurerm_storage_share_directory',
    ],
    rule(
      ['storage_delete'],
      [
        accountGone,
        when(
          parentHas(ACCOUNT, ACCOUNT_TYPES, above('blob_properties.delete_retention_policy.days', 0)),
          3,
          'blob soft delete on the account keeps it for some days',
        ),
        when(contentInConfiguration, 2, 'the content is in the configuration'),
        otherwise(4, 'no blob soft delete in evidence: the data is gone', { advice: ADVICE }),
      ],
    ),
  ),
  ...alike(
    ['azurerm_storage_queue', 'azurerm_storage_table', 'azurerm_storage_table_entity'],
    rule(['storage_delete'], [otherwise(4, 'queues and tables have no soft delete')]),
  ),
  azurerm_storage_management_policy: rule(
    ['backup_retention_reduction'],
    [otherwise(1, 'without the policy blobs are kept', { classes: [] })],
    deletesByPolicy,
  ),
  azurerm_storage_blob_inventory_policy: rule([], [otherwise(1, 'recreated from configuration')]),
  azurerm_storage_object_replication: rule(
    ['backup_retention_reduction'],
    [otherwise(1, 'copies already made stay')],
  ),
  azurerm_storage_sync: rule([], [otherwise(2, 'the shares keep the files')]),
  azurerm_managed_disk: rule(
    ['storage_delete'],
    [otherwise(4, 'disks have no soft delete', { advice: 'take a snapshot first' })],
    turnsInto('network_access_policy', ['AllowAll'], 'expose_data_publicly'),
    turnedOn('public_network_access_enabled', 'expose_data_publicly'),
  ),
  ...alike(
    [
      'azurerm_snapshot',
      'azurerm_image',
      'azurerm_shared_image_version',
      'azurerm_virtual_machine_restore_point',
    ],
    rule(['backup_delete'], [otherwise(4, 'a snapshot or image cannot be undeleted')]),
  ),
  ...plain(1, 'recreated from configuration', [
    'azurerm_virtual_machine_data_disk_attachment',
    'azurerm_shared_image',
    'azurerm_shared_image_gallery',
    'azurerm_disk_access',
  ]),
  azurerm_disk_encryption_set: rule(
    ['encryption_key_change'],
    [otherwise(2, 'refused while disks use it; recreated from configuration')],
    turnsInto('key_vault_key_id', [''], 'encryption_key_change'),
  ),
  ...alike(
    ['azurerm_netapp_volume', 'azurerm_netapp_volume_group_sap_hana', 'azurerm_netapp_volume_group_oracle'],
    rule(
      ['storage_delete'],
      [
        when(
          featureAnywhere('netapp.prevent_volume_destruction', false),
          4,
          'volumes and their snapshots are deleted',
        ),
        blocked(
          not(featureAnywhere('netapp.prevent_volume_destruction', false)),
          'netapp.prevent_volume_destruction (the default)',
        ),
        otherwise(4, 'volumes and their snapshots are deleted'),
      ],
    ),
  ),
  ...alike(
    ['azurerm_netapp_snapshot', 'azurerm_netapp_backup_vault'],
    rule(['backup_delete'], [otherwise(4, 'a snapshot cannot be undeleted')]),
  ),
  azurerm_container_registry: rule(
    ['storage_delete'],
    [
      otherwise(4, 'every image goes with the registry', {
        advice: 'import the images into another registry first',
      }),
    ],
    turnedOn('anonymous_pull_enabled', 'expose_data_publicly'),
    turnedOn('public_network_access_enabled', 'expose_data_publicly'),
    turnedOn('admin_enabled', 'iam_policy_change'),
    lowered('retention_policy_in_days', 'backup_retention_reduction', { tier: 1 }),
  ),
  ...alike(
    [
      'azurerm_servicebus_namespace',
      'azurerm_servicebus_queue',
      'azurerm_servicebus_topic',
      'azurerm_servicebus_subscription',
      'azurerm_eventhub',
      'azurerm_eventhub_namespace',
      'azurerm_eventhub_cluster',
    ],
    rule(
      ['storage_delete'],
      [otherwise(4, 'messages that were not read are lost', { advice: 'drain it first' })],
      lowered('message_retention', 'backup_retention_reduction', {
        tier: 4,
        why: 'events older than the new period are lost',
      }),
      lowered('retention_description.retention_time_in_hours', 'backup_retention_reduction', { tier: 4 }),
      turnedOn('public_network_access_enabled', 'expose_data_publicly'),
      turnedOn('local_auth_enabled', 'protection_disabled'),
    ),
  ),
  ...plain(1, 'recreated from configuration', [
    'azurerm_eventhub_consumer_group',
    'azurerm_servicebus_subscription_rule',
    'azurerm_eventgrid_event_subscription',
    'azurerm_relay_namespace',
  ]),
  ...plain(2, 'recreated with new keys', [
    'azurerm_eventgrid_topic',
    'azurerm_eventgrid_domain',
    'azurerm_eventgrid_system_topic',
    'azurerm_eventhub_authorization_rule',
    'azurerm_eventhub_namespace_authorization_rule',
    'azurerm_servicebus_namespace_authorization_rule',
    'azurerm_servicebus_queue_authorization_rule',
    'azurerm_notification_hub',
    'azurerm_signalr_service',
  ]),
};

function contentInConfiguration(view: View): ReturnType<ReturnType<typeof on>> {
  const key = ['source_content', 'source', 'source_uri'].find((name) => (view.before[name] ?? '') !== '');
  return key === undefined ? null : [{ path: key, value: 'set' }];
}

const DELETE_ACTIONS = [
  'rule.actions.base_blob.delete_after_days_since_modification_greater_than',
  'rule.actions.base_blob.delete_after_days_since_creation_greater_than',
  'rule.actions.base_blob.delete_after_days_since_last_access_time_greater_than',
  'rule.actions.snapshot.delete_after_days_since_creation_greater_than',
  'rule.actions.version.delete_after_days_since_creation',
];

/** A delete action that is new or earlier. Azure writes -1 for "none". Creates count. */
function deletesByPolicy(view: View): ReturnType<Watch> {
  for (const path of DELETE_ACTIONS) {
    const [was, now] = [earliest(view.before, path), earliest(view.after, path)];
    if (now < was) {
      return effect(
        'backup_retention_reduction',
        { tier: 4 },
        `blobs are deleted for good after ${now} days`,
        [{ path: `after.${path}`, value: now }],
      );
    }
  }
  return [];
}

function earliest(fields: Fields, path: string): number {
  const days = hitsAt(fields, path.split('.')).map((hit) => numberOf(hit.value) ?? -1);
  return Math.min(Number.POSITIVE_INFINITY, ...days.filter((value) => value >= 0));
}
