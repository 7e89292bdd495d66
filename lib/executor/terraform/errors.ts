/** Reads what terraform printed when it failed, and says it as a refusal. The text is unredacted. */
import { stripVTControlCharacters } from 'node:util';
import type { TerraformTarget } from '../../core/action.ts';
import { type NextStep, type Refusal, refuse } from '../../core/refusal.ts';
import { renderTerraformArguments } from '../../core/terraform/arguments.ts';
import type { ProcessResult } from '../process.ts';

/** What a command gave, or why it was not let run or its result not taken. */
export type CommandResult = ProcessResult & { readonly refused?: Refusal };

/** Null for a command that succeeded. `what` names it: `terraform plan`. */
export function refusalOf(what: string, result: CommandResult, target: TerraformTarget): Refusal | null {
  if (result.refused !== undefined) return result.refused;
  if (result.aborted) {
    return refuse(
      'interrupted',
      `${what} was stopped. What it had changed is in the state; plan again and look.`,
      planAgain(target),
    );
  }
  if (result.timedOut)
    return refuse(
      'timeout',
      `${what} took too long and was stopped. Plan again and look.`,
      planAgain(target),
    );
  if (result.exitCode === 0) return null;
  const error = firstError(result.stderr) ?? firstError(result.stdout);
  if (error === null) {
    const how = result.exitCode === null ? `was ended by ${result.signal}` : `exited with ${result.exitCode}`;
    return refuse('execution_failed', `${what} ${how} and gave no reason.`);
  }
  return explain(what, error, target);
}

/** The call that plans the same again. */
export function planAgain(target: TerraformTarget, retryAfterSeconds?: number): NextStep {
  return {
    tool: 'gateway_terraform_plan',
    arguments: {
      cwd: target.cwd,
      workspace: target.workspace,
      ...(target.ref === null ? {} : { ref: target.ref }),
      ...(target.args.length === 0 ? {} : { args: renderTerraformArguments(target.args) }),
    },
    ...(retryAfterSeconds === undefined ? {} : { retry_after_seconds: retryAfterSeconds }),
  };
}

interface TerraformError {
  readonly title: string;
  readonly detail: string;
}

function explain(what: string, { title, detail }: TerraformError, target: TerraformTarget): Refusal {
  if (/^Error acquiring the state lock/.test(title)) {
    const lock = lockOf(detail);
    return refuse(
      'workspace_busy',
      `The state of workspace ${target.workspace} is locked${lock}. Wait until that is done, then try again.`,
      planAgain(target, 15),
    );
  }
  if (/^Saved plan (is stale|does not match)/.test(title)) {
    return refuse(
      'plan_stale',
      'The state has changed since this plan was made. Plan again.',
      planAgain(target),
    );
  }
  if (/workspace .* (does not|doesn't) exist/i.test(`${title} ${detail}`)) {
    return refuse('workspace_mismatch', `Workspace ${target.workspace} does not exist.`);
  }
  if (/^(Provider dependency changes detected|Inconsistent dependency lock file)/.test(title)) {
    return refuse(
      'execution_failed',
      `.terraform.lock.hcl does not cover the providers that ${target.cwd} needs, and the gateway does not choose versions. ` +
        'Run "terraform providers lock" there and keep the file with the source, then plan again.',
      planAgain(target),
    );
  }
  const more = detail === '' ? '' : ` ${detail}`;
  return refuse('execution_failed', `${what} failed: ${shorten(`${title}.${more}`)}`);
}

/** Title and text of the first `Error:` block, without colours and frames, on one line each. */
export function firstError(output: string): TerraformError | null {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.replace(/^[│╷╵]\s?/, '').trimEnd());
  const starts = lines.flatMap((line, index) => (line.startsWith('Error: ') ? [index] : []));
  const at = starts.find((index) => !PREAMBLE.test(lines[index] ?? '')) ?? starts[0];
  if (at === undefined) return null;
  const rest = lines.slice(at + 1);
  const next = rest.findIndex((line) => /^(Error|Warning): /.test(line));
  const detail = (next < 0 ? rest : rest.slice(0, next)).filter((line) => line.trim() !== '').slice(0, 20);
  return {
    title: (lines[at] ?? '').slice('Error: '.length),
    detail: detail.map((line) => line.trim()).join('\n'),
  };
}

/** Stands before the errors that say something. */
const PREAMBLE = /^Error: Terraform encountered problems during initiali[sz]ation/;

/** Who holds the lock, where terraform knows. */
function lockOf(detail: string): string {
  const said = (name: string) => new RegExp(`^${name}:\\s*(\\S.*)$`, 'm').exec(detail)?.[1];
  const [id, who, operation, created] = ['ID', 'Who', 'Operation', 'Created'].map(said);
  if (id === undefined) return ' by another process';
  return ` (lock ${id}, ${operation ?? 'operation'} by ${who ?? 'somebody'}, since ${created ?? 'unknown'})`;
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 600 ? `${line.slice(0, 600)}…` : line;
}
