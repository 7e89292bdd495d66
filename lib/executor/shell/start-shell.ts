/** Runs an authorised shell command. What leaves here is redacted. */
import type { AuthorizedPlan } from '../../core/authorize.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { RunResult } from '../../core/run.ts';
import type { Blobs } from '../../ports/store.ts';
import { printed } from '../printed.ts';
import { runShell } from './run-shell.ts';
import type { ShellSettings } from './settings.ts';

export interface ShellRunOptions {
  readonly blobs: Blobs;
  readonly sweep: (text: string) => Promise<string>;
  readonly policy: Policy;
  readonly shell: () => Promise<ShellSettings | { readonly unavailable: string }>;
}

export async function startShell(
  options: ShellRunOptions,
  { plan, approvalId }: Pick<AuthorizedPlan, 'plan' | 'approvalId'>,
  signal: AbortSignal,
): Promise<RunResult> {
  const settings = await options.shell();
  if ('unavailable' in settings || plan.action.kind !== 'shell') {
    const message = 'unavailable' in settings ? settings.unavailable : 'This is not a shell command.';
    return {
      exit_code: null,
      output: null,
      stderr: null,
      error: { code: 'tool_unavailable', message },
      produced_plan: null,
    };
  }
  const result = await runShell(settings, plan.action, approvalId !== null, options.policy, signal);
  const clean = (text: string) => printed(text, [], options.sweep);
  const put = async (text: string) =>
    text === '' ? null : options.blobs.put(new TextEncoder().encode(await clean(text)));
  const { error } = result;
  return {
    exit_code: result.exitCode,
    output: await put(result.stdout),
    stderr: await put(result.stderr),
    error: error === null ? null : { code: error.code, message: await clean(error.message) },
    produced_plan: null,
  };
}
