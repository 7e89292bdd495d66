/**
 * A provider that leaves a mark whenever terraform executes it, from a filesystem mirror: shows whether
 * provider code ran. It speaks no plugin protocol, so every command that starts it fails after the mark.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

export interface MarkingProvider {
  /** Full source address. */
  readonly source: string;
  /** Configuration that needs it: write it into the root module. */
  readonly configuration: string;
  /** `.terraform.lock.hcl` that locks it, as `terraform providers lock` writes it. */
  readonly lockFile: string;
  /** For TF_CLI_CONFIG_FILE. */
  readonly cliConfigFile: string;
  /** How often it ran. */
  runs(): Promise<number>;
}

/**
 * `folder`: an empty folder for mirror and settings, outside the root. `markFile` must be where the sandbox
 * lets terraform write: in the folder that holds the state. A name with `.tfstate` in it stays out of snapshots.
 */
export async function markingProvider(
  folder: string,
  markFile: string,
  stateFolder = '/nonexistent',
): Promise<MarkingProvider> {
  const source = 'example.com/acme/mark';
  const target = `${platform()}_${arch() === 'x64' ? 'amd64' : arch()}`;
  const home = join(folder, 'mirror', source, '1.0.0', target);
  await mkdir(home, { recursive: true });
  const program = join(home, 'terraform-provider-mark_v1.0.0');
  await writeFile(program, `#!/bin/sh\n${marking('ran', markFile, stateFolder)}exit 1\n`);
  await chmod(program, 0o755);
  const cliConfigFile = join(folder, 'terraform.rc');
  const mirror = `provider_installation {\n  filesystem_mirror {\n    path = "${join(folder, 'mirror')}"\n  }\n}\n`;
  await writeFile(cliConfigFile, mirror);
  const configuration = `terraform {
  required_providers {
    mark = { source = "${source}" }
  }
}
resource "mark_thing" "one" {}
`;
  const scratch = join(folder, 'lock');
  await mkdir(scratch);
  await writeFile(join(scratch, 'main.tf'), configuration);
  const { PATH } = process.env;
  await promisify(execFile)('terraform', ['providers', 'lock', `-fs-mirror=${join(folder, 'mirror')}`], {
    cwd: scratch,
    env: { PATH, HOME: folder, TF_CLI_CONFIG_FILE: cliConfigFile, CHECKPOINT_DISABLE: '1' },
  });
  const lockFile = await readFile(join(scratch, '.terraform.lock.hcl'), 'utf8');
  const runs = async () =>
    (await readFile(markFile, 'utf8').catch(() => '')).split('\n').filter(Boolean).length;
  return { source, configuration, lockFile, cliConfigFile, runs };
}

/**
 * Shell lines that add a word to a file beside a state. Inside the sandbox that folder has another path, in
 * the gateway's state folder.
 */
export function marking(word: string, markFile: string, stateFolder: string): string {
  const inside = `'${stateFolder}'/state/*/default`;
  return `{ echo ${word} >> '${markFile}'; } 2>/dev/null || for d in ${inside}; do echo ${word} >> "$d/${basename(markFile)}"; done 2>/dev/null\n`;
}
