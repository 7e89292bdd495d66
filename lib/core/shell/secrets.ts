import { globTest } from './glob-text.ts';
import { hasGlob, normalPath } from './paths.ts';

/** Folders whose content is secret, wherever they lie. Compared in lower case. */
const SECRET_FOLDERS = new Set(
  `.aws .azure .gcloud .ssh .gnupg .kube .docker .password-store .vault .recourse .terraform.d .minikube .oci .fly
   .chef .gem .keychain keychains keyrings .secrets secrets secret .mozilla .thunderbird .m2 .gradle .jupyter .step
   .config/gcloud .config/gh .config/hub .config/doctl .config/rclone .config/sops .config/op .config/containers
   .config/helm .config/heroku .config/argocd .config/configstore .cargo/credentials pki private letsencrypt
   serviceaccount kube/config .git/credentials .subversion .ansible .1password .bitwarden vault-data`.split(
    /\s+/,
  ),
);

/** Those that are secret only below another. */
const PAIRS: ReadonlySet<string> = new Set([...SECRET_FOLDERS].filter((folder) => folder.includes('/')));

/** Git's settings may hold credentials, and those of apt; a process's own files hold its environment, or lead everywhere. */
const SECRET_PLACE =
  /(?:^|\/)\.git(?:\/.*)?\/config(?:\.worktree)?$|(?:^|\/)apt\/auth\.conf|(?:^|\/)proc\/[^/]+\/(?:environ|root|cwd|fd|mem|maps|task|exe|auxv)/;

/** File names that are secret by themselves. */
const SECRET_NAME = new RegExp(
  [
    String.raw`^\.env(?:rc)?(?:[._-].*)?$|^.+\.env(?:\.[^.]+)?$|^env\.(?:local|prod|production|staging)$`,
    String.raw`^[._]netrc$|^\.(?:npmrc|pypirc|pgpass|my\.cnf|mylogin\.cnf|git-credentials|s3cfg|boto|htpasswd|htdigest)$`,
    String.raw`^\.(?:yarnrc(?:\.yml)?|dockercfg|dockerconfigjson|databrickscfg|vault[-_](?:token|pass.*)|terraformrc|rediscli_auth|smbcredentials|passwd.*|msmtprc|fetchmailrc|irbrc|curlrc|sentryclirc|clasprc\.json|dev\.vars.*|renviron)$`,
    String.raw`^\.?.*_history$|^\.(?:lesshst|viminfo|wget-hsts|zhistory)$|^(?:pgpass\.conf|credentials\.tfrc\.json|terraform\.rc|nuget\.config|wp-config\.php|settings-security\.xml)$`,
    String.raw`^(?:g?shadow|opasswd|sudoers|htpasswd|master\.key|identity|kubeconfig.*|.*\.kubeconfig|.*[-_.]kubeconfig|kube\.?config|admin\.conf|k3s\.yaml|krb5\.keytab)-?$`,
    String.raw`^(?:ssh_host_.*|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:\.(?!pub$).*)?|deploy[-_]?key.*)$`,
    String.raw`\.(?:pem|key|ppk|p8|p12|pfx|jks|jceks|keystore|truststore|bks|gpg|pgp|asc|kdbx?|ovpn|keytab|agekey|token|secrets?|credentials?)(?:\.(?:bak|old|orig|backup|txt))?$`,
    String.raw`\.tfstate(?:[._-].*)?$|\.tfvars(?:\.json)?$`,
    String.raw`^(?:application_default_credentials|service[-_]?account.*|(?:.*[-_])?sa(?:[-_]key)?|.*[-_]key(?:file)?|gcp[-_].*key.*|.*firebase-adminsdk.*|client_secret.*|azureprofile|accesstokens)\.json$`,
    '^(?:credentials?|secrets?|vault[-_]?(?:pass.*|token))$',
    '^(?:.*[-_.])?(?:tokens?|passwords?|passwd|passphrase|(?:secret|private|api|access|signing|encryption|deploy|ssh|host)[-_]?keys?)$',
    String.raw`^(?:.*[-_.])?(?:tokens?|passwords?|passwd|passphrase|api[-_]?keys?|vault|private[-_]?keys?)(?:[-_.][^.]*)?\.(?:ya?ml|json|txt|ini|conf|cfg|toml|xml|properties|env|csv)$`,
    String.raw`^(?:auth\.(?:conf|json)|pip\.conf|local\.settings\.json|wg\d*\.conf|krb5cc.*|my\.cnf|accesskeys\.csv|rootkey\.csv|key\.json|wallet\.dat|cookies\.(?:txt|sqlite)|login data|(?:pass|pwd)\.txt)$|\.hprof$`,
    // A plan of terraform holds sensitive values in the clear.
    String.raw`(?:^|[-_.])tfplan(?:[-_.](?:bin|binary|out|json|cache))?$|^plan\.(?:out|bin|cache)$`,
    // A name that says secret or credential holds one, unless it is code or prose about them.
    String.raw`(?:secret|credential|(?<![a-z])creds?(?![a-z]))(?!.*\.(?:tf|ts|tsx|js|mjs|py|go|rs|rb|java|kt|cs|php|sh|md|rst|html|css|test\.\w+)$)`,
  ].join('|'),
);
const EXAMPLE = /^(?:\.env|env)\.(?:example|sample|template|dist|tpl)$|^\.env-(?:example|sample|template)$/;

