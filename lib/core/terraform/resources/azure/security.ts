import {
  alike,
  always,
  changed,
  feature,
  featureAnywhere,
  leavesState,
  lowered,
  matches,
  on,
  onCreate,
  otherwise,
  parentHas,
  plain,
  type RuleTable,
  removed,
  rule,
  turnedOff,
  turnedOn,
  turnsInto,
  when,
} from '../vocabulary.ts';

const VAULT = ['key_vault_id', 'managed_hsm_id'];
const VAULT_TYPES = ['azurerm_key_vault', 'azurerm_key_vault_managed_hardware_security_module'];

const PURGE = 'azurerm purges on destroy by default';

const KEY_ADVICE =
  'set features.key_vault.purge_soft_delete_on_destroy = false, or purge_protection_enabled on the vault';

/** Key vaults, identity, policy and locks. */
export const AZURE_SECURITY: RuleTable = {
  ...alike(
    VAULT_TYPES,
    rule(
      ['encryption_key_change', 'secret_delete'],
      [
        when(
          on('purge_protection_enabled'),
          3,
          'purge protection: recoverable for its soft-delete days (7 to 90)',
        ),
        when(
          feature('key_vault.purge_soft_delete_on_destroy', false),
          3,
          'purging is switched off: recoverable for its soft-delete days',
        ),
        otherwise(4, `${PURGE}, and nothing prevents the purge`, { advice: KEY_ADVICE }),
      ],
      turnedOn('public_network_access_enabled', 'expose_data_publicly'),
      turnsInto('network_acls.default_action', ['Allow'], 'expose_data_publicly'),
      removed('network_acls', 'expose_data_publicly'),
      changed('access_policy', 'iam_policy_change'),
      changed('enable_rbac_authorization', 'iam_policy_change'),
      changed('rbac_authorization_enabled', 'iam_policy_change'),
      turnedOff('purge_protection_enabled', 'protection_disabled'),
      lowered('soft_delete_retention_days', 'backup_retention_reduction'),
    ),
  ),
  azurerm_key_vault_key: rule(
    ['encryption_key_change'],
    vaultContent('purge_soft_deleted_keys_on_destroy'),
    changed('key_opts', 'encryption_key_change'),
  ),
  azurerm_key_vault_secret: rule(['secret_delete'], vaultContent('purge_soft_deleted_secrets_on_destroy')),
  azurerm_key_vault_certificate: rule(
    ['encryption_key_change', 'secret_delete'],
    vaultContent('purge_soft_deleted_certificates_on_destroy'),
  ),
  ...plain(
    1,
    'the grant is in configuration',
    ['azurerm_key_vault_access_policy', 'azurerm_key_vault_managed_hardware_security_module_role_assignment'],
    ['iam_policy_change'],
    always('iam_policy_change', 'who may use the vault changes', ['object_id']),
  ),
  azurerm_resource_group: rule(
    ['storage_delete'],
    [
      when(
        featureAnywhere('resource_group.prevent_deletion_if_contains_resources', false),
        4,
        'everything inside goes, also what Terraform does not know',
        { advice: 'set features.resource_group.prevent_deletion_if_contains_resources = true' },
      ),
      otherwise(2, 'refused while it holds anything that Terraform does not know', { classes: [] }),
    ],
  ),
  azurerm_management_lock: rule(
    ['protection_disabled'],
    [otherwise(1, 'what it locked can be deleted or changed from now on')],
    turnsInto('lock_level', ['CanNotDelete'], 'protection_disabled', {
      why: 'a read-only lock becomes a delete lock',
    }),
  ),
  ...plain(
    1,
    'the grant is in configuration',
    [
      'azurerm_role_assignment',
      'azurerm_role_definition',
      'azurerm_pim_eligible_role_assignment',
      'azurerm_pim_active_role_assignment',
      'azuread_group_member',
      'azuread_app_role_assignment',
      'azuread_directory_role_assignment',
      'azuread_directory_role_member',
      'azuread_service_principal_delegated_permission_grant',
      'azuread_application_federated_identity_credential',
      'azurerm_federated_identity_credential',
      'azuread_conditional_access_policy',
      'azurerm_lighthouse_assignment',
    ],
    ['iam_policy_change'],
    always('iam_policy_change', 'who has which role changes', [
      'role_definition_name',
      'principal_id',
      'scope',
    ]),
  ),
  ...plain(
    2,
    'recreated with a new principal id; grants must be made again',
    [
      'azurerm_user_assigned_identity',
      'azuread_application',
      'azuread_application_registration',
      'azuread_service_principal',
      'azuread_group',
      'azuread_administrative_unit',
      'azuread_user',
    ],
    ['iam_policy_change'],
  ),
  ...plain(
    2,
    'never comes back; issue another',
    [
      'azuread_application_password',
      'azuread_service_principal_password',
      'azuread_application_certificate',
      'azuread_service_principal_certificate',
    ],
    ['credential_exposure', 'iam_policy_change'],
    onCreate('credential_exposure', 'a credential; it is stored in the state'),
    onCreate('iam_policy_change', 'a new credential'),
  ),
  azurerm_subscription: rule(
    ['account_delete'],
    [
      leavesState(on('alias_only')),
      otherwise(3, 'a cancelled subscription can be reactivated for 30 to 90 days'),
    ],
  ),
  azurerm_management_group: rule(
    ['account_delete', 'protection_disabled'],
    [otherwise(2, 'its subscriptions move up; other guardrails apply')],
  ),
};

/** Keys, secrets and certificates follow their vault: purged by default unless it has purge protection. */
function vaultContent(purgeFeature: string): readonly ReturnType<typeof when>[] {
  return [
    when(
      parentHas(VAULT, VAULT_TYPES, on('purge_protection_enabled')),
      3,
      'the vault has purge protection: kept for its soft-delete days',
    ),
    when(
      matches('recovery_level', /^(Recoverable|CustomizedRecoverable)(\+ProtectedSubscription)?$/),
      3,
      'its recovery level rules out a purge',
    ),
    when(
      feature(`key_vault.${purgeFeature}`, false),
      3,
      'purging is switched off: kept for the soft-delete days of the vault',
    ),
    otherwise(4, `${PURGE}, and no purge protection is in evidence`, { advice: KEY_ADVICE }),
  ];
}
