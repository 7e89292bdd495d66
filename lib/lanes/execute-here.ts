/** Running an authorised plan in this build. What leaves it is redacted. */

import type { TerraformTarget } from '../core/action.ts';
import { runIdOf } from '../core/ids.ts';
import { redactText } from '../core/redact.ts';
import type { ErrorCode } from '../core/refusal.ts';
import { laneOf } from '../core/run.ts';
import { execute } from '../executor/execute.ts';
import type { Job, JobResult } from '../workflow/job.ts';
import type { ParcelBlobs } from '../workflow/parcel-blobs.ts';
import { kubectlHere } from './kubectl-here.ts';
import type { LaneMachine } from './machine.ts';
import { shellHere } from './shell-here.ts';
import { terraformHere } from './terraform-here.ts';
import { unpackTree } from './tree.ts';

export async function executeHere(
  machine: LaneMachine,
  job: Extract<Job, { kind: 'run' }>,
  blobs: ParcelBlobs,
  signal: AbortSignal,
): Promise<JobResult> {
  const { plan, approval_id: approvalId, tree, digest_key } = job;
  const { policy } = machine;
  const { action } = plan;
  const lane = laneOf(action);
  // CloudTrail shows it as the session's name.
  const session = runIdOf(plan.plan_id);
  const secrets: string[] = [];
  const sweep = (text: string) => machine.sweep(redactText(text, secrets));
  const terraform = async (target: TerraformTarget) => {
    const settings = await terraformHere(machine, target, 'terraform-apply', session, blobs, digest_key);
    if (!('unavailable' in settings)) secrets.push(...settings.secrets);
    return settings;
  };
  if (tree !== null) {
    const bytes = await blobs.get(tree);
    if (bytes === null) throw new Error('the files of the source were not sent along');
    await unpackTree(bytes, machine.place);
  }
  const elsewhere = async () => ({ unavailable: `The lane ${lane} does not run ${action.kind}.` });
  const result = await execute(
    {
      blobs,
      sweep,
      policy,
      terraform: 'args' in action ? () => terraform(action) : elsewhere,
      kubectl:
        lane === 'kubectl-read' || lane === 'kubectl-write'
          ? () => kubectlHere(machine, lane, session, blobs)
          : elsewhere,
      shell: lane === 'shell' ? () => shellHere(machine) : elsewhere,
    },
    { plan, approvalId },
    signal,
  );
  const { exit_code, output, stderr, error } = result;
  return { kind: 'ran', exit_code, output, stderr, error: error === null ? null : bounded(error) };
}

function bounded({ code, message }: { code: ErrorCode; message: string }) {
  return { code, message: message.slice(0, 8_000) };
}
