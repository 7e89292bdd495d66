/** The engine of one machine: everything happens in this process, which also waits for it. */
import type { Action } from '../core/action.ts';
import { type PlanId, runIdOf } from '../core/ids.ts';
import { isRefusal } from '../core/refusal.ts';
import { act } from './act.ts';
import type { LifecycleContext } from './context.ts';
import type { Engine, Work } from './engine.ts';
import { runPlan } from './run-plan.ts';

export function inProcessEngine(ctx: LifecycleContext): Engine {
  const work = (planId: PlanId, inFlight: string | null): Work => ({
    planId,
    settled: async (milliseconds) => {
      if (inFlight === null || (await ctx.inFlight.settled(inFlight, milliseconds)))
        return { state: 'settled' };
      return { state: 'going' };
    },
  });
  return {
    refs: false,
    plan: async (request) => {
      // Loaded when the first plan is asked for: it brings the rules for every resource type.
      const { startTerraformPlan } = await import('./terraform-plan.ts');
      const started = await startTerraformPlan(ctx, request);
      return isRefusal(started) ? started : work(started, started);
    },
    act: async (request) => {
      const acted = await act(ctx, await laneFor(ctx, request.action), request);
      return isRefusal(acted) ? acted : work(acted.planId, acted.run?.runId ?? null);
    },
    run: async (planId, caller, runs) => {
      const started = await runPlan(ctx, planId, caller, runs);
      return isRefusal(started) ? started : work(planId, runIdOf(planId));
    },
  };
}

function laneFor(ctx: LifecycleContext, action: Action): ReturnType<LifecycleContext['kubectl']> {
  return action.kind === 'shell' ? ctx.shell() : ctx.kubectl();
}
