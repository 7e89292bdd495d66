/**
 * What a walk over folders, or over a repository's history, leaves out unasked: files and folders that hold
 * secrets by their names. Code and prose about secrets stay in.
 */
const FILES =
  `.env .env.* *.env .envrc .netrc _netrc .npmrc .pypirc .pgpass .my.cnf .git-credentials .htpasswd .dockercfg
  .dockerconfigjson .vault-token .vault_pass* .s3cfg .boto .terraformrc terraform.rc credentials.tfrc.json
  *.tfstate *.tfstate.* *.tfvars *.tfvars.json tfplan *.tfplan *.pem *.key *.ppk *.p12 *.pfx *.jks *.keystore *.kdbx *.ovpn
  *.keytab *.agekey *.gpg id_rsa* id_dsa* id_ecdsa* id_ed25519* ssh_host_* deploy_key* master.key
  *secret*.y*ml *secret*.json *secret*.env *secret*.txt *credential*.y*ml *credential*.json *credential*.txt *credential*.csv
  credentials *password*.txt *passwords*.y*ml *passwords*.json *passwd *token.txt *tokens.json *token.json vault.y*ml
  service-account*.json kubeconfig* *.kubeconfig *_history`.split(/\s+/);
const FOLDERS =
  '.git .aws .ssh .gnupg .kube .docker .azure .recourse .secrets secrets .terraform .password-store .vault'.split(
    ' ',
  );

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

function anyCase(pattern: string): string {
  return pattern.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
