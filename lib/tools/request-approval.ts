import * as z from 'zod';
import { refuseUnapproved } from '../core/authorize.ts';
import { parsePlanId, runIdOf } from '../core/ids.ts';
import { type Caller, isExpired, type JudgedPlan } from '../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import { mayUse, notYourPlan, planAgain, planNotFound, refuseUnlessJudged } from '../core/usable-plan.ts';
import { requestApproval as ask } from '../lifecycle/approvals.ts';
import { readPlan, readRun } from '../lifecycle/recover.ts';
import { planId } from './arguments.ts';
import { viewApproval } from './check-approval.ts';
import { refused } from './result.ts';
import { runCall } from './run-call.ts';
import { defineTool, type ToolContext } from './tool.ts';

const words = (max: number) => z.string().trim().max(max);

export const requestApproval = defineTool({
  name: 'gateway_request_approval',
  title: 'Ask humans to approve a plan',
  description:
    'Asks the humans named by policy to approve the plan. Say in reason why the change is needed; they see it beside what the gateway computed. The approval belongs to exactly this plan.',
  input: z.strictObject({
    plan_id: planId,
    reason: words(2000).min(1).describe('Why this change is needed, for the humans who decide.'),
    operation: words(500).optional().describe('What you would call the operation; recorded as your words.'),
    target: words(500).optional().describe('What you would call its target; recorded as your words.'),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  handle: async (ctx, args, caller) => {
    const plan = await askable(ctx, args.plan_id, caller);
    if (isRefusal(plan)) return refused(plan);
    const { reason, operation = null, target = null } = args;
    const view = await ask(ctx, plan, caller, { reason, operation, target });
    if (isRefusal(view)) return refused(view, { plan_id: plan.plan_id });
    if (view.state.state === 'rejected') {
      return refused(refuseUnapproved(view.approval, view.state, null), {
        plan_id: plan.plan_id,
        approval_id: view.approval.approval_id,
      });
    }
    return viewApproval(view, plan);
  },
});

/** The plan, if asking humans about it can lead anywhere. */
async function askable(ctx: ToolContext, planIdText: string, caller: Caller): Promise<JudgedPlan | Refusal> {
  const id = parsePlanId(planIdText);
  const plan = id === null ? null : await readPlan(ctx, id);
  if (plan === null || plan.environment !== ctx.environment) return planNotFound();
  if (!mayUse(plan, caller, ctx.policy)) {
    return notYourPlan();
  }
  const notReady = refuseUnlessJudged(plan);
  if (notReady) return notReady;
  if (plan.state === 'planning' || plan.state === 'plan_failed') return planNotFound();
  if (plan.state === 'blocked') {
    const why = plan.reasons[0]?.message ?? 'Policy blocks it.';
    return refuse('plan_blocked', `No approval can unblock this plan: ${why}`);
  }
  if ((await readRun(ctx, runIdOf(plan.plan_id))) !== null) {
    return refuse('plan_used', 'This plan has run already. A plan runs once; plan again.', planAgain(plan));
  }
  if (isExpired(plan, ctx.clock.now())) {
    return refuse(
      'plan_expired',
      `The plan expired at ${plan.expires_at}. Plan again and ask for that one.`,
      planAgain(plan),
    );
  }
  if (plan.state === 'ready') {
    return refuse('plan_not_ready', 'This plan needs no approval: run it.', runCall(plan));
  }
  return plan;
}
