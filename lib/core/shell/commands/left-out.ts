/**
 * What a walk over folders, or over a repository's history, leaves out unasked: files and folders that hold
 * secrets by their names. Code and prose about secrets stay in.
 */
const NAMED =
  `.env .env[._-]* *.env *.env.* .envrc .envrc.* env.local env.prod* env.staging [._]netrc .npmrc .pypirc .pgpass pgpass.conf
  .my.cnf my.cnf .mylogin.cnf .git-credentials .htpasswd .htdigest .dockercfg .dockerconfigjson .databrickscfg .yarnrc .yarnrc.yml
  .vault[-_]token .vault[-_]pass* vault*pass* .s3cfg .boto .terraformrc terraform.rc .rediscli_auth .smbcredentials .msmtprc
  .fetchmailrc .irbrc .curlrc .sentryclirc .clasprc.json .dev.vars* .renviron auth.json pip.conf local.settings.json wg.conf wg[0-9]*.conf
  krb5cc* *.jceks creds *[-_.]creds .lesshst .viminfo .wget-hsts .zhistory *_history .passwd* htpasswd gshadow shadow opasswd sudoers identity
  nuget.config wp-config.php settings-security.xml auth.conf admin.conf k3s.yaml krb5.keytab kube.config kubeconfig* *kubeconfig
  *.tfstate *.tfstate[._-]* *.tfvars *.tfvars.json tfplan *[-_.]tfplan tfplan[-_.]* plan.out plan.bin plan.cache
  *.pem *.key *.ppk *.p12 *.pfx *.jks *.keystore *.truststore *.bks *.kdb *.kdbx *.ovpn *.keytab *.agekey *.gpg *.pgp *.asc
  *.p8 *.token *.secret *.secrets *.credential *.credentials *.hprof id_rsa* id_dsa* id_ecdsa* id_ed25519* ssh_host_* deploy*key*
  application_default_credentials.json service*account*.json sa.json *[-_]sa.json sa[-_]key.json sakey.json *[-_]key.json *[-_]keyfile.json
  gcp[-_]*key*.json *firebase-adminsdk* azureprofile.json key.json accesskeys.csv rootkey.csv wallet.dat cookies.txt cookies.sqlite
  pass.txt pwd.txt login?data secret secrets credential credentials vault token tokens *[-_.]token *[-_.]tokens password passwords
  *[-_.]password *[-_.]passwords passwd *[-_.]passwd passphrase *[-_.]passphrase *secret[-_]key *private*key *api*key *access*key
  *signing*key *encryption*key *ssh[-_]key *host[-_]key master.key`.split(/\s+/);
/** What these hold is secret wherever data is kept under the name; code and prose of the name are not. */
const WORDS =
  '*secret* *credential* *creds* *token* *passw* *passphrase* *api[-_]key* *apikey* *private[-_]key* *vault*'.split(
    ' ',
  );
/** YAML; json, txt, toml, ini, conf, cfg, csv, xml and env in one, which each pattern more makes slower; properties. */
const DATA = ['y*ml', '[jtcixe][sxonfm][otminglv]*', 'prop*'];
/** What editors and careful people leave beside a file. */
const COPIES = '*~ [#]* .#* *.sw[op] *.bak* *.old *.orig *.backup *.save'.split(' ');
const FILES = [...NAMED, ...WORDS.flatMap((word) => DATA.map((kind) => `${word}.${kind}`)), ...COPIES];
const FOLDERS =
  `.git .aws .ssh .gnupg .kube .docker .azure .gcloud .recourse .secrets secrets secret .terraform .terraform.d .password-store
  .vault vault-data .config .minikube .oci .fly .chef .gem .keychain keychains keyrings .mozilla .thunderbird .m2 .gradle .jupyter
  .step .subversion .ansible .1password .bitwarden pki private letsencrypt serviceaccount`.split(/\s+/);

export const GREP_GUARDS: readonly string[] = [
  ...FILES.map((one) => `--exclude=${anyCase(one)}`),
  ...FOLDERS.map((one) => `--exclude-dir=${anyCase(one)}`),
];

export const DIFF_GUARDS: readonly string[] = [...FILES, ...FOLDERS].map(
  (one) => `--exclude=${anyCase(one)}`,
);

/** `--iglob`, since ripgrep asks those after all of `--glob`, and the last that matches decides. */
export const RG_GUARDS: readonly string[] = [
  '--no-config',
  ...FILES.map((one) => `--iglob=!${one}`),
  ...FOLDERS.map((one) => `--iglob=!${one}/`),
];

export const GIT_GUARDS: readonly string[] = [
  ...FILES.map((one) => `:(top,exclude,glob,icase)**/${one}`),
  ...FOLDERS.filter((one) => one !== '.git').map((one) => `:(top,exclude,glob,icase)**/${one}/**`),
];

/** Brackets within brackets would be something else. */
function anyCase(pattern: string): string {
  return pattern.replace(/\[[^\]]*\]|[a-z]/g, (part) =>
    part.startsWith('[')
      ? `[${part.slice(1, -1)}${part.slice(1).toUpperCase()}`
      : `[${part}${part.toUpperCase()}]`,
  );
}
