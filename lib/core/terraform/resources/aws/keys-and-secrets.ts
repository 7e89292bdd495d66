import {
  admits,
  alike,
  all,
  atMost,
  blocked,
  changed,
  is,
  lowered,
  onCreate,
  otherwise,
  parentDestroyed,
  parentVisible,
  plain,
  type RuleTable,
  removed,
  replaced,
  rule,
  set,
  turnedOff,
  turnedOn,
  turnsInto,
  when,
} from '../vocabulary.ts';

const KEY_WATCH = [
  lowered('deletion_window_in_days', 'encryption_key_change', {
    why: 'a deleted key could be rescued for fewer days',
  }),
  turnedOff('enable_key_rotation', 'encryption_key_change'),
  turnedOff('is_enabled', 'encryption_key_change', {
    why: 'the key is disabled: everything encrypted with it becomes unreadable until it is enabled again',
    tier: 2,
  }),
  turnedOff('enabled', 'encryption_key_change', { tier: 2 }),
  turnedOn('bypass_policy_lockout_safety_check', 'encryption_key_change'),
  changed('policy', 'encryption_key_change', { why: 'who may use or manage the key changes' }),
  admits('policy', 'expose_data_publicly'),
];

const WINDOW = 'pending deletion for its window (7 to 30 days); unusable at once, ciphertext lost afterwards';

