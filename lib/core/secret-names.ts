/**
 * Whether a name says that its value is a secret. Works on `db_password`, `dbPassword`, `DB-PASSWORD`,
 * `--client-secret`, `PGPASSWORD` and `spec.template.apiKey` alike. Names of facts about a secret
 * (`password_length`, `secret_arn`) are not secret names.
 */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  if (words.length === 0 || ABOUT.has(words.at(-1) ?? '')) return false;
  if (words.some((word) => WORDS.has(word) || ENDINGS.some((ending) => word.endsWith(ending)))) return true;
  const joined = `_${words.join('_')}_`;
  return PHRASES.some((phrase) => joined.includes(`_${phrase}_`));
}

function wordsOf(name: string): string[] {
  // What says "secret" stands at an end of a name; the bound keeps long names cheap.
  const ends = name.length > 512 ? `${name.slice(0, 256)}_${name.slice(-256)}` : name;
  return ends
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

const WORDS: ReadonlySet<string> = new Set([
  'authorization',
  'bearer',
  'cookie',
  'cookies',
  'creds',
  'dsn',
  'jwt',
  'kubeconfig',
  'passcode',
  'passphrase',
  'passwds',
  'passwords',
  'pwd',
  'secrets',
  'signature',
  'tokens',
  'credentials',
  'htpasswd',
]);

/** Also glued to another word: `PGPASSWORD`, `authtoken`, `myapikey`. */
const ENDINGS: readonly string[] = [
  'password',
  'passwd',
  'secret',
  'token',
  'credential',
  'apikey',
  'accesskey',
  'secretkey',
  'privatekey',
  'connectionstring',
  'userdata',
];

const PHRASES: readonly string[] = [
  'access_key',
  'account_key',
  'api_key',
  'api_keys',
  'auth_key',
  'basic_auth',
  'client_key',
  'connection_string',
  'connection_url',
  'custom_data',
  'database_url',
  'encryption_key',
  'host_key',
  'key_pem',
  'license_key',
  'master_key',
  'primary_key',
  'private_key',
  'sas_url',
  'secret_key',
  'secondary_key',
  'shared_key',
  'signing_key',
  'ssh_key',
  'storage_key',
  'user_data',
  'webhook_url',
];

/** Last words of names that are about a secret and do not hold it. */
const ABOUT: ReadonlySet<string> = new Set([
  'algorithm',
  'arn',
  'count',
  'days',
  'enabled',
  'expiration',
  'expiry',
  'length',
  'name',
  'names',
  'namespace',
  'policy',
  'ref',
  'required',
  'rotation',
  'seconds',
  'ttl',
  'type',
  'version',
]);
