/** What humans did about a plan beside voting, as its agent is told: overrides, break-glass, and stopping its run. */
import { glassIsBroken } from '../core/break-glass.ts';
import { halfDone } from '../core/half-done.ts';
import type { JudgedPlan, Reason } from '../core/plan.ts';
import type { RunRecord } from '../core/run.ts';
import type { ToolContext } from './tool.ts';

export interface HumanActs {
  readonly reasons: readonly Reason[];
  /** The plan may be run now, whatever its state says. */
  readonly mayRun: boolean;
}

export async function humanActs(
  ctx: ToolContext,
  plan: JudgedPlan,
  run: RunRecord | null,
): Promise<HumanActs> {
  if (run !== null) return { reasons: await ofRun(ctx, plan, run), mayRun: false };
  if (plan.state === 'ready') return { reasons: [], mayRun: false };
  const glass = (await ctx.store.get('break_glass', plan.plan_id))?.value ?? null;
  const broken = glassIsBroken(glass, plan, ctx.policy, ctx.clock.now(), (signed, signature) =>
    ctx.verifier.verifyStatement(signed, signature),
  );
  if (!broken) return { reasons: [], mayRun: false };
  const message = `${glass.by} broke the glass for this plan (${glass.break_glass_id}): it may run now, once, until ${glass.expires_at}.`;
  return { reasons: [reason('break_glass', message)], mayRun: true };
}

async function ofRun(ctx: ToolContext, plan: JudgedPlan, run: RunRecord): Promise<Reason[]> {
  const said = JSON.stringify(plan.reasons);
  const reasons = run.overrides
    .filter((id) => !said.includes(id))
    .map((id) => reason('override', `Override ${id} let it run with a warning.`));
  if (run.break_glass_id !== null) {
    reasons.push(reason('break_glass', `A human broke the glass for it (${run.break_glass_id}).`));
  }
  const stop = (await ctx.store.get('stop_request', run.run_id))?.value ?? null;
  if (stop !== null && run.state !== 'succeeded' && run.state !== 'failed') {
    reasons.push(reason('stopped', `${stop.by} stopped it: ${stop.reason} ${halfDone(plan.action)}`));
  }
  return reasons;
}

function reason(rule: string, message: string): Reason {
  return { rule, class: null, address: '', message };
}