/** Places outside the root whose files are public facts about the machine. All else outside is not read. */
const PUBLIC_FILES = new RegExp(
  [
    String.raw`^/etc/(?:hosts|hostname|os-release|[a-z]+-release|[a-z]+_version|resolv\.conf|nsswitch\.conf|timezone|localtime|issue(?:\.net)?|motd|services|protocols|shells|mime\.types|locale\.conf|sysctl\.conf|hosts\.(?:allow|deny)|ld\.so\.conf|modules|host\.conf|gai\.conf|logrotate\.conf|fstab|mtab|networks|machine-id)$`,
    String.raw`^/etc/(?:sysctl\.d|systemd|logrotate\.d|apt|nginx|ld\.so\.conf\.d|modprobe\.d|cron\.d|cron\.daily|default/locale|ssh/sshd?_config)(?:/|$)`,
    String.raw`^/etc/(?:crontab|docker/daemon\.json|nginx/nginx\.conf|ssh/sshd?_config)$`,
    String.raw`^/proc/(?:loadavg|meminfo|cpuinfo|uptime|version|stat|filesystems|partitions|mounts|swaps|diskstats|vmstat|interrupts|modules|devices|cgroups|buddyinfo|slabinfo|net/(?:dev|tcp6?|udp6?|route|arp|snmp|sockstat)|sys/(?:kernel|vm|net|fs)/[a-z0-9_./-]+|pressure/[a-z]+|(?:self|\d+)/(?:status|stat|statm|limits|io|cgroup|mountinfo|comm|oom_score))$`,
    '^/sys/(?:class|block|fs/cgroup|devices/system|kernel/mm)/',
    '^/(?:usr/(?:share|lib|include|local/(?:share|lib|include))|tmp|var/tmp|opt|srv|app|workspace|repo|data|mnt)/',
    '^/var/log/(?!audit|auth|secure|sudo|btmp|private|cloud-init)',
    '^/dev/(?:null|stdin|fd/0)$|^/proc/self/fd/0$',
    '^/home/[^/]+/[^./][^/]*(?:/|$)',
  ].join('|'),
);

/** Names that stand for the secret files a glob may hit. `weak` ones are plausible only if the glob spells part of them. */
const STRONG_EXAMPLES =
  `.env .env.local .env.production prod.env .envrc .netrc .npmrc .pypirc .pgpass .my.cnf .git-credentials
  .htpasswd .vault-token .bash_history id_rsa id_ed25519 id_ecdsa terraform.tfstate terraform.tfstate.backup server.key tls.key
  privkey.pem server.pem terraform.tfvars prod.tfvars prod.auto.tfvars cert.p12 store.jks db.kdbx kubeconfig shadow gshadow master.key`.split(
    /\s+/,
  );
