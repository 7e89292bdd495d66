/**
 * What a child process may know of the gateway's environment: an allow list for each lane. The gateway's own
 * secrets, anything that loads code into a program, and anything that changes what terraform does with the
 * frozen inputs are on no list.
 */
import type { Lane } from '../core/run.ts';
import { isInReach } from './reach.ts';

/** The whole environment for a child in this lane. `untrusted` are folders that agents can write. */
export function laneEnvironment(
  lane: Lane,
  own: Readonly<Record<string, string | undefined>>,
  untrusted: readonly string[] = [],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && passes(lane, name)) env[name] = value;
  }
  env.PATH = safePath(own.PATH, untrusted);
  return { ...env, ...ADDED[lane] };
}

function passes(lane: Lane, name: string): boolean {
  if (NEVER.some((pattern) => pattern.test(name))) return false;
  return ALLOWED[lane].some((pattern) => pattern.test(name));
}

/** Refused even where a list below would let it through. */
const NEVER: readonly RegExp[] = [
  /^RECOURSE/i,
  /^NODE_/,
  /^npm_/i,
  /^(LD|DYLD)_/,
  /^GIT_/,
  /^BASH_|^ENV$|^SHELLOPTS$|^PROMPT_COMMAND$/,
  /^TF_(CLI_ARGS|WORKSPACE|DATA_DIR|LOG|REATTACH_PROVIDERS|PLUGIN|INPUT|IN_AUTOMATION|ENCRYPTION|SKIP|FORK|IGNORE|REGISTRY|STATE)/,
];

const PLACE: readonly RegExp[] = [/^LANG$/, /^LC_[A-Z]+$/, /^TZ$/];
const HOME: readonly RegExp[] = [/^HOME$/, /^USER$/, /^LOGNAME$/, /^TMPDIR$/, /^XDG_CONFIG_HOME$/];
const NETWORK: readonly RegExp[] = [
  /^(https?|all|no|ftp)_proxy$/i,
  /^SSL_CERT_(FILE|DIR)$/,
  /^AWS_CA_BUNDLE$/,
  /^REQUESTS_CA_BUNDLE$/,
];
const CLOUDS: readonly RegExp[] = [
  /^AWS_[A-Z0-9_]+$/,
  /^(GOOGLE|CLOUDSDK|GCLOUD)_[A-Z0-9_]+$/,
  /^(ARM|AZURE)_[A-Z0-9_]+$/,
];
const TERRAFORM: readonly RegExp[] = [
  ...PLACE,
  ...HOME,
  ...NETWORK,
  ...CLOUDS,
  /^TF_CLI_CONFIG_FILE$/,
  /^TF_VAR_.+$/,
  /^TF_TOKEN_[A-Za-z0-9_]+$/,
];
const KUBECTL: readonly RegExp[] = [...PLACE, ...HOME, ...NETWORK, ...CLOUDS, /^KUBECONFIG$/];

const ALLOWED: Readonly<Record<Lane, readonly RegExp[]>> = {
  source: [...PLACE, ...HOME, ...NETWORK],
  'terraform-plan': TERRAFORM,
  'terraform-apply': TERRAFORM,
  'kubectl-read': KUBECTL,
  'kubectl-write': KUBECTL,
  shell: PLACE,
};

const FOR_TERRAFORM = { TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' } as const;

const ADDED: Readonly<Record<Lane, Readonly<Record<string, string>>>> = {
  source: {},
  'terraform-plan': FOR_TERRAFORM,
  'terraform-apply': FOR_TERRAFORM,
  'kubectl-read': {},
  'kubectl-write': {},
  shell: { HOME: '/tmp' },
};

const FALLBACK_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The operator's PATH without relative entries and without those in an agent's reach (npm puts the
 * `node_modules/.bin` of the folder that it was called in first): both would name a program of the agent's.
 */
export function safePath(path: string | undefined, untrusted: readonly string[] = []): string {
  const entries = (path ?? '')
    .split(':')
    .filter((entry) => entry.startsWith('/') && !isInReach(entry, untrusted));
  return entries.length > 0 ? entries.join(':') : FALLBACK_PATH;
}
