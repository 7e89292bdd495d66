/** Authorising one plan from the records and its frozen bytes, and claiming it. */
import type { ActionKind } from '../core/action.ts';
import { type AuthorizedPlan, authorize, type Evidence } from '../core/authorize.ts';
import { isAtLeast } from '../core/decision.ts';
import { type PlanId, runIdOf } from '../core/ids.ts';
import { type Caller, isExpired, type JudgedPlan, type PlanRecord } from '../core/plan.ts';
import { isRefusal, type Refusal } from '../core/refusal.ts';
import type { Lease } from '../ports/lanes.ts';
import { approvalFor } from './approvals.ts';
import { claim, isOwnRun } from './claim.ts';
import type { LifecycleContext } from './context.ts';
import { recentOverrides } from './overrides.ts';
import { readPlan, readRun } from './recover.ts';
import { tellNotNeeded } from './withdraw.ts';

/**
 * Whether the plan may run now, judged from what is stored: the plan, its frozen bytes, votes, and policy.
 * `resuming`: the claims may be there already, made by this very owner, who died before it could go on.
 */
export async function authorizeNow(
  ctx: LifecycleContext,
  planId: PlanId,
  caller: Caller,
  runs: readonly ActionKind[],
  resuming = false,
): Promise<AuthorizedPlan | Refusal> {
  const plan = await readPlan(ctx, planId);
  const standing = plan === null ? null : await readRun(ctx, runIdOf(planId));
  const run = resuming && isOwnRun(ctx, standing) ? null : standing;
  const view = isJudged(plan) ? await approvalFor(ctx, plan.digest) : null;
  const evidence = await evidenceFor(ctx, plan, run === null);
  const decision = evidence?.state === 'intact' ? evidence.verdict.decision : null;
  return authorize({
    plan,
    environment: ctx.environment,
    caller,
    runs,
    run,
    evidence,
    approval: view?.approval ?? null,
    votes: view?.votes ?? [],
    spend: view?.spend ?? null,
    withdrawal: view?.withdrawal ?? null,
    overrides: decision === 'escalate' ? await recentOverrides(ctx.store, ctx.clock) : [],
    breakGlass: isAtLeast(decision ?? 'allow', 'escalate')
      ? ((await ctx.store.get('break_glass', planId))?.value ?? null)
      : null,
    policy: ctx.policy,
    now: ctx.clock.now(),
    verify: (vote) => ctx.verifier.verifyVote(vote),
    verifyStatement: (signed, signature) => ctx.verifier.verifyStatement(signed, signature),
  });
}

/** The event of the run first, then its claims. */
export async function claimAudited(
  ctx: LifecycleContext,
  authorized: AuthorizedPlan,
  caller: Caller,
  resuming = false,
): Promise<Lease | Refusal> {
  const { runId, plan, approvalId, decision, lane, overrides, breakGlassId } = authorized;
  const audit = await ctx.audit.append({
    at: ctx.clock.now().toISOString(),
    actor: `agent:${caller.agent}`,
    environment: ctx.environment,
    type: 'run.authorized',
    data: {
      run_id: runId,
      plan_id: plan.plan_id,
      digest: plan.digest,
      approval_id: approvalId,
      decision,
      overrides,
      break_glass_id: breakGlassId,
      lane,
    },
  });
  const lease = await claim(ctx, authorized, audit, resuming);
  // Overrides and broken glass let run what humans may be deciding on at this moment.
  const around = overrides.length > 0 || breakGlassId !== null;
  if (around && !isRefusal(lease)) await tellNotNeeded(ctx, plan.digest);
  return lease;
}

function isJudged(plan: PlanRecord | null): plan is JudgedPlan {
  return plan !== null && plan.state !== 'planning' && plan.state !== 'plan_failed';
}

/** Reading frozen bytes back costs time; a plan that is refused anyway is spared it. */
async function evidenceFor(
  ctx: LifecycleContext,
  plan: PlanRecord | null,
  unused: boolean,
): Promise<Evidence | null> {
  if (!isJudged(plan) || !unused || isExpired(plan, ctx.clock.now())) return null;
  // Loaded when the first plan is to run: it brings the rules for every resource type.
  const { readEvidence } = await import('./evidence.ts');
  return readEvidence(ctx, plan);
}
