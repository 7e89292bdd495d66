/**
 * Claims, in the order of the design: the workspace lease, then the approval, then the plan. Each is one
 * conditional write keyed by the run id, which follows from the plan's: a crash between two of them
 * resumes under the same id, and a second run cannot start.
 */
import type { Action } from '../core/action.ts';
import type { EventRef } from '../core/audit.ts';
import type { AuthorizedPlan } from '../core/authorize.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { LeaseRecord, RunRecord } from '../core/run.ts';
import type { Lease } from '../ports/lanes.ts';
import type { LifecycleContext } from './context.ts';
import { isSelf } from './owner.ts';
import { createOnce, replaceOnce } from './write-once.ts';

/**
 * The proof that an executor asks for, or the refusal that says who was first. `resuming`: a claim that this very
 * owner made before counts as made; only an owner that never does two things at once may say so.
 */
export async function claim(
  ctx: LifecycleContext,
  authorized: AuthorizedPlan,
  audit: EventRef,
  resuming = false,
): Promise<Lease | Refusal> {
  const resource = leasedResource(authorized.plan.action);
  if (resource !== null) {
    const busy = await takeLease(ctx, resource, authorized);
    if (busy) return busy;
  }
  const refused =
    (await spendApproval(ctx, authorized)) ?? (await claimPlan(ctx, authorized, audit, resuming));
  if (refused) {
    if (resource !== null) await releaseLease(ctx, resource, authorized.runId);
    return refused;
  }
  return { run_id: authorized.runId, resource } as Lease;
}

/** Lets the next run at the workspace. A failure is harmless: the lease of a run that ended is taken over. */
export async function releaseLease(ctx: LifecycleContext, resource: string, holder: string): Promise<void> {
  try {
    const held = await ctx.store.get('lease', resource);
    if (held === null || held.value.run_id !== holder || !isSelf(held.value.owner, ctx.liveness.self)) return;
    const released: LeaseRecord = { ...held.value, expires_at: ctx.clock.now().toISOString() };
    await ctx.store.replace('lease', resource, held.version, released);
  } catch (failure) {
    ctx.report(`the lease of ${resource} could not be released: ${String(failure)}`);
  }
}

/** What no two runs may work on at once; null where there is no such thing. */
export function leasedResource(action: Action): string | null {
  switch (action.kind) {
    case 'terraform-apply':
    case 'terraform-destroy':
      return `terraform ${action.cwd} ${action.workspace}`;
    case 'terraform-plan':
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
    case 'kubectl-apply':
    case 'kubectl-delete':
    case 'kubectl-scale':
    case 'kubectl-exec':
    case 'shell':
      return null;
  }
}

async function takeLease(
  ctx: LifecycleContext,
  resource: string,
  authorized: AuthorizedPlan,
): Promise<Refusal | null> {
  const now = ctx.clock.now();
  const mine: LeaseRecord = {
    resource,
    run_id: authorized.runId,
    owner: ctx.liveness.self,
    expires_at: new Date(now.getTime() + ctx.runTimeoutMs + 60_000).toISOString(),
  };
  if ((await createOnce(ctx.store, 'lease', resource, mine)) === 'created') return null;
  const held = await ctx.store.get('lease', resource);
  if (held === null) return workspaceBusy(authorized, 'another run');
  if (isHeldByAnother(ctx, held.value, authorized.runId, now) && !(await isOver(ctx, held.value)))
    return workspaceBusy(authorized, held.value.run_id);
  const taken = await replaceOnce(ctx.store, 'lease', resource, held.version, mine);
  return taken === 'replaced' ? null : workspaceBusy(authorized, 'another run');
}

function isHeldByAnother(ctx: LifecycleContext, lease: LeaseRecord, runId: string, now: Date): boolean {
  if (Date.parse(lease.expires_at) <= now.getTime()) return false;
  if (!isSelf(lease.owner, ctx.liveness.self)) return ctx.liveness.isAlive(lease.owner);
  return lease.run_id !== runId && ctx.inFlight.has(lease.run_id);
}

/** A run that ended needs its workspace no more, also where letting it go failed. */
async function isOver(ctx: LifecycleContext, { run_id }: LeaseRecord): Promise<boolean> {
  const run = (await ctx.store.get('run', run_id))?.value;
  return run !== undefined && run.state !== 'running';
}

function workspaceBusy(authorized: AuthorizedPlan, holder: string): Refusal {
  return refuse('workspace_busy', `${holder} is working on this workspace. Try again when it is done.`, {
    tool: 'gateway_get_plan',
    arguments: { plan_id: authorized.plan.plan_id },
    retry_after_seconds: 10,
  });
}

async function spendApproval(ctx: LifecycleContext, authorized: AuthorizedPlan): Promise<Refusal | null> {
  const { approvalId, runId } = authorized;
  if (approvalId === null) return null;
  const spend = { approval_id: approvalId, run_id: runId, spent_at: ctx.clock.now().toISOString() };
  if ((await createOnce(ctx.store, 'spend', approvalId, spend)) === 'created') return null;
  const standing = await ctx.store.get('spend', approvalId);
  if (standing?.value.run_id === runId) return null;
  return refuse('approval_required', 'Another run used this approval up a moment ago. Ask for a new one.', {
    tool: 'gateway_request_approval',
    arguments: { plan_id: authorized.plan.plan_id, reason: 'why this change is needed' },
  });
}

/** Whether a run is going on in this owner's name. */
export function isOwnRun(ctx: LifecycleContext, run: RunRecord | null): boolean {
  return run?.state === 'running' && isSelf(run.owner, ctx.liveness.self);
}

async function claimPlan(
  ctx: LifecycleContext,
  authorized: AuthorizedPlan,
  audit: EventRef,
  resuming: boolean,
): Promise<Refusal | null> {
  const { plan, runId, approvalId, lane, decision, overrides, breakGlassId } = authorized;
  const run: RunRecord = {
    state: 'running',
    run_id: runId,
    plan_id: plan.plan_id,
    environment: plan.environment,
    caller: plan.caller,
    digest: plan.digest,
    approval_id: approvalId,
    lane,
    decision,
    overrides,
    break_glass_id: breakGlassId,
    started_at: ctx.clock.now().toISOString(),
    owner: ctx.liveness.self,
    audit,
  };
  if ((await createOnce(ctx.store, 'run', runId, run)) === 'created') return null;
  if (resuming && isOwnRun(ctx, (await ctx.store.get('run', runId))?.value ?? null)) return null;
  return refuse('plan_used', 'This plan has run already, or runs now. A plan runs once.', {
    tool: 'gateway_get_plan',
    arguments: { plan_id: plan.plan_id },
  });
}
