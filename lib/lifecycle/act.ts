/**
 * One kubectl or shell call, from its arguments to a run: freeze, decide, record the plan, and run it at once
 * where policy allows. An escalated call comes back with its plan_id after humans approved it, and must be
 * the same call.
 */

import { digestOf } from '../core/canonical.ts';
import { isAtLeast } from '../core/decision.ts';
import { type PlanId, parsePlanId } from '../core/ids.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import { mayUse } from '../core/usable-plan.ts';
import type { ActionLane } from '../ports/lanes.ts';
import type { LifecycleContext } from './context.ts';
import type { ActRequest } from './engine.ts';
import { judgedCall } from './judged-call.ts';
import { recordPlan } from './record-plan.ts';
import { readPlan } from './recover.ts';
import { type RunStarted, runPlan } from './run-plan.ts';

/** The plan that was made or used, and its run where one started. */
export interface Acted {
  readonly planId: PlanId;
  readonly run: RunStarted | null;
}

export async function act(
  ctx: LifecycleContext,
  lane: ActionLane | { readonly unavailable: string },
  request: ActRequest,
): Promise<Acted | Refusal> {
  if ('unavailable' in lane) return refuse('tool_unavailable', lane.unavailable);
  if (request.planId !== null && leavesManifestOut(request)) {
    return actAgain(ctx, request, request.planId, { action: digestOf(request.action) });
  }
  const frozen = await lane.freeze(request.action, request.input, ctx.policy);
  if (isRefusal(frozen)) return frozen;
  if (request.planId !== null) return actAgain(ctx, request, request.planId, digestInput(frozen.digestParts));
  const { caller, action } = request;
  const judged = await judgedCall(ctx, caller, action, frozen);
  const planId = await recordPlan(ctx, caller, action, judged);
  if (isAtLeast(judged.decision, 'escalate')) return { planId, run: null };
  const run = await runPlan(ctx, planId, caller, [action.kind]);
  return isRefusal(run) ? run : { planId, run };
}

/** An apply of a text that is not given: only that of its plan can be meant. */
function leavesManifestOut({ action, input }: ActRequest): boolean {
  return action.kind === 'kubectl-apply' && action.manifest.from === 'argument' && input.manifest === null;
}

/** What the agent itself gave, of all that the digest covers: those parts must be as they were approved. */
function digestInput(parts: {
  readonly [name: string]: { readonly hash: string };
}): Record<string, string | undefined> {
  return { action: parts.action?.hash, manifest: parts.manifest?.hash };
}

function differs(given: Record<string, string | undefined>, planned: typeof given): boolean {
  return Object.keys(given).some((name) => given[name] !== planned[name]);
}

async function actAgain(
  ctx: LifecycleContext,
  request: ActRequest,
  planIdText: string,
  given: Record<string, string | undefined>,
): Promise<Acted | Refusal> {
  const planId = parsePlanId(planIdText);
  const plan = planId === null ? null : await readPlan(ctx, planId);
  if (planId === null)
    return refuse('plan_not_found', 'There is no such plan here. Leave plan_id out to make one.');
  if (
    plan !== null &&
    mayUse(plan, request.caller, ctx.policy) &&
    'digestParts' in plan &&
    differs(given, digestInput(plan.digestParts))
  ) {
    return refuse(
      'arguments_changed',
      'The arguments differ from those that were approved. Repeat them exactly, or leave plan_id out.',
      { tool: 'gateway_get_plan', arguments: { plan_id: planId } },
    );
  }
  const run = await runPlan(ctx, planId, request.caller, [request.action.kind]);
  return isRefusal(run) ? run : { planId, run };
}
