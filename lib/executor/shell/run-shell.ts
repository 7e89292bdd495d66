/** From an authorised shell action to how it ended, unredacted. */

import type { Policy } from '../../core/policy/policy.ts';
import type { ErrorCode } from '../../core/refusal.ts';
import { isRefusal } from '../../core/refusal.ts';
import { judgeShell } from '../../core/shell/judge.ts';
import { openFolder, type ShellAction } from './lane.ts';
import { runApproved } from './run-approved.ts';
import { MAX_OUTPUT_BYTES, runJudged, type ShellOutcome } from './run-judged.ts';
import type { ShellSettings } from './settings.ts';

export interface ShellResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/**
 * `approved`: humans approved the text, so bash runs it. Otherwise the text is judged once more with this policy
 * and only what that allows is run.
 */
export async function runShell(
  settings: ShellSettings,
  action: ShellAction,
  approved: boolean,
  policy: Policy,
  signal: AbortSignal,
): Promise<ShellResult> {
  const cwd = openFolder(settings, action);
  if (isRefusal(cwd)) return failed(cwd.code, cwd.why);
  const call = { cwd, timeoutMs: action.timeoutMs };
  if (approved) {
    const outcome = await runApproved(settings, action.command, call, signal);
    const note = outcome.truncated ? `\n[output cut at ${MAX_OUTPUT_BYTES} bytes]\n` : '';
    return { ...judgedByExit(finished(outcome, action)), stderr: outcome.stderr + note };
  }
  const verdict = judgeShell(action.command, policy.shell);
  if (verdict.decision !== 'allow' || verdict.pipeline === null) {
    return failed('approval_required', 'This command does not only read. Ask for an approval.');
  }
  return finished(await runJudged(settings, verdict.pipeline, call, signal), action);
}

/**
 * What humans approved to be done was not done where it ends with an error. (Of what only reads, the exit code is
 * part of the answer: `grep` that finds nothing.)
 */
function judgedByExit(result: ShellResult): ShellResult {
  if (result.error !== null || result.exitCode === 0) return result;
  const how = result.exitCode === null ? 'by a signal' : `with exit code ${result.exitCode}`;
  const message = `The command ended ${how}. What it had done by then stays done.`;
  return { ...result, error: { code: 'execution_failed', message } };
}

function finished(outcome: ShellOutcome, action: ShellAction): ShellResult {
  const { exitCode, stdout, stderr, ended } = outcome;
  const result = { exitCode, stdout, stderr };
  switch (ended?.by) {
    case undefined:
      return { ...result, error: null };
    case 'time':
      return {
        ...result,
        error: {
          code: 'timeout',
          message: `Ended after ${action.timeoutMs} ms, with everything it started.`,
        },
      };
    case 'output':
      return {
        ...result,
        error: {
          code: 'execution_failed',
          message: `Ended at ${MAX_OUTPUT_BYTES} bytes of output. Ask for less.`,
        },
      };
    case 'caller':
      return { ...result, error: { code: 'interrupted', message: 'Ended before it was done.' } };
    case 'path':
      return {
        ...result,
        error: { code: 'path_outside_root', message: ended?.by === 'path' ? ended.why : '' },
      };
  }
}

function failed(code: ErrorCode, message: string): ShellResult {
  return { exitCode: null, stdout: '', stderr: '', error: { code, message } };
}
