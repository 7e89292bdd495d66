/** Runs a command that humans read and approved: in bash, as its text stands, in a sandbox that may write the root. */
import { laneEnvironment } from '../lane-environment.ts';
import { runProcess } from '../process.ts';
import { approvedView } from './confine.ts';
import { isInside } from './inside.ts';
import { MAX_OUTPUT_BYTES, type ShellCall, type ShellOutcome } from './run-judged.ts';
import type { ShellSettings } from './settings.ts';

/** Rejects where bash cannot be started. Output beyond the bound is dropped: a change must not be cut off by it. */
export async function runApproved(
  settings: ShellSettings,
  text: string,
  call: ShellCall,
  signal: AbortSignal,
): Promise<ShellOutcome & { readonly truncated: boolean }> {
  const { sandbox, programs, root } = settings;
  const bash = programs.find('bash');
  if (bash === null) throw new Error('bash is not installed in the folders that programs are taken from');
  const env = laneEnvironment('shell', settings.env, [settings.root]);
  const path = (env.PATH ?? '').split(':').filter((folder) => !isInside(root, folder));
  const argv = [bash, '--noprofile', '--norc', '-c', text];
  const [file = bash, ...args] =
    sandbox === null
      ? argv
      : [sandbox.file, ...approvedView(settings, call.cwd), ...processLimit(settings), ...argv];
  const result = await runProcess({
    file,
    args,
    cwd: sandbox === null ? call.cwd : '/',
    env: { ...env, PATH: path.join(':') },
    timeoutMs: call.timeoutMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    graceMs: GRACE_MS,
    signal,
  });
  const ended = result.timedOut
    ? ({ by: 'time' } as const)
    : result.aborted
      ? ({ by: 'caller' } as const)
      : null;
  const { stdout, stderr, truncated } = result;
  return { exitCode: ended === null ? result.exitCode : null, stdout, stderr, truncated, ended };
}

const GRACE_MS = 2_000;

/**
 * Set inside the sandbox, where the kernel counts only what runs there. It does not bind root; there the end of
 * the sandbox's process namespace is what stops a fork bomb.
 */
function processLimit({ programs }: ShellSettings): string[] {
  const prlimit = programs.find('prlimit');
  return prlimit === null ? [] : [prlimit, '--nproc=4096', '--core=0', '--'];
}