/** KMS, CloudHSM, private CA, ACM, Secrets Manager and Parameter Store. */
export const AWS_KEYS_AND_SECRETS: RuleTable = {
  aws_kms_key: rule(
    ['encryption_key_change'],
    [
      otherwise(3, WINDOW, {
        advice: 'disable the key first and see what breaks; keep deletion_window_in_days = 30',
      }),
    ],
    ...KEY_WATCH,
  ),
  ...alike(
    ['aws_kms_replica_key', 'aws_kms_replica_external_key'],
    rule(
      ['encryption_key_change'],
      [
        when(parentDestroyed(['primary_key_arn'], ['aws_kms_key', 'aws_kms_external_key']), 3, WINDOW),
        when(
          parentVisible(['primary_key_arn'], ['aws_kms_key', 'aws_kms_external_key']),
          2,
          'a replica; the primary key lives on',
        ),
        when(set('primary_key_arn'), 2, 'a replica of a key that this plan does not touch'),
        otherwise(3, WINDOW),
      ],
      ...KEY_WATCH,
    ),
  ),
  aws_kms_external_key: rule(
    ['encryption_key_change'],
    [otherwise(3, `${WINDOW}; imported material can expire before`)],
    ...KEY_WATCH,
    changed('valid_to', 'encryption_key_change'),
  ),
  ...plain(
    1,
    'an alias or grant, recreated from configuration',
    ['aws_kms_alias', 'aws_kms_grant'],
    ['encryption_key_change'],
    changed('target_key_id', 'encryption_key_change', {
      why: 'the alias points to another key: new writes use that one',
    }),
  ),
  aws_kms_key_policy: rule(
    ['encryption_key_change', 'iam_policy_change'],
    [otherwise(1, 'the policy text is in configuration')],
    changed('policy', 'encryption_key_change'),
    changed('policy', 'iam_policy_change'),
    admits('policy', 'expose_data_publicly'),
  ),
  aws_kms_ciphertext: rule([], [otherwise(1, 'only a value in state')]),
  aws_cloudhsm_v2_cluster: rule(
    ['encryption_key_change'],
    [otherwise(4, 'the keys in the modules go; cluster backups are kept 90 days but are not in evidence')],
  ),
  aws_cloudhsm_v2_hsm: rule(
    ['encryption_key_change'],
    [otherwise(2, 'one module; the cluster keeps the keys')],
  ),
  aws_acmpca_certificate_authority: rule(
    ['encryption_key_change'],
    [
      otherwise(3, 'restorable only within permanent_deletion_time_in_days (7 to 30)', {
        advice: 'set permanent_deletion_time_in_days = 30',
      }),
    ],
    turnedOff('enabled', 'encryption_key_change'),
    lowered('permanent_deletion_time_in_days', 'encryption_key_change'),
    changed('revocation_configuration', 'encryption_key_change'),
  ),
  ...plain(
    1,
    'issued by the certificate authority, which stays',
    [
      'aws_acmpca_certificate',
      'aws_acmpca_certificate_authority_certificate',
      'aws_acmpca_policy',
      'aws_acmpca_permission',
    ],
    ['encryption_key_change'],
  ),
  aws_acm_certificate: rule(
    [],
    [
      when(all(set('private_key')), 4, 'an imported certificate: its private key cannot be read back', {
        classes: ['encryption_key_change'],
      }),
      when(is('type', 'IMPORTED'), 4, 'an imported certificate: its private key cannot be read back', {
        classes: ['encryption_key_change'],
      }),
      otherwise(2, 'reissued on request; listeners need the new one'),
    ],
  ),
  aws_acm_certificate_validation: rule([], [otherwise(1, 'no real object')]),
  aws_iam_server_certificate: rule(
    ['encryption_key_change'],
    [otherwise(2, 'uploaded again from configuration')],
  ),
  aws_secretsmanager_secret: rule(
    ['secret_delete'],
    [
      when(atMost('recovery_window_in_days', 0), 4, 'recovery_window_in_days = 0 deletes at once', {
        advice: 'set recovery_window_in_days to 7 or more',
      }),
      when(
        replaced,
        3,
        'the old secret stays restorable for its window, but its name is blocked: the create may fail',
      ),
      otherwise(3, 'restorable within its recovery window (7 to 30 days, 30 by default)'),
    ],
    lowered('recovery_window_in_days', 'protection_disabled'),
    admits('policy', 'expose_data_publicly'),
    changed('policy', 'iam_policy_change'),
    changed('kms_key_id', 'encryption_key_change'),
  ),
  aws_secretsmanager_secret_version: rule(
    ['secret_delete'],
    [
      when(replaced, 3, 'the old value stays as AWSPREVIOUS until the next change'),
      otherwise(3, 'the version loses its labels; the value is in the prior state'),
    ],
    changed('secret_string', 'secret_delete', {
      tier: 3,
      why: 'the old value stays as AWSPREVIOUS until the next change',
    }),
    changed('secret_binary', 'secret_delete', {
      tier: 3,
      why: 'the old value stays as AWSPREVIOUS until the next change',
    }),
  ),
  aws_secretsmanager_secret_policy: rule(
    ['iam_policy_change'],
    [otherwise(1, 'the policy text is in configuration')],
    admits('policy', 'expose_data_publicly'),
    changed('policy', 'iam_policy_change', { onCreate: true }),
  ),
  aws_secretsmanager_secret_rotation: rule(
    ['secret_delete'],
    [otherwise(1, 'the secret stays; it is no longer rotated')],
    removed('rotation_rules', 'protection_disabled'),
  ),
  aws_ssm_parameter: rule(
    ['secret_delete'],
    [otherwise(2, 'the value is in the state; its history is lost')],
    turnsInto('type', ['String', 'StringList'], 'credential_exposure', {
      why: 'stored in clear from now on',
    }),
  ),
  aws_iam_access_key: rule(
    ['credential_exposure', 'iam_policy_change'],
    [otherwise(2, 'this key never comes back; issue another')],
    onCreate('credential_exposure', 'a long-lived key; its secret is stored in the state'),
    onCreate('iam_policy_change', 'a new credential for a user'),
    turnsInto('status', ['Active'], 'iam_policy_change'),
  ),
  aws_iam_service_specific_credential: rule(
    ['credential_exposure', 'iam_policy_change'],
    [otherwise(2, 'this credential never comes back; issue another')],
    onCreate('credential_exposure', 'a long-lived credential; its secret is stored in the state'),
    onCreate('iam_policy_change', 'a new credential for a user'),
  ),
  aws_signer_signing_profile: rule(
    ['encryption_key_change'],
    [
      blocked(is('status', 'Revoked'), 'revocation'),
      otherwise(2, 'signatures made with it stay valid; a new profile has a new version'),
    ],
  ),
};
