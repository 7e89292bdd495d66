import {
  above,
  alike,
  always,
  becomes,
  blocked,
  changed,
  lowered,
  on,
  opensTo,
  otherwise,
  plain,
  type ResourceRule,
  type RuleTable,
  rule,
  turnedOff,
  turnsInto,
  when,
} from '../vocabulary.ts';

/** Other providers seen often: databases, DNS, source hosting, secrets and identity as a service. */
export const SAAS: RuleTable = {
  ...alike(
    [
      'mongodbatlas_cluster',
      'mongodbatlas_advanced_cluster',
      'mongodbatlas_serverless_instance',
      'mongodbatlas_flex_cluster',
    ],
    rule(
      ['database_delete'],
      [
        blocked(on('termination_protection_enabled'), 'termination protection'),
        when(on('retain_backups_enabled'), 3, 'backups are retained after the delete'),
        otherwise(4, 'backups go with the cluster', {
          advice: 'set retain_backups_enabled = true and apply it first',
        }),
      ],
      turnedOff('termination_protection_enabled', 'protection_disabled'),
      turnedOff('backup_enabled', 'backup_retention_reduction', { tier: 4 }),
      turnedOff('cloud_backup', 'backup_retention_reduction', { tier: 4 }),
      turnedOff('pit_enabled', 'backup_retention_reduction', { tier: 4 }),
    ),
  ),
  mongodbatlas_project_ip_access_list: rule(
    [],
    [otherwise(1, 'the entry is in configuration')],
    opensTo(['cidr_block', 'ip_address'], 'expose_data_publicly'),
  ),
  mongodbatlas_database_user: rule(
    ['iam_policy_change'],
    [otherwise(2, 'made again with a new password')],
    always('iam_policy_change', 'database rights change'),
  ),
  ...alike(
    ['snowflake_database', 'snowflake_schema', 'snowflake_table'],
    rule(
      ['database_delete'],
      [
        when(on('is_transient'), 4, 'transient: no fail-safe and hardly any time travel'),
        when(above('data_retention_time_in_days', 0), 3, 'UNDROP within data_retention_time_in_days'),
        otherwise(4, 'no time travel in evidence', { advice: 'set data_retention_time_in_days first' }),
      ],
      lowered('data_retention_time_in_days', 'backup_retention_reduction', {
        tier: 4,
        why: 'older points of time travel are lost',
      }),
    ),
  ),
  ...plain(
    1,
    'the record is in configuration',
    [
      'cloudflare_record',
      'cloudflare_dns_record',
      'dns_a_record_set',
      'dns_aaaa_record_set',
      'dns_cname_record',
      'dns_mx_record_set',
      'dns_txt_record_set',
      'dns_ns_record_set',
      'dns_srv_record_set',
      'dns_ptr_record',
      'digitalocean_record',
    ],
    ['dns_change'],
    ...['content', 'value', 'addresses', 'cname', 'type', 'name', 'proxied', 'ttl'].map((path) =>
      changed(path, 'dns_change'),
    ),
  ),
  cloudflare_zone: rule(['dns_change'], [otherwise(4, 'every record goes, also those made elsewhere')]),
  ...alike(
    ['github_repository'],
    rule(
      ['storage_delete'],
      [
        when(on('archive_on_destroy'), 1, 'archive_on_destroy: the repository is archived, not deleted', {
          classes: [],
        }),
        otherwise(3, 'an owner of the organisation can restore it for up to 90 days', {
          advice: 'set archive_on_destroy = true',
        }),
      ],
      becomes('visibility', ['public'], 'expose_data_publicly'),
      turnsInto('private', ['false'], 'expose_data_publicly'),
      turnedOff('archive_on_destroy', 'protection_disabled'),
      turnedOff('vulnerability_alerts', 'disable_audit_logging'),
    ),
  ),
  ...plain(
    1,
    'the guard is in configuration',
    [
      'github_branch_protection',
      'github_branch_protection_v3',
      'github_repository_ruleset',
      'github_organization_ruleset',
      'gitlab_branch_protection',
      'github_repository_environment',
    ],
    ['protection_disabled'],
    turnedOff('enforce_admins', 'protection_disabled'),
    turnsInto('enforcement', ['disabled', 'evaluate'], 'protection_disabled'),
  ),
  ...plain(
    1,
    'who has access is in configuration',
    [
      'github_team_membership',
      'github_team_repository',
      'github_membership',
      'github_repository_collaborator',
      'github_repository_collaborators',
      'gitlab_group_membership',
      'gitlab_project_membership',
      'okta_app_group_assignment',
      'okta_group_memberships',
    ],
    ['iam_policy_change'],
    always('iam_policy_change', 'who has access changes'),
  ),
  ...plain(
    2,
    'the value cannot be read back; set it again',
    [
      'github_actions_secret',
      'github_actions_organization_secret',
      'github_actions_environment_secret',
      'github_dependabot_secret',
      'gitlab_project_variable',
      'azuredevops_variable_group',
      'github_repository_deploy_key',
    ],
    ['secret_delete'],
  ),
  gitlab_project: rule(
    ['storage_delete'],
    [
      when(on('archive_on_destroy'), 1, 'archived, not deleted', { classes: [] }),
      otherwise(4, 'the repository, issues and registry are deleted'),
    ],
    becomes('visibility_level', ['public'], 'expose_data_publicly'),
  ),
  ...alike(
    [
      'vault_generic_secret',
      'vault_kv_secret',
      'vault_kv_secret_v2',
      'vault_transit_secret_backend_key',
      'vault_pki_secret_backend_root_cert',
      'vault_pki_secret_backend_config_ca',
    ],
    rule(['secret_delete'], [otherwise(4, 'all versions of the secret are destroyed')]),
  ),
  ...alike(
    ['vault_mount', 'vault_namespace', 'vault_pki_secret_backend', 'vault_database_secrets_mount'],
    rule(['secret_delete'], [otherwise(4, 'every secret under it is destroyed')]),
  ),
  ...plain(
    1,
    'recreated from configuration',
    [
      'vault_policy',
      'vault_kubernetes_auth_backend_role',
      'vault_approle_auth_backend_role',
      'vault_jwt_auth_backend_role',
      'vault_aws_secret_backend_role',
      'vault_identity_group',
      'vault_identity_entity',
    ],
    ['iam_policy_change'],
    always('iam_policy_change', 'who may read which secrets changes'),
  ),
  vault_auth_backend: rule(
    ['iam_policy_change'],
    [otherwise(2, 'sign-in through it stops, and the roles and users under it go')],
  ),
  datadog_logs_archive: rule(
    ['disable_audit_logging'],
    [otherwise(1, 'no more logs are archived; what is there stays')],
  ),
  vault_audit: rule(['disable_audit_logging'], [otherwise(1, 'the audit device stops')]),
  ...alike(
    ['auth0_user', 'okta_user', 'auth0_connection', 'okta_directory'],
    rule(['account_delete'], [otherwise(4, 'users, their factors and history cannot be restored')]),
  ),
  ...plain(
    2,
    'recreated with new ids or secrets',
    ['auth0_client', 'auth0_resource_server', 'okta_app_oauth', 'okta_app_saml', 'okta_group'],
    ['iam_policy_change'],
  ),
  ...plain(
    1,
    'the policy is in configuration',
    [
      'okta_policy_mfa',
      'okta_policy_signon',
      'okta_policy_password',
      'auth0_guardian',
      'auth0_attack_protection',
    ],
    ['protection_disabled'],
    turnsInto('status', ['INACTIVE'], 'protection_disabled'),
  ),
  azuredevops_project: rule(
    ['account_delete'],
    [otherwise(3, 'a deleted project can be restored for 28 days')],
    becomes('visibility', ['public'], 'expose_data_publicly'),
  ),
  azuredevops_git_repository: rule(
    ['storage_delete'],
    [otherwise(3, 'a deleted repository stays in the recycle bin for 30 days')],
  ),
  ...alike(
    ['digitalocean_database_cluster', 'digitalocean_volume', 'digitalocean_spaces_bucket'],
    rule(['database_delete', 'storage_delete'], [otherwise(4, 'backups go with it')]),
  ),
};

const MONITORING = rule([], [otherwise(2, 'recreated from configuration; history and links to it are lost')]);
const DEVOPS = rule([], [otherwise(2, 'recreated from configuration; run history is lost')]);

/** Providers whose every other type only holds settings. */
export const BY_PROVIDER: readonly [RegExp, ResourceRule][] = [
  [/^(datadog|grafana|newrelic|pagerduty|opsgenie|statuscake|uptimerobot|signalfx|honeycombio)_/, MONITORING],
  [
    /^azuredevops_(build_definition|build_folder|pipeline|check|agent|environment|service|team|workitem|wiki|group)/,
    DEVOPS,
  ],
];
