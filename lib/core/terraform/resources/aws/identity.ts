import {
  alike,
  always,
  blocked,
  changed,
  effect,
  firstAt,
  grantsBroadly,
  hitsAt,
  is,
  isSet,
  isUntouched,
  on,
  onCreate,
  otherwise,
  plain,
  type RuleTable,
  removed,
  rule,
  set,
  statementsOf,
  turnedOff,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

const TRUST = ['assume_role_policy'];

/** Trust that lets an account, a federated identity or everybody assume the role; services do not count. */
const trust: Watch = (view) => {
  if (isUntouched(view, TRUST)) return [];
  const principals = (document: unknown): ReadonlySet<string> =>
    new Set(
      (statementsOf(document) ?? []).flatMap((statement) => (statement.allows ? statement.principals : [])),
    );
  const [was, now] = [principals(view.before.assume_role_policy), principals(view.after.assume_role_policy)];
  const fresh = [...now].filter((name) => !was.has(name));
  if (view.action === 'create') {
    if (now.size === 0) return [];
  } else if (view.before.assume_role_policy === view.after.assume_role_policy) {
    return [];
  }
  return effect(
    'iam_policy_change',
    {},
    fresh.length === 0
      ? 'who may assume the role changes'
      : `who may assume the role changes: adds ${fresh.join(', ')}`,
    [{ path: 'assume_role_policy', value: fresh.length === 0 ? 'changed' : fresh }],
  );
};

/** A policy document that is new or different; says when it grants broadly. */
function grant(path: string): Watch {
  const watch = changed(path, 'iam_policy_change', { onCreate: true });
  const steps = path.split('.');
  return (view: View) => {
    const after = firstAt(view.after, path);
    const changes = watch(view);
    if (changes.length === 0) return [];
    const broad = hitsAt(view.after, steps).some((hit) => grantsBroadly(hit.value));
    return effect(
      'iam_policy_change',
      broad ? { advice: 'name the actions and resources instead of wildcards' } : {},
      broad ? 'grants broad rights (wildcards or rights to grant rights)' : 'the rights granted change',
      [
        {
          path: `after.${path}`,
          value: broad ? 'broad Allow' : isSet(after) ? 'changed' : 'known only after apply',
        },
      ],
    );
  };
}

const ATTACHMENT = always('iam_policy_change', 'a grant is added or moved', [
  'policy_arn',
  'role',
  'user',
  'group',
  'roles',
  'users',
]);

/** IAM, Organizations, SSO and Cognito. */
export const AWS_IDENTITY: RuleTable = {
  ...alike(
    ['aws_iam_role', 'aws_iam_user', 'aws_iam_group'],
    rule(
      ['iam_policy_change'],
      [otherwise(2, 'recreated with a new unique id: policies that name the old principal no longer match')],
      trust,
      removed('permissions_boundary', 'iam_policy_change', { why: 'the permissions boundary is removed' }),
      changed('permissions_boundary', 'iam_policy_change'),
      grant('inline_policy.policy'),
      changed('managed_policy_arns', 'iam_policy_change'),
    ),
  ),
  ...alike(
    [
      'aws_iam_policy',
      'aws_iam_role_policy',
      'aws_iam_user_policy',
      'aws_iam_group_policy',
      'aws_ssoadmin_permission_set_inline_policy',
      'aws_iot_policy',
    ],
    rule(
      ['iam_policy_change'],
      [otherwise(1, 'the policy text is in configuration')],
      grant('policy'),
      grant('inline_policy'),
    ),
  ),
  ...plain(
    1,
    'the grant is in configuration',
    [
      'aws_iam_policy_attachment',
      'aws_iam_role_policy_attachment',
      'aws_iam_user_policy_attachment',
      'aws_iam_group_policy_attachment',
      'aws_iam_role_policies_exclusive',
      'aws_iam_role_policy_attachments_exclusive',
      'aws_iam_user_group_membership',
      'aws_iam_group_membership',
      'aws_iam_instance_profile',
      'aws_ssoadmin_account_assignment',
      'aws_ssoadmin_managed_policy_attachment',
      'aws_ssoadmin_customer_managed_policy_attachment',
      'aws_lambda_permission',
      'aws_ram_principal_association',
      'aws_ram_resource_association',
      'aws_lakeformation_permissions',
      'aws_eks_access_entry',
      'aws_eks_access_policy_association',
      'aws_eks_pod_identity_association',
      'aws_sns_topic_policy',
      'aws_sqs_queue_policy',
      'aws_cloudwatch_log_resource_policy',
      'aws_opensearch_domain_policy',
      'aws_elasticsearch_domain_policy',
      'aws_glue_resource_policy',
    ],
    ['iam_policy_change'],
    ATTACHMENT,
  ),
  aws_iam_service_linked_role: rule(
    ['iam_policy_change'],
    [otherwise(2, 'the service makes it again when needed')],
  ),
  aws_ssoadmin_permission_set: rule(['iam_policy_change'], [otherwise(2, 'assignments must be made again')]),
  aws_iam_account_password_policy: rule(
    ['iam_policy_change'],
    [otherwise(1, 'falls back to the default of AWS')],
    always('iam_policy_change', 'the password policy changes'),
  ),
  ...alike(
    ['aws_iam_openid_connect_provider', 'aws_iam_saml_provider'],
    rule(
      ['iam_policy_change'],
      [otherwise(2, 'sign-in through this provider stops until it is there again')],
      changed('thumbprint_list', 'iam_policy_change'),
      changed('client_id_list', 'iam_policy_change'),
      changed('saml_metadata_document', 'iam_policy_change'),
    ),
  ),
  aws_iam_user_login_profile: rule(
    ['iam_policy_change'],
    [otherwise(2, 'a new password must be issued')],
    onCreate('iam_policy_change', 'a person may sign in to the console with a password'),
  ),
  aws_iam_virtual_mfa_device: rule(
    ['protection_disabled'],
    [otherwise(2, 'the device must be enrolled again')],
  ),
  aws_organizations_account: rule(
    ['account_delete'],
    [
      when(on('close_on_deletion'), 3, 'the account is closed; AWS can reopen it for 90 days', {
        advice: 'set close_on_deletion = false to only remove it from the organization',
      }),
      otherwise(2, 'removed from the organization; the account lives on'),
    ],
    changed('parent_id', 'iam_policy_change', {
      why: 'the account moves to another unit: other guardrails apply',
    }),
  ),
  aws_organizations_organization: rule(
    ['account_delete'],
    [otherwise(4, 'the organization, its units and its policies go; member accounts must be invited again')],
  ),
  aws_organizations_organizational_unit: rule(
    ['protection_disabled'],
    [otherwise(2, 'refused while it holds accounts')],
  ),
  ...plain(
    1,
    'the guardrail is in configuration',
    [
      'aws_organizations_policy',
      'aws_organizations_policy_attachment',
      'aws_organizations_delegated_administrator',
      'aws_organizations_resource_policy',
    ],
    ['protection_disabled', 'iam_policy_change'],
    changed('content', 'protection_disabled'),
    changed('content', 'iam_policy_change'),
  ),
  aws_cognito_user_pool: rule(
    ['database_delete'],
    [
      blocked(is('deletion_protection', 'ACTIVE')),
      otherwise(4, 'users and their passwords cannot be exported or restored', {
        advice: 'set deletion_protection = "ACTIVE"',
      }),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
    turnsInto('mfa_configuration', ['OFF'], 'protection_disabled', {
      why: 'multi-factor sign-in is switched off',
    }),
  ),
  aws_cognito_identity_pool: rule(
    ['database_delete'],
    [otherwise(4, 'identity ids of users cannot be made again')],
    turnsInto('allow_unauthenticated_identities', ['true'], 'expose_data_publicly'),
  ),
  aws_cognito_user: rule(
    ['database_delete'],
    [otherwise(4, 'the user, its password and its id cannot be restored')],
  ),
  ...plain(2, 'recreated with new ids or secrets', [
    'aws_cognito_user_pool_client',
    'aws_cognito_user_pool_domain',
    'aws_cognito_identity_provider',
    'aws_cognito_resource_server',
    'aws_cognito_user_group',
  ]),
  aws_identitystore_user: rule(
    ['iam_policy_change'],
    [otherwise(2, 'recreated with a new id; assignments are lost')],
  ),
  ...plain(
    1,
    'recreated from configuration',
    ['aws_identitystore_group_membership', 'aws_cognito_user_in_group'],
    ['iam_policy_change'],
  ),
  aws_identitystore_group: rule(
    ['iam_policy_change'],
    [otherwise(2, 'recreated with a new id; assignments are lost')],
  ),
  aws_iam_account_alias: rule(
    [],
    [otherwise(1, 'the alias may be taken by someone else')],
    removed('account_alias', 'iam_policy_change'),
  ),
  aws_accessanalyzer_archive_rule: rule(
    ['disable_audit_logging'],
    [when(set('filter'), 1, 'findings show again'), otherwise(1, 'findings show again')],
    turnedOff('enabled', 'disable_audit_logging'),
  ),
};
