/** Writing plans: every one is in the audit before its record exists, and what it became is in it too. */
import type { Action } from '../core/action.ts';
import type { Decision } from '../core/decision.ts';
import { newPlanId, type PlanId } from '../core/ids.ts';
import type { Caller, JudgedPlan, PlanRecord } from '../core/plan.ts';
import type { RecordsContext } from './context.ts';
import { createOnce, replaceOnce } from './write-once.ts';

type Common = 'plan_id' | 'environment' | 'caller' | 'action' | 'created_at' | 'expires_at' | 'audit';
/** What distinguishes one state of a plan from another. */
export type PlanOutcome =
  | Omit<JudgedPlan, Common>
  | Omit<Extract<PlanRecord, { state: 'planning' }>, Common>
  | Omit<Extract<PlanRecord, { state: 'plan_failed' }>, Common>;

/** The state of a plan that was decided on. */
export const STATE_OF = {
  allow: 'ready',
  warn: 'ready',
  escalate: 'needs_approval',
  block: 'blocked',
} as const satisfies Record<Decision, string>;

export async function recordPlan(
  ctx: RecordsContext,
  caller: Caller,
  action: Action,
  outcome: PlanOutcome,
  planId: PlanId = newPlanId(ctx.random),
): Promise<PlanId> {
  const now = ctx.clock.now();
  const common = {
    plan_id: planId,
    environment: ctx.environment,
    caller,
    action,
    created_at: now.toISOString(),
    expires_at: expiryFrom(ctx),
  };
  const audit = await ctx.audit.append({
    at: common.created_at,
    actor: `agent:${caller.agent}`,
    environment: ctx.environment,
    type: 'plan.created',
    data: { plan_id: planId, action: describe(action), ...summary(outcome) },
  });
  if ((await createOnce(ctx.store, 'plan', planId, { ...common, audit, ...outcome })) !== 'created') {
    throw new Error('a random plan id was taken');
  }
  return planId;
}

/**
 * Ends `planning`. The plan's own event is the one that says what it became. `action`: where that is another one
 * than the plan was begun with (it stopped before it was planned, or its source has a commit now).
 */
export async function replacePlan(
  ctx: RecordsContext,
  planning: PlanRecord,
  outcome: PlanOutcome,
  action: Action = planning.action,
): Promise<void> {
  const found = await ctx.store.get('plan', planning.plan_id);
  if (found === null || found.value.state !== 'planning') return;
  const { plan_id, environment, caller, created_at } = found.value;
  const expires_at = earlier(found.value.expires_at, expiryFrom(ctx));
  const audit = await ctx.audit.append({
    at: ctx.clock.now().toISOString(),
    actor: 'gateway',
    environment,
    type: outcome.state === 'plan_failed' ? 'plan.failed' : 'plan.judged',
    data: { plan_id, ...summary(outcome) },
  });
  const common = { plan_id, environment, caller, action, created_at, expires_at, audit };
  await replaceOnce(ctx.store, 'plan', plan_id, found.version, { ...common, ...outcome });
}

function expiryFrom({ clock, policy }: RecordsContext): string {
  return new Date(clock.now().getTime() + policy.planTtlSeconds * 1000).toISOString();
}

/** In the cloud, the record that a plan began with is the word of whoever serves agents. */
function earlier(a: string, b: string): string {
  return Date.parse(a) < Date.parse(b) ? a : b;
}

function summary(outcome: PlanOutcome): Record<string, unknown> {
  switch (outcome.state) {
    case 'planning':
      return { state: outcome.state };
    case 'plan_failed':
      return { state: outcome.state, error: outcome.failure.code };
    case 'ready':
    case 'needs_approval':
    case 'blocked':
      return {
        state: outcome.state,
        decision: outcome.decision,
        digest: outcome.digest,
        worst_tier: outcome.evaluation?.worst_tier ?? null,
        rules: outcome.reasons.slice(0, 20).map((reason) => reason.rule),
      };
  }
}

/** The action without what may hold secrets. */
function describe(action: Action): Record<string, unknown> {
  if ('args' in action) {
    const { kind, cwd, workspace, ref } = action;
    return { kind, cwd, workspace, ref, flags: action.args.map((each) => each.flag) };
  }
  return { kind: action.kind };
}
