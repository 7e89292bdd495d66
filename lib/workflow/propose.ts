/**
 * The engine of the side that serves agents in the cloud: it writes down what is asked and has the machine judge and
 * run it. It decides nothing that allows: all that it refuses here is refused again there.
 */
import type { Action, ActionKind } from '../core/action.ts';
import { digestOf, sha256 } from '../core/canonical.ts';
import { base32, newPlanId, type PlanId, parsePlanId, runIdOf } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import { mayUse, notYourPlan, planNotFound, usablePlan } from '../core/usable-plan.ts';
import type { RecordsContext } from '../lifecycle/context.ts';
import type { ActRequest, Engine, PlanRequest, Work } from '../lifecycle/engine.ts';
import { appliedAction } from '../lifecycle/planned-action.ts';
import { recordPlan, replacePlan } from '../lifecycle/record-plan.ts';
import { readPlan, readRun } from '../lifecycle/recover.ts';
import { putInline } from './inline-input.ts';
import type { AttemptInput, RunMachine } from './job.ts';
import { refuseRef, type SourceRule, sourceOf } from './source.ts';
import { waitForAttempt } from './wait.ts';

export interface ProposingContext extends RecordsContext {
  readonly machine: RunMachine;
  readonly sources: readonly SourceRule[];
}

export function proposingEngine(ctx: ProposingContext): Engine {
  return {
    refs: true,
    plan: (request) => proposePlan(ctx, request),
    act: (request) =>
      request.planId === null ? proposeCall(ctx, request) : callAgain(ctx, request, request.planId),
    run: (planId, caller, runs) => proposeRun(ctx, planId, caller, runs),
  };
}

async function proposePlan(ctx: ProposingContext, request: PlanRequest): Promise<Work | Refusal> {
  const source = sourceOf(ctx.sources, request.target.cwd);
  if (isRefusal(source)) return source;
  const wrong = refuseRef(source, request.target.ref);
  return wrong ?? propose(ctx, request.caller, appliedAction(request), null);
}

async function proposeCall(
  ctx: ProposingContext,
  { caller, action, input }: ActRequest,
): Promise<Work | Refusal> {
  const place = action.kind === 'shell' && action.cwd !== '.' ? sourceOf(ctx.sources, action.cwd) : null;
  if (isRefusal(place)) return place;
  return propose(ctx, caller, action, input.manifest);
}

async function propose(
  ctx: ProposingContext,
  caller: Caller,
  action: Action,
  text: string | null,
): Promise<Work | Refusal> {
  const input = text === null ? null : await putInline(ctx, text);
  if (isRefusal(input)) return input;
  const planId = newPlanId(ctx.random);
  const attemptId = newAttemptId(ctx);
  const owner = { host: 'run-machine', pid: 0, started: attemptId };
  const outcome = { state: 'planning', owner, ...(input === null ? {} : { input }) } as const;
  await recordPlan(ctx, caller, action, outcome, planId);
  const started = await start(ctx, attemptId, {
    plan_id: planId,
    begin: 'judge',
    caller,
    kinds: [action.kind],
  });
  if (started !== null) {
    // Should the machine have been started all the same, it finds the plan failed and leaves it so.
    const plan = (await ctx.store.get('plan', planId))?.value;
    const failure = { code: started.code, message: started.why };
    if (plan !== undefined) await replacePlan(ctx, plan, { state: 'plan_failed', failure, outputBlob: null });
    return started;
  }
  return workOf(ctx, planId, attemptId);
}

/** Null: it was started. What a refusal is about may run all the same, once: starting may fail after it was done. */
async function start(ctx: ProposingContext, attemptId: string, input: AttemptInput): Promise<Refusal | null> {
  try {
    await ctx.machine.start(attemptId, input);
    return null;
  } catch (failure) {
    ctx.report(`attempt ${attemptId} could not be started: ${String(failure)}`);
    return refuse(
      'tool_unavailable',
      'The gateway could not start this now. Look at the plan before you try again: nothing runs twice.',
      { tool: 'gateway_get_plan', arguments: { plan_id: input.plan_id }, retry_after_seconds: 10 },
    );
  }
}

async function proposeRun(
  ctx: ProposingContext,
  planId: PlanId,
  caller: Caller,
  runs: readonly ActionKind[],
): Promise<Work | Refusal> {
  const plan = await readPlan(ctx, planId);
  const run = plan === null ? null : await readRun(ctx, runIdOf(planId));
  const { environment, policy } = ctx;
  const usable = usablePlan({ plan, environment, caller, runs, run, policy, now: ctx.clock.now() });
  if (isRefusal(usable)) return usable;
  const attemptId = newAttemptId(ctx);
  const input = { plan_id: planId, begin: 'authorize', caller, kinds: runs } as const;
  return (await start(ctx, attemptId, input)) ?? workOf(ctx, planId, attemptId);
}

/** The same call once more, with its approved plan: what the agent gives must be what was approved. */
async function callAgain(
  ctx: ProposingContext,
  request: ActRequest,
  planIdText: string,
): Promise<Work | Refusal> {
  const planId = parsePlanId(planIdText);
  const plan = planId === null ? null : await readPlan(ctx, planId);
  if (planId === null || plan === null) {
    return refuse('plan_not_found', 'There is no such plan here. Leave plan_id out to make one.');
  }
  if (plan.environment !== ctx.environment) return planNotFound();
  if (!mayUse(plan, request.caller, ctx.policy)) return notYourPlan();
  const { action, input } = request;
  const same =
    digestOf(action) === digestOf(plan.action) &&
    (input.manifest === null ||
      ('digestParts' in plan &&
        plan.digestParts.manifest?.hash === sha256(new TextEncoder().encode(input.manifest))));
  if (!same) {
    return refuse(
      'arguments_changed',
      'The arguments differ from those that were approved. Repeat them exactly, or leave plan_id out.',
      { tool: 'gateway_get_plan', arguments: { plan_id: planId } },
    );
  }
  return proposeRun(ctx, planId, request.caller, [action.kind]);
}

function workOf(ctx: ProposingContext, planId: PlanId, attemptId: string): Work {
  return { planId, settled: (milliseconds) => waitForAttempt(ctx.store, attemptId, milliseconds) };
}

/** Names an execution; 128 random bits, so that nobody can take the name before. */
function newAttemptId(ctx: ProposingContext): string {
  return `att_${base32(ctx.random(16))}`;
}
