/**
 * Runs a command under bubblewrap: it sees the machine read-only, the gateway's state not at all, and may
 * write only where it is told. Paths are the same inside and outside.
 */
import { existsSync } from 'node:fs';
import { laneEnvironment } from './lane-environment.ts';
import { locateTool } from './locate-tool.ts';
import { GIVEN_FD, type ProcessRequest, runProcess } from './process.ts';

/** A bubblewrap that was seen working. */
export interface Sandbox {
  readonly file: string;
  /** It can mount an open folder; older ones only know paths. */
  readonly mountsOpened?: boolean;
}

export interface Confinement {
  /** Read-only although they lie under /tmp, which is otherwise empty inside. Missing ones are left out. */
  readonly visible?: readonly string[];
  /** May be written, but for what is hidden inside them. Missing ones are left out. */
  readonly shared?: readonly string[];
  /** Empty inside, whatever they hold: the state folder first of all. */
  readonly hidden: readonly string[];
  /** Seen read-only although they lie in a hidden folder. Must exist. */
  readonly readOnly: readonly string[];
  /** May be written. Must exist. */
  readonly writable: readonly string[];
  /** A folder in an agent's reach, open for reading, that may be written at a path of the gateway's own. */
  readonly opened?: { readonly fd: number; readonly place: string; readonly at: string };
  readonly network: boolean;
}

/** What is to run, without its confinement. */
export type Command = Pick<ProcessRequest, 'file' | 'args' | 'cwd'>;

/**
 * The command that runs `command` confined. Give `insideFd: 3` to runProcess with it, so that a polite stop
 * reaches the program and not the sandbox around it.
 */
export function sandboxed(
  sandbox: Sandbox,
  command: Command,
  confinement: Confinement,
): Command & { readonly insideFd: 3; readonly givenFd?: number } {
  const { visible = [], shared = [], hidden, readOnly, writable, opened, network } = confinement;
  const given = opened !== undefined && sandbox.mountsOpened === true ? { givenFd: opened.fd } : {};
  const args = [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...visible.flatMap((path) => ['--ro-bind-try', path, path]),
    ...shared.flatMap((path) => ['--bind-try', path, path]),
    ...hidden.flatMap((path) => ['--tmpfs', path]),
    ...readOnly.flatMap((path) => ['--ro-bind', path, path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    // Bubblewrap closes the descriptor: with it, a program could climb out of what is hidden.
    ...(opened === undefined
      ? []
      : sandbox.mountsOpened === true
        ? ['--bind-fd', String(GIVEN_FD), opened.at]
        : ['--bind', opened.place, opened.at]),
    // As root, capabilities would otherwise stay and could take the hiding mounts away again.
    // One is kept: without it root could not write a state file that belongs to another user.
    ...['--cap-drop', 'ALL', ...(process.getuid?.() === 0 ? ['--cap-add', 'CAP_DAC_OVERRIDE'] : [])],
    ...['--die-with-parent', '--new-session'],
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', ...(network ? [] : ['--unshare-net'])],
    ...['--as-pid-1', '--info-fd', '3', '--chdir', command.cwd, '--', command.file],
  ];
  return { file: sandbox.file, args: [...args, ...command.args], cwd: '/', insideFd: 3, ...given };
}

/** Name lookups need these although the rest of /run, with its sockets of privileged services, is hidden. */
export const RESOLVER_FOLDERS = ['/run/systemd/resolve', '/run/resolvconf', '/run/nscd'].filter(existsSync);

/**
 * Finds bubblewrap and tries it once. Null where it is missing or does not work (a kernel or a container
 * may forbid namespaces): callers must then treat commands as unconfined.
 */
export async function locateSandbox(
  env: Readonly<Record<string, string | undefined>>,
  untrusted: readonly string[],
): Promise<Sandbox | null> {
  const file = await locateTool('bwrap', env.PATH, untrusted);
  const probe = await locateTool('true', env.PATH, untrusted);
  if (file === null || probe === null) return null;
  const command = { file: probe, args: [], cwd: '/' };
  for (const network of [true, false]) {
    const confined = sandboxed({ file }, command, { hidden: [], readOnly: [], writable: [], network });
    const request = {
      ...confined,
      env: laneEnvironment('shell', env, untrusted),
      timeoutMs: 10_000,
      maxOutputBytes: 4_096,
    };
    const result = await runProcess(request).catch(() => null);
    if (result?.exitCode !== 0) return null;
  }
  const help = await runProcess({
    file,
    args: ['--help'],
    cwd: '/',
    env: laneEnvironment('shell', env, untrusted),
    timeoutMs: 10_000,
    maxOutputBytes: 65_536,
  });
  return { file, mountsOpened: /^\s*--bind-fd\s/m.test(help.stdout + help.stderr) };
}
