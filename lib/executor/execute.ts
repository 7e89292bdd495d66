/**
 * Runs an authorised plan where this code is: the gateway's own machine, or a build of the plan's lane. What leaves
 * here is redacted.
 */
import type { AuthorizedPlan } from '../core/authorize.ts';
import type { Digest } from '../core/canonical.ts';
import type { JudgedPlan } from '../core/plan.ts';
import type { RunResult } from '../core/run.ts';
import { sensitiveValues } from '../core/terraform/consequences.ts';
import { parseTerraformPlan } from '../core/terraform/plan-json.ts';
import type { Blobs } from '../ports/store.ts';
import { executeKubectl } from './kubectl/execute.ts';
import type { Kubectl } from './kubectl/kubectl.ts';
import { printed } from './printed.ts';
import { type ShellRunOptions, startShell } from './shell/start-shell.ts';
import { applyTerraform } from './terraform/apply.ts';
import { secretVariables } from './terraform/secret-variables.ts';
import type { TerraformSettings } from './terraform/settings.ts';
import { forgetWork } from './terraform/workplace.ts';

export interface ExecuteOptions extends ShellRunOptions {
  readonly terraform: () => Promise<TerraformSettings | { readonly unavailable: string }>;
  readonly kubectl: () => Promise<Kubectl | { readonly unavailable: string }>;
}

/** A plan that was authorised, and the approval that it spends. */
export type Authorized = Pick<AuthorizedPlan, 'plan' | 'approvalId'>;

export async function execute(
  options: ExecuteOptions,
  authorized: Authorized,
  signal: AbortSignal,
): Promise<RunResult> {
  switch (authorized.plan.action.kind) {
    case 'terraform-apply':
    case 'terraform-destroy':
      return apply(options, authorized, signal);
    case 'shell':
      return startShell(options, authorized, signal);
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
    case 'kubectl-apply':
    case 'kubectl-delete':
    case 'kubectl-scale':
    case 'kubectl-exec': {
      const kubectl = await options.kubectl();
      if ('unavailable' in kubectl) return failed('tool_unavailable', kubectl.unavailable);
      return executeKubectl(kubectl, authorized, signal);
    }
    case 'terraform-plan':
      return failed('tool_unavailable', `No lane of this gateway runs ${authorized.plan.action.kind}.`);
  }
}

async function apply(options: ExecuteOptions, { plan }: Authorized, signal: AbortSignal): Promise<RunResult> {
  const settings = await options.terraform();
  if ('unavailable' in settings) return failed('tool_unavailable', settings.unavailable);
  const secrets = [...(await secretsOf(options.blobs, plan)), ...secretVariables(settings.env).values];
  const applied = await applyTerraform(plan, settings, signal);
  // A plan runs once. What cannot be removed now is swept later; it must not hide how the run ended.
  await forgetWork(settings.stateFolder, plan.plan_id).catch(() => {});
  const clean = (text: string) => printed(text, secrets, options.sweep);
  const { refusal } = applied;
  return {
    exit_code: applied.exitCode,
    output: await put(options.blobs, await clean(applied.stdout)),
    stderr: await put(options.blobs, await clean(applied.stderr)),
    error: refusal === null ? null : { code: refusal.code, message: await clean(refusal.why) },
    produced_plan: null,
  };
}

/** Every value that the plan knows to be secret. A plan that cannot be read is not applied. */
async function secretsOf(blobs: Blobs, plan: JudgedPlan): Promise<string[]> {
  if (plan.frozen.kind !== 'terraform') throw new Error('only a terraform plan is applied');
  const bytes = await blobs.get(plan.frozen.planJson);
  if (bytes === null) throw new Error('the plan JSON is gone');
  const parsed = parseTerraformPlan(JSON.parse(new TextDecoder().decode(bytes)));
  if (!parsed.ok) throw new Error(parsed.problem);
  return sensitiveValues(parsed.plan, plan.frozen.secretVariables);
}

async function put(blobs: Blobs, text: string): Promise<Digest | null> {
  return text === '' ? null : blobs.put(new TextEncoder().encode(text));
}

function failed(code: 'tool_unavailable', message: string): RunResult {
  return { exit_code: null, output: null, stderr: null, error: { code, message }, produced_plan: null };
}
