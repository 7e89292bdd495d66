/** Whether a plan can be used at all: what can be said from the records, without its frozen bytes and the votes. */
import type { ActionKind } from './action.ts';
import { type Caller, isExpired, type JudgedPlan, type PlanRecord } from './plan.ts';
import type { Policy } from './policy/policy.ts';
import { type NextStep, type Refusal, refuse } from './refusal.ts';
import type { RunRecord } from './run.ts';

export interface PlanRequest {
  readonly plan: PlanRecord | null;
  readonly environment: string;
  readonly caller: Caller;
  /** The kinds of action that the calling tool runs. */
  readonly runs: readonly ActionKind[];
  readonly run: RunRecord | null;
  readonly policy: Policy;
  readonly now: Date;
}

/**
 * The plan, if this agent may run it and nothing in the records stands against that: what can be said without its
 * frozen bytes and the votes.
 */
export function usablePlan(request: PlanRequest): JudgedPlan | Refusal {
  const { plan, environment, caller, policy, now } = request;
  if (plan === null) return planNotFound();
  if (plan.environment !== environment) {
    return refuse(
      'environment_mismatch',
      `This plan was made for ${plan.environment}; this gateway serves ${environment}. Plan again here.`,
    );
  }
  if (!mayUse(plan, caller, policy)) {
    return notYourPlan();
  }
  const notReady = refuseUnlessJudged(plan);
  if (notReady) return plan.state === 'planning' && isExpired(plan, now) ? planExpired(plan) : notReady;
  if (plan.state === 'planning' || plan.state === 'plan_failed') return planNotFound();
  if (!request.runs.includes(plan.action.kind)) {
    return refuse(
      'plan_not_ready',
      `This plan is a ${plan.action.kind}; this tool does not run it.`,
      getPlan(plan),
    );
  }
  if (isExpired(plan, now)) return planExpired(plan);
  if (request.run !== null) return refuseUsed(plan, request.run);
  return plan;
}

function planExpired(plan: PlanRecord): Refusal {
  return refuse(
    'plan_expired',
    `The plan expired at ${plan.expires_at}. Plan again: if nothing changed, a standing approval still holds.`,
    planAgain(plan),
  );
}

/** Whether this agent may see and use a plan: its own, or any where policy shares them. */
export function mayUse(plan: PlanRecord, caller: Caller, policy: Policy): boolean {
  return policy.sharePlans || plan.caller.agent === caller.agent;
}

export function notYourPlan(): Refusal {
  return refuse('not_your_plan', 'Another agent made this plan. Make your own with the same inputs.');
}

export function planNotFound(): Refusal {
  return refuse(
    'plan_not_found',
    'There is no such plan here. Make one and use the plan_id that the answer gives.',
  );
}

/** Its record is not the one that was made when it was judged. */
export function planRewritten(): Refusal {
  return refuse(
    'plan_tampered',
    'The record of this plan is not what was judged: something has changed it since. It can be neither approved nor run, and the operator is told. Plan again.',
  );
}

/** Why a plan that never came to a decision cannot be used; null for one that did and is not blocked. */
export function refuseUnlessJudged(plan: PlanRecord): Refusal | null {
  switch (plan.state) {
    case 'planning':
      return refuse('plan_not_ready', 'The plan is still being made. Wait for it.', {
        ...getPlan(plan),
        arguments: { plan_id: plan.plan_id, wait_seconds: 20 },
      });
    case 'plan_failed':
      return refuse('plan_not_ready', `Planning failed: ${plan.failure.message}`, planAgain(plan));
    case 'blocked':
    case 'ready':
    case 'needs_approval':
      return null;
  }
}

function refuseUsed(plan: JudgedPlan, run: RunRecord): Refusal {
  if (run.state === 'interrupted') {
    return refuse(
      'plan_used',
      'Its run was interrupted and is never retried: what it had changed is in the state. Plan again and look.',
      planAgain(plan),
    );
  }
  return refuse(
    'plan_used',
    `A plan runs once; this one's run is ${run.state}. To change more, plan again.`,
    getPlan(plan),
  );
}

/** The call that shows this plan. */
export function getPlan(plan: PlanRecord): NextStep {
  return { tool: 'gateway_get_plan', arguments: { plan_id: plan.plan_id } };
}

/** The call that makes this plan anew, where the record still says how. */
export function planAgain(plan: PlanRecord): NextStep {
  const { action } = plan;
  switch (action.kind) {
    case 'terraform-plan':
    case 'terraform-apply':
    case 'terraform-destroy':
      return { tool: 'gateway_terraform_plan', arguments: { cwd: action.cwd, workspace: action.workspace } };
    default:
      return { tool: 'gateway_get_plan', arguments: { plan_id: plan.plan_id } };
  }
}
