/** The shell in this build: its container is the sandbox, and its role opens nothing. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeSource } from '../executor/shell/pipes.ts';
import { PROGRAM_FOLDERS, programsIn } from '../executor/shell/programs.ts';
import type { ShellSettings } from '../executor/shell/settings.ts';
import type { LaneMachine } from './machine.ts';

export async function shellHere(
  machine: LaneMachine,
): Promise<ShellSettings | { readonly unavailable: string }> {
  const { environment, place } = machine;
  const [root, stateFolder] = await Promise.all([
    realpath(join(place, 'root')),
    realpath(join(place, 'state')),
  ]);
  const programs = programsIn(PROGRAM_FOLDERS, [root, stateFolder]);
  const mkfifo = programs.find('mkfifo');
  if (mkfifo === null || programs.find('bash') === null || !existsSync('/proc/self/fd')) {
    return { unavailable: 'bash and mkfifo are not installed in this lane. Tell the operator.' };
  }
  return {
    environment,
    root,
    hidden: [stateFolder],
    sandbox: null,
    container: true,
    unconfined: false,
    programs,
    pipes: pipeSource(mkfifo),
    kubectlRead: null,
    env: { PATH: machine.env.PATH, LANG: machine.env.LANG },
  };
}
