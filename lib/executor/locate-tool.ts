/** Finds the programs that lanes run, and says which version they are. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { laneEnvironment, safePath } from './lane-environment.ts';
import { runProcess } from './process.ts';
import { isInReach } from './reach.ts';

export interface Tool {
  readonly name: string;
  /** Absolute path as found on PATH. */
  readonly file: string;
  readonly version: string;
}

/**
 * Absolute path of a program on PATH, or null. Entries inside `untrusted` folders do not count, by their
 * real place: an agent that can write to its root must not choose which terraform runs.
 */
export async function locateTool(
  name: string,
  path: string | undefined,
  untrusted: readonly string[],
): Promise<string | null> {
  for (const folder of safePath(path, untrusted).split(':')) {
    const file = join(folder, name);
    if ((await isExecutable(file)) && !isInReach(file, untrusted)) return file;
  }
  return null;
}

/** Terraform (or tofu) with its version; null where there is none or it does not say its version. */
export async function locateTerraform(
  name: 'terraform' | 'tofu',
  env: Readonly<Record<string, string | undefined>>,
  untrusted: readonly string[],
): Promise<Tool | null> {
  const file = await locateTool(name, env.PATH, untrusted);
  if (file === null) return null;
  const said = await runProcess({
    file,
    args: ['version', '-json'],
    cwd: '/',
    env: laneEnvironment('source', env, untrusted),
    timeoutMs: 20_000,
    maxOutputBytes: 65_536,
  });
  const version = /"terraform_version"\s*:\s*"([0-9A-Za-z.+-]+)"/.exec(said.stdout)?.[1];
  return version === undefined ? null : { name, file, version };
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
