import { alike, otherwise, plain, type RuleTable, rule, set, when } from '../vocabulary.ts';

/** Types with no real object behind them (rule 11 of the reference). */
export const NO_OBJECT = [
  'null_resource',
  'terraform_data',
  'time_sleep',
  'time_static',
  'time_offset',
  'time_rotating',
  'random_id',
  'random_uuid',
  'random_integer',
  'random_pet',
  'random_string',
  'random_shuffle',
  'random_bytes',
  'modtm_telemetry',
  'template_dir',
  'terraform_remote_state',
  'cloudinit_config',
  'archive_file',
  'external',
  'http',
] as const;

export const STATE_ONLY: RuleTable = {
  ...plain(1, 'no real object behind it: a value kept in state', NO_OBJECT),
  local_file: rule(
    [],
    [
      when(set('content'), 1, 'the content is in configuration'),
      when(set('content_base64'), 1, 'the content is in configuration'),
      when(set('sensitive_content'), 2, 'the content is in the prior state'),
      when(set('source'), 1, 'copied again from its source'),
      otherwise(1, 'a file next to the configuration'),
    ],
  ),
  local_sensitive_file: rule(
    [],
    [otherwise(2, 'the content is in the prior state; what reads it breaks meanwhile')],
  ),
  random_password: rule(
    [],
    [
      otherwise(2, 'a new value is made; whatever uses the old one must be updated', {
        advice: 'rotate the users of the password together with it',
      }),
    ],
  ),
  tls_private_key: rule(
    ['encryption_key_change'],
    [
      otherwise(4, 'the state may be the only copy of the key', {
        advice: 'export the key first if anything was encrypted or signed with it',
      }),
    ],
  ),
  ...plain(1, 'issued again from its key', [
    'tls_self_signed_cert',
    'tls_locally_signed_cert',
    'tls_cert_request',
  ]),
  ...alike(
    ['acme_certificate', 'acme_registration'],
    rule([], [otherwise(2, 'issued again; the old certificate may be revoked')]),
  ),
};
