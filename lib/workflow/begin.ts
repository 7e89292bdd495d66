/** The first step with a plan that an agent proposed: what it needs before it can be judged. */
import { isMutation } from '../core/action.ts';
import type { Digest } from '../core/canonical.ts';
import { isRefusal, refuse } from '../core/refusal.ts';
import { mayUse, notYourPlan } from '../core/usable-plan.ts';
import { loadSnapshot } from '../executor/terraform/snapshot.ts';
import { type Attempt, answerOf, moveOn, refuseAttempt, type StepAnswer, sendToLane } from './attempt.ts';
import type { WorkflowContext } from './context.ts';
import { failAttempt } from './fail.ts';
import { readInline } from './inline-input.ts';
import type { FetchJob } from './job.ts';
import type { PackedSnapshot } from './jobs.ts';
import { judgeKubectl, judgeShellCall } from './judge-call.ts';
import { whyMissing } from './missing-plan.ts';
import { collected } from './parcel-blobs.ts';
import { NO_CLUSTER_HERE, type Planning } from './planning.ts';
import { refuseRef, sourceOf } from './source.ts';

export async function begin(ctx: WorkflowContext, attempt: Attempt): Promise<StepAnswer> {
  const { plan_id, caller } = attempt.value;
  const plan = (await ctx.store.get('plan', plan_id))?.value ?? null;
  if (plan === null || plan.environment !== ctx.environment)
    return refuseAttempt(ctx, attempt, await whyMissing(ctx, plan_id));
  if (!mayUse(plan, caller, ctx.policy)) return refuseAttempt(ctx, attempt, notYourPlan());
  // Somebody judged it already: whether it may run is the next step's to say.
  if (plan.state !== 'planning')
    return answerOf((await moveOn(ctx, attempt, { stage: { state: 'judged' } })).value.stage);
  const subject = { action: plan.action, input: plan.input ?? null, authorized: null };
  return prepare(ctx, { ...attempt, value: { ...attempt.value, subject } }, plan);
}

async function prepare(ctx: WorkflowContext, attempt: Attempt, plan: Planning): Promise<StepAnswer> {
  const { action } = plan;
  switch (action.kind) {
    case 'terraform-plan':
    case 'terraform-apply':
    case 'terraform-destroy':
      return fetch(ctx, attempt, { cwd: action.cwd, ref: action.ref, want: 'module' });
    case 'kubectl-apply':
      if (action.manifest.from === 'argument') return observeInput(ctx, attempt, plan);
      return fetch(ctx, attempt, { cwd: action.manifest.file, ref: null, want: 'file' });
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
    case 'kubectl-delete':
    case 'kubectl-scale':
    case 'kubectl-exec':
      if (isMutation(action) && action.kind !== 'kubectl-exec')
        return observe(ctx, attempt, plan, null, new Map());
      return judgeKubectl(ctx, attempt, plan, { manifest: null, diff: null }, ctx.frozen);
    case 'shell': {
      const source = action.cwd === '.' ? null : sourceOf(ctx.sources, action.cwd);
      return isRefusal(source) ? failAttempt(ctx, attempt, source) : judgeShellCall(ctx, attempt, plan);
    }
  }
}

async function fetch(
  ctx: WorkflowContext,
  attempt: Attempt,
  what: Pick<FetchJob, 'cwd' | 'ref' | 'want'>,
): Promise<StepAnswer> {
  const source = sourceOf(ctx.sources, what.cwd);
  if (isRefusal(source)) return failAttempt(ctx, attempt, source);
  const wrong = refuseRef(source, what.ref);
  if (wrong !== null) return failAttempt(ctx, attempt, wrong);
  const job = { kind: 'fetch-source', environment: ctx.environment, source: source.name, ...what } as const;
  return sendToLane(ctx, attempt, job, new Map(), { subject: attempt.value.subject });
}

async function observeInput(ctx: WorkflowContext, attempt: Attempt, plan: Planning): Promise<StepAnswer> {
  const input = attempt.value.subject?.input ?? null;
  const bytes = input === null ? null : await readInline(ctx, input);
  if (bytes === null || input === null) {
    return failAttempt(
      ctx,
      attempt,
      refuse('invalid_arguments', 'manifest: the text is gone. Make the call again.'),
    );
  }
  return observe(ctx, attempt, plan, input, new Map([[input, bytes]]));
}

/** Asks the cluster what the action would change. */
export async function observe(
  ctx: WorkflowContext,
  attempt: Attempt,
  plan: Planning,
  manifest: Digest | null,
  blobs: ReadonlyMap<Digest, Uint8Array>,
): Promise<StepAnswer> {
  if (ctx.cluster === null) return failAttempt(ctx, attempt, NO_CLUSTER_HERE);
  const job = { kind: 'observe', environment: ctx.environment, action: plan.action, manifest } as const;
  const { subject, source } = attempt.value;
  return sendToLane(ctx, attempt, job, blobs, { subject, source });
}

/** A frozen source with the blobs that it is made of. Rejects where it is gone. */
export async function snapshotOf(ctx: WorkflowContext, address: Digest): Promise<PackedSnapshot> {
  const { value, blobs } = await collected(ctx.frozen, (frozen) => loadSnapshot(address, frozen));
  if (value === null) throw new Error(`the frozen source ${address} is gone`);
  return { value, blobs };
}
