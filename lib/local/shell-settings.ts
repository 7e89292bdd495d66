/** Finds what shell commands need on this machine, once, when the first one comes. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { locateSandbox } from '../executor/sandbox.ts';
import type { OwnProgram } from '../executor/shell/machine.ts';
import { pipeSource } from '../executor/shell/pipes.ts';
import { PROGRAM_FOLDERS, programsIn } from '../executor/shell/programs.ts';
import type { ShellSettings } from '../executor/shell/settings.ts';

export interface ShellPlace {
  readonly environment: string;
  readonly root: string;
  readonly stateFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The operator passed `--no-sandbox`. */
  readonly unconfined: boolean;
  readonly kubectlRead: OwnProgram | null;
}

export async function findShell(
  place: ShellPlace,
): Promise<ShellSettings | { readonly unavailable: string }> {
  const { environment, env, unconfined, kubectlRead } = place;
  const [root, stateFolder] = await Promise.all([realpath(place.root), realpath(place.stateFolder)]);
  const programs = programsIn(PROGRAM_FOLDERS, [root, stateFolder]);
  const mkfifo = programs.find('mkfifo');
  if (mkfifo === null || programs.find('bash') === null || !existsSync('/proc/self/fd')) {
    return {
      unavailable: `Shell commands need Linux with /proc where the gateway runs, and bash and mkfifo in one of ${PROGRAM_FOLDERS.join(', ')}.`,
    };
  }
  const homes = ['/root', '/home', '/Users', homedir(), ...(env.HOME === undefined ? [] : [env.HOME])];
  const hidden = await Promise.all([stateFolder, ...homes].map((path) => realpath(path).catch(() => null)));
  return {
    environment,
    root,
    hidden: [...new Set(hidden)].flatMap((path) => (path === null || path === '/' ? [] : [path])),
    sandbox: await locateSandbox(env, [root, stateFolder]),
    container: false,
    unconfined,
    programs,
    pipes: pipeSource(mkfifo),
    kubectlRead,
    env,
  };
}
