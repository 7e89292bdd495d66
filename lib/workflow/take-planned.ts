/** A saved plan that came back: its digest and its consequences are computed here, from its bytes. */
import type { Action, TerraformTarget } from '../core/action.ts';
import type { Caller } from '../core/plan.ts';
import { refuse } from '../core/refusal.ts';
import { readEvidence } from '../executor/terraform/evidence.ts';
import { MAX_PLAN_JSON, PLAN_TOO_LARGE } from '../executor/terraform/plan-size.ts';
import { appliedAction } from '../lifecycle/planned-action.ts';
import { failedOutcome, judgedOutcome } from '../lifecycle/planned-plan.ts';
import { type PlanOutcome, replacePlan } from '../lifecycle/record-plan.ts';
import type { TerraformPlanned } from '../ports/lanes.ts';
import { type Attempt, endAttempt, type StepAnswer } from './attempt.ts';
import { snapshotOf } from './begin.ts';
import type { WorkflowContext } from './context.ts';
import { endRun, failAttempt } from './fail.ts';
import type { JobResult, Parcel } from './job.ts';
import { ParcelBlobs, textOf } from './parcel-blobs.ts';
import { recordProduced } from './produced.ts';

type Planned = Extract<JobResult, { kind: 'planned' }>;

export async function takePlanned(
  ctx: WorkflowContext,
  attempt: Attempt,
  planned: Planned,
  parcel: Parcel,
): Promise<StepAnswer> {
  const { plan_id, run_id, source, subject } = attempt.value;
  const plan = (await ctx.store.get('plan', plan_id))?.value ?? null;
  if (plan === null || subject === null || !('args' in subject.action) || source === null)
    return unusable(ctx, attempt, 'its plan is gone');
  const { kind, ...target } = subject.action;
  const commit = source.commit === '' ? {} : { commit: source.commit };
  const action = appliedAction({ target: { ...target, ...commit }, destroy: kind === 'terraform-destroy' });
  const judged = await judge(
    ctx,
    { action, plan_id, caller: plan.caller, created_at: createdAt(ctx, attempt, plan.created_at) },
    planned,
    parcel,
    source.content,
  );
  if (typeof judged === 'string') return unusable(ctx, attempt, judged);
  if (run_id === null) {
    if (plan.state === 'planning') await replacePlan(ctx, plan, judged, action);
    return endAttempt(ctx, attempt);
  }
  const produced_plan = await recordProduced(ctx, attempt, action, judged);
  const error = judged.state === 'plan_failed' ? judged.failure : null;
  return endRun(ctx, attempt, { exit_code: null, output: null, stderr: null, error, produced_plan });
}

/** What was applied before the plan was made counts as its history: a plan that a run produces is made now. */
function createdAt(ctx: WorkflowContext, attempt: Attempt, proposed: string): string {
  return attempt.value.run_id === null ? proposed : ctx.clock.now().toISOString();
}

/** A string says why the bytes are no plan. */
async function judge(
  ctx: WorkflowContext,
  plan: {
    readonly action: Action & TerraformTarget;
    readonly caller: Caller;
    readonly plan_id: string;
    readonly created_at: string;
  },
  planned: Planned,
  parcel: Parcel,
  source: Parameters<typeof snapshotOf>[1],
): Promise<PlanOutcome | string> {
  const blobs = new ParcelBlobs(parcel.blobs);
  const [artifact, planJson] = [await blobs.get(planned.artifact), await blobs.get(planned.plan_json)];
  if (artifact === null || planJson === null) return 'the plan did not come back whole';
  // Its lane says so first; a lane that is not what it was could send anything.
  if (planJson.length > MAX_PLAN_JSON)
    return failedOutcome(ctx, 'execution_failed', PLAN_TOO_LARGE, textOf(parcel, planned.text));
  const { value: snapshot } = await snapshotOf(ctx, source);
  const { action } = plan;
  const evidence = readEvidence({
    artifact,
    planJson: new TextDecoder().decode(planJson),
    snapshot,
    target: { ...action, destroy: action.kind === 'terraform-destroy' },
    tool: planned.tool,
    hasher: ctx.digestHasher,
  });
  if (typeof evidence === 'string') return evidence;
  if (evidence.planFile.workspace !== action.workspace) {
    const why = `Terraform planned workspace ${evidence.planFile.workspace}, not ${action.workspace}.`;
    return failedOutcome(ctx, 'workspace_mismatch', why, textOf(parcel, planned.text));
  }
  await Promise.all([ctx.frozen.put(artifact), ctx.frozen.put(planJson)]);
  const whole: TerraformPlanned = {
    frozen: {
      kind: 'terraform',
      snapshot: snapshot.address,
      artifact: planned.artifact,
      planJson: planned.plan_json,
      workspace: action.workspace,
      tool: planned.tool,
      secretVariables: planned.secret_variables,
    },
    digest: evidence.digest,
    digestParts: evidence.parts,
    planJson: evidence.planJson,
    text: textOf(parcel, planned.text),
  };
  return judgedOutcome(ctx, plan, snapshot, whole);
}

function unusable(ctx: WorkflowContext, attempt: Attempt, what: string): Promise<StepAnswer> {
  ctx.report(`attempt ${attempt.value.attempt_id}: ${what}`);
  return failAttempt(
    ctx,
    attempt,
    refuse('execution_failed', `What came back is no plan (${what}). Plan again.`),
  );
}
