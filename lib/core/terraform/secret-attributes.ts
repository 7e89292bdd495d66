import { type Fields, fieldsOf } from './fields.ts';

/** Which attributes hold secrets, whether they are marked or not. */

/** What a masked value reads as in a report. */
export const MASK = '(sensitive)';

const SECRET_NAME = new RegExp(
  `^(.*_)?(${[
    'passwords?|passwd|passphrase|pwd|secret|secrets|secret_(string|binary|data|key|text|value|payload)|client_secret',
    'token|auth_token|bearer_token|credentials?|connection_string|connection_strings|conn_str|dsn',
    'private_key(_pem|_openssh|_pem_pkcs8)?|access_key|secret_access_key|(secret|primary|secondary|shared|storage|account|api|master|admin)_key',
    'kube_?config(_raw)?|kube_admin_config(_raw)?|user_data(_base64)?|custom_data|sas_token|sas_url|ssh_key|webhook_url',
    'pgp_key|preshared_key|shared_secret|auth_key|license_key|certificate_password|pfx_blob|value_wo|password_wo|secret_string_wo',
  ].join('|')})$`,
);
const CAMEL = /([a-z0-9])([A-Z])/g;
const nameVerdicts = new Map<string, boolean>();

/** Whether an attribute of this name holds secret text by convention of the big providers. */
export function isSecretName(name: string): boolean {
  const known = nameVerdicts.get(name);
  if (known !== undefined) return known;
  const verdict = SECRET_NAME.test(name.replace(CAMEL, '$1_$2').replace(/[-\s]/g, '_').toLowerCase());
  if (nameVerdicts.size < 10_000) nameVerdicts.set(name, verdict);
  return verdict;
}

/** Attributes that hold secrets under a harmless name, by resource type. */
const SECRET_FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    kubernetes_secret: ['data', 'binary_data', 'data_wo', 'binary_data_wo'],
    kubernetes_secret_v1: ['data', 'binary_data', 'data_wo', 'binary_data_wo'],
    aws_secretsmanager_secret_version: ['secret_string', 'secret_binary'],
    google_secret_manager_secret_version: ['secret_data'],
    azurerm_key_vault_secret: ['value'],
    random_password: ['result', 'bcrypt_hash'],
    tls_private_key: ['private_key_pem', 'private_key_openssh', 'private_key_pem_pkcs8'],
    aws_iam_access_key: ['secret', 'ses_smtp_password_v4'],
    vault_generic_secret: ['data_json', 'data'],
    vault_kv_secret: ['data_json', 'data'],
    vault_kv_secret_v2: ['data_json', 'data'],
    helm_release: ['set_sensitive'],
  }),
);
const NONE: readonly string[] = [];

/** The attributes of a type that are secret whatever they are called. */
export function secretFields(type: string, values: Fields): readonly string[] {
  if (type === 'aws_ssm_parameter' && values.type === 'SecureString') return ['value', 'insecure_value'];
  if (type === 'kubernetes_manifest' && fieldsOf(values.manifest).kind === 'Secret')
    return ['manifest', 'object'];
  return SECRET_FIELDS.get(type) ?? NONE;
}

/** Text, a list of texts or a map of texts: what a secret attribute holds. A block below such a name is walked. */
export function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every((item) => typeof item !== 'object' || item === null);
}