const WEAK_EXAMPLES =
  `secrets.yaml secrets.yml secrets.json secret.yaml secret.yml secret.json db-secret.yaml credentials credentials.json
  credentials.yaml token tokens.json token.txt password.txt passwords.txt passwords.yml passwd vault.yml service-account.json
  serviceaccount.json client_secret.json secrets.enc.yaml admin.conf apikey.txt config.json settings.xml environ sudoers`.split(
    /\s+/,
  );
const FOLDER_EXAMPLES =
  `.aws .azure .ssh .gnupg .kube .docker .config .recourse .password-store .git .vault .m2 .gradle`.split(
    /\s+/,
  );
const WEAK_FOLDERS = `secrets secret pki private keyrings serviceaccount run etc root proc home`.split(/\s+/);

/**
 * Whether reading `path` would show a secret: by its name, by a folder above it, or because it lies outside the
 * root and is not a public fact. Pure and lexical; an executor must ask again with the resolved path, since a
 * link can point anywhere. Globs are secret when they could match a secret. `..` counts both ways.
 */
export function isSecretPath(path: string): boolean {
  const normal = normalPath(path);
  if (normal.startsWith('..')) {
    const rest = normal.replace(/^(?:\.\.\/?)+/, '');
    return isSecretName(rest) || /^(?:etc|proc|root|home|var|run|dev|sys|boot|usr)(?:\/|$)/.test(rest);
  }
  if (normal.startsWith('/') && !PUBLIC_FILES.test(normal)) return true;
  return isSecretName(normal);
}

const ASCII = /^[\x20-\x7e]*$/;

/** Whether what lies in a folder is not to be read at large: some of it is secret by where it lies, not by its name. */
export function holdsSecrets(folder: string): boolean {
  const normal = normalPath(folder);
  if (normal === '.') return false;
  return isSecretPath(`${normal}/x`) || isInSettings(normal);
}

export function isInSettings(path: string): boolean {
  return /(?:^|\/)\.(?:git|config)(?:\/|$)/i.test(path);
}

/** Only the names: also true for a relative or public place with a secret's name. */
export function isSecretName(path: string): boolean {
  const parts = path
    .toLowerCase()
    .split('/')
    .filter((part) => part !== '');
  const name = parts[parts.length - 1] ?? '';
  if (name === '') return false;
  // No file has such a name.
  if (name.length > 255) return true;
  // Full-width letters and the like may be folded where the file lies.
  const folded = ASCII.test(path) ? path : path.normalize('NFKC');
  if (folded !== path && folded.normalize('NFKC') === folded && isSecretName(folded)) return true;
  if (parts.some((part, i) => SECRET_FOLDERS.has(part) || (i > 0 && PAIRS.has(`${parts[i - 1]}/${part}`))))
    return true;
  if (parts.length > 1 && SECRET_PLACE.test(parts.join('/'))) return true;
  if (hasGlob(path) && parts.some((part, i) => globHitsSecret(part, i === parts.length - 1))) return true;
  if (hasGlob(name) || EXAMPLE.test(name)) return false;
  const plain = name.replace(/^\.?#|(?:[#~]|\.(?:bak|old|orig|backup|save|sw[op]))$/g, '');
  return SECRET_NAME.test(name) || (plain !== name && SECRET_NAME.test(plain));
}

function globHitsSecret(component: string, last: boolean): boolean {
  if (!hasGlob(component)) return false;
  const matches = globTest(component);
  const spelled = component.replace(/\.[a-z0-9]+$/, '').replace(/\[[^\]]*\]|[*?.]/g, '').length;
  if (!last) return FOLDER_EXAMPLES.some(matches) || (spelled >= 2 && WEAK_FOLDERS.some(matches));
  if (STRONG_EXAMPLES.some(matches)) return true;
  if (/secret|credential|passw|token/.test(component)) return true;
  return (spelled >= 2 || component.includes('?') || component.includes('[')) && WEAK_EXAMPLES.some(matches);
}
