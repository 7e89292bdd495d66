/** How shell commands are confined: what bubblewrap shows them of the machine. */
import { accessSync, constants, existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { RESOLVER_FOLDERS } from '../sandbox.ts';
import { isInside } from './inside.ts';

const SYSTEM = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/opt',
  '/sys',
  '/var/log',
];

/** Real paths of the folders outside the root that an allowed command is shown. */
export const SHOWN: readonly string[] = [...SYSTEM, '/proc'].filter((path) => {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isSymbolicLink();
});

export interface View {
  /** Real path of the root. */
  readonly root: string;
  /** Real paths that stay invisible: the state folder, homes. */
  readonly hidden: readonly string[];
}

/**
 * Arguments of bubblewrap, up to the program, for a read-only command: the system's own folders and the root,
 * all read-only; no network, no home, no state, no other process.
 */
export function readOnlyView({ root, hidden }: View, cwd: string): string[] {
  return [
    ...SYSTEM.flatMap(systemFolder),
    ...DEVICES,
    ...['--proc', '/proc', '--tmpfs', '/tmp'],
    ...empty(hidden, (path) => SEEN.some((folder) => isInside(folder, path))),
    ...['--ro-bind', root, root],
    ...masks(root, hidden),
    ...FENCE,
    ...['--unshare-net', '--chdir', cwd, '--'],
  ];
}

/** For a command that humans approved: the whole machine read-only but for the root, and the network. */
export function approvedView({ root, hidden }: View, cwd: string): string[] {
  return [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...empty(['/run', ...hidden], () => true),
    ...RESOLVER_FOLDERS.flatMap((folder) => ['--ro-bind', folder, folder]),
    ...['--bind', root, root],
    ...masks(root, hidden),
    ...FENCE,
    ...['--chdir', cwd, '--'],
  ];
}

/** Each mount costs a good part of a millisecond; these are all that reading needs. */
const DEVICES: readonly string[] = [
  ...['/dev/null', '/dev/zero', '/dev/urandom'].flatMap((path) => ['--dev-bind', path, path]),
  ...['--symlink', '/proc/self/fd', '/dev/fd', '--symlink', '/proc/self/fd/0', '/dev/stdin'],
  ...['--symlink', '/proc/self/fd/1', '/dev/stdout', '--symlink', '/proc/self/fd/2', '/dev/stderr'],
];

/** As root, capabilities would otherwise stay; one is kept, to reach a root that belongs to another user. */
const FENCE: readonly string[] = [
  ...['--unshare-pid', '--unshare-ipc', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
  ...(process.getuid?.() === 0 ? ['--cap-add', 'CAP_DAC_OVERRIDE'] : []),
];

const SEEN = ['/usr', '/etc', '/opt', '/var/log'];

/** On merged systems /bin is a link to /usr/bin and stays one inside. */
function systemFolder(path: string): string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return stats.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}

/** Outer folders first, so that an inner one is laid over it. */
function empty(paths: readonly string[], visible: (path: string) => boolean): string[] {
  const folders = paths.filter((path) => existsSync(path) && visible(path)).map((path) => realpathSync(path));
  return [...new Set(folders)].sort((a, b) => a.length - b.length).flatMap((path) => ['--tmpfs', path]);
}

/** The machine's own secrets; and people's, where a home lies inside the root and so is shown with it. */
function masks(root: string, hidden: readonly string[]): string[] {
  const homes = hidden.filter((path) => isInside(root, path));
  const people = homes.flatMap((home) => HOME_SECRETS.map((name) => join(home, name)));
  return [...MACHINE_SECRETS, ...people].filter((path) => !isInside(path, root)).flatMap(mask);
}

/** What the gateway's own user cannot read needs no mask. */
function mask(path: string): string[] {
  try {
    accessSync(path, constants.R_OK);
  } catch {
    return [];
  }
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return ['--tmpfs', path];
  return stats?.isFile() ? ['--ro-bind', '/dev/null', path] : [];
}

const MACHINE_SECRETS = [
  '/etc/shadow',
  '/etc/shadow-',
  '/etc/gshadow',
  '/etc/gshadow-',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/security/opasswd',
  '/etc/ssl/private',
  '/etc/pki/tls/private',
  '/etc/letsencrypt',
  '/etc/kubernetes',
  '/etc/rancher',
  '/etc/vault.d',
  '/etc/krb5.keytab',
  '/etc/ssh/ssh_host_rsa_key',
  '/etc/ssh/ssh_host_ecdsa_key',
  '/etc/ssh/ssh_host_ed25519_key',
  '/etc/ssh/ssh_host_dsa_key',
] as const;

const HOME_SECRETS = [
  '.ssh',
  '.aws',
  '.azure',
  '.kube',
  '.docker',
  '.gnupg',
  '.config',
  '.local/state',
  '.password-store',
  '.terraform.d',
  '.vault-token',
  '.netrc',
  '.npmrc',
  '.pypirc',
  '.pgpass',
  '.git-credentials',
  '.bash_history',
  '.zsh_history',
] as const;
