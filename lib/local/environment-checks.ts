/** What the doctor looks at beside its self-tests: the machine on which the gateway would run. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { locateTerraform, locateTool } from '../executor/locate-tool.ts';
import { locateSandbox } from '../executor/sandbox.ts';
import { settingsInReach } from '../executor/terraform/operator-settings.ts';

export interface EnvironmentCheck {
  readonly id: string;
  /** `problem` fails the doctor; `advice` does not: something is weaker or missing, and the gateway says so too. */
  readonly level: 'ok' | 'advice' | 'problem';
  readonly message: string;
}

export interface Surroundings {
  /** Real path. */
  readonly root: string;
  readonly policyFile: string | null;
  /** Null where none was made yet. */
  readonly stateFolder: string | null;
  readonly terraform: 'terraform' | 'tofu';
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function checkEnvironment(around: Surroundings): Promise<EnvironmentCheck[]> {
  const untrusted = [around.root];
  const [terraform, kubectl, sandbox] = await Promise.all([
    locateTerraform(around.terraform, around.env, untrusted),
    locateTool('kubectl', around.env.PATH, untrusted),
    locateSandbox(around.env, untrusted),
  ]);
  return [
    checkTerraformSettings(around),
    terraform === null
      ? advice(
          'terraform',
          `${around.terraform} is not on the PATH outside the root: the terraform tools answer tool_unavailable. Install it.`,
        )
      : ok('terraform', `${terraform.name} ${terraform.version} at ${terraform.file}`),
    kubectl === null
      ? advice(
          'kubectl',
          'kubectl is not on the PATH outside the root: the kubectl tools answer tool_unavailable. Install it.',
        )
      : ok('kubectl', `kubectl at ${kubectl}`),
    sandbox === null
      ? advice(
          'bubblewrap',
          'bubblewrap is missing or does not work here: terraform runs unconfined and read-only shell commands wait for a human. Install the bubblewrap package.',
        )
      : ok('bubblewrap', `bubblewrap at ${sandbox.file} works`),
    checkStateFolder(around.stateFolder),
    checkPolicyFile(around.policyFile, around.root),
    checkRoot(around.root),
  ];
}

/** Terraform is unavailable for the same reason. */
function checkTerraformSettings({ env, root }: Surroundings): EnvironmentCheck {
  const reach = settingsInReach(env, [root]);
  return reach === null
    ? ok('terraform-settings', 'the settings that terraform reads lie outside the root')
    : problem('terraform-settings', reach);
}

function checkStateFolder(folder: string | null): EnvironmentCheck {
  if (folder === null)
    return ok('state-folder', 'there is no state folder yet; it will be made with mode 0700');
  const stats = lstatSync(folder);
  const loose = looseness(stats);
  if (loose !== null) return problem('state-folder', `${folder} ${loose}. Run: chmod 700 ${folder}`);
  return ok('state-folder', `${folder} is its owner's alone`);
}

/** Whoever can write the policy file decides at the next start. */
function checkPolicyFile(file: string | null, root: string): EnvironmentCheck {
  if (file === null) return ok('policy-file', 'built-in policy; no file that somebody could change');
  const real = realpathSync(file);
  if (isInside(root, real)) {
    return problem(
      'policy-file',
      `${file} lies inside the root, where agents' changes go. Keep it elsewhere.`,
    );
  }
  const writable = [real, path.dirname(real)].find(
    (each) => (statSync(each).mode & 0o022) !== 0 && !isSticky(each),
  );
  if (writable !== undefined) {
    return problem('policy-file', `${writable} can be written by other users. Run: chmod go-w ${writable}`);
  }
  return ok('policy-file', `${file} can be written by its owner alone`);
}

function checkRoot(root: string): EnvironmentCheck {
  const { mode } = statSync(root);
  if ((mode & 0o002) !== 0 && !isSticky(root)) {
    return problem('root', `${root} can be written by every user of this machine. Run: chmod o-w ${root}`);
  }
  if (process.getuid?.() === 0) {
    return advice('root', 'the gateway runs as root; give it a user of its own, which is not the agent’s');
  }
  return ok('root', `${root} cannot be written by every user`);
}

function looseness({ mode, uid }: { readonly mode: number; readonly uid: number }): string | null {
  if ((mode & 0o077) !== 0) return 'can be read or written by other users';
  return process.getuid !== undefined && uid !== process.getuid() ? 'belongs to another user' : null;
}

/** In a sticky folder (such as /tmp) nobody replaces what is another's. */
function isSticky(folder: string): boolean {
  const stats = statSync(folder);
  return stats.isDirectory() && (stats.mode & 0o1000) !== 0;
}

function isInside(outer: string, inner: string): boolean {
  const way = path.relative(outer, inner);
  return way === '' || (!way.startsWith(`..${path.sep}`) && way !== '..' && !path.isAbsolute(way));
}

function ok(id: string, message: string): EnvironmentCheck {
  return { id, level: 'ok', message };
}

function advice(id: string, message: string): EnvironmentCheck {
  return { id, level: 'advice', message };
}

function problem(id: string, message: string): EnvironmentCheck {
  return { id, level: 'problem', message };
}
