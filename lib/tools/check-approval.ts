import * as z from 'zod';
import type { Digest } from '../core/canonical.ts';
import { parseApprovalId, runIdOf } from '../core/ids.ts';
import type { Caller, JudgedPlan, PlanRecord } from '../core/plan.ts';
import { refuse } from '../core/refusal.ts';
import { type ApprovalView, readApproval } from '../lifecycle/approvals.ts';
import { readPlan } from '../lifecycle/recover.ts';
import { summariseApproval } from './plan-view.ts';
import { refused, type Status, type ToolResult } from './result.ts';
import { runCall } from './run-call.ts';
import { defineTool, type ToolContext } from './tool.ts';

export const checkApproval = defineTool({
  name: 'gateway_check_approval',
  title: 'See whether humans have decided',
  description:
    'Tells whether an approval is pending, approved, rejected or expired, and which call goes on from there.',
  input: z.strictObject({
    approval_id: z.string().max(64).describe('The approval_id that gateway_request_approval gave.'),
  }),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  handle: async (ctx, args, caller) => {
    const id = parseApprovalId(args.approval_id);
    const view = id === null ? null : await readApproval(ctx, id);
    if (view === null) return refused(NOT_ASKED);
    const { approval } = view;
    const plan = await readPlan(ctx, approval.plan_id);
    if (ctx.policy.sharePlans || approval.requested_by.agent === caller.agent)
      return viewApproval(view, plan);
    const equal = await equalPlan(ctx, approval.digest, caller);
    return equal === null ? refused(NOT_ASKED) : viewApproval(view, equal);
  },
});

const NOT_ASKED = refuse(
  'approval_not_found',
  'You asked for no such approval. Use the approval_id that gateway_request_approval gave.',
);

const PLANS_LOOKED_AT = 100;

/** One approval stands for a digest: whoever made an equal plan was given the one that another had asked for. */
async function equalPlan(ctx: ToolContext, digest: Digest, caller: Caller): Promise<JudgedPlan | null> {
  const page = await ctx.store.list('plan', {
    under: 'plans',
    order: 'newest_first',
    limit: PLANS_LOOKED_AT,
  });
  const found = page.items.find(
    (plan) => plan.caller.agent === caller.agent && isJudged(plan) && plan.digest === digest,
  );
  return found !== undefined && isJudged(found) ? found : null;
}

function isJudged(plan: PlanRecord): plan is JudgedPlan {
  return plan.state !== 'planning' && plan.state !== 'plan_failed';
}

/** An approval as the agent of this plan sees it. `plan`: null where its record is gone. */
export function viewApproval(view: ApprovalView, plan: PlanRecord | null): ToolResult {
  const { approval, state } = view;
  const judged = plan !== null && isJudged(plan) ? plan : null;
  const planId = plan?.plan_id ?? approval.plan_id;
  const common = {
    success: true,
    decision: 'escalate',
    executed: false,
    plan_id: planId,
    approval_id: approval.approval_id,
    digest: approval.digest,
    expires_at: approval.expires_at,
    approvals: [summariseApproval(view)],
  } as const;
  switch (state.state) {
    case 'pending':
      return {
        ...common,
        status: 'pending',
        next: {
          tool: 'gateway_check_approval',
          arguments: { approval_id: approval.approval_id },
          retry_after_seconds: 15,
        },
      };
    case 'approved':
      return { ...common, status: 'approved', ...(judged === null ? {} : { next: runCall(judged) }) };
    case 'rejected': {
      const why = `${state.by} rejected it: ${state.reason}`;
      return { ...common, status: 'rejected', error: { code: 'approval_rejected', message: why } };
    }
    case 'withdrawn':
      return {
        ...common,
        status: 'expired' satisfies Status,
        error: { code: 'approval_withdrawn', message: `The request was withdrawn: ${state.why}` },
      };
    case 'expired':
      return {
        ...common,
        status: 'expired' satisfies Status,
        error: { code: 'approval_expired', message: 'Nobody decided in time. Ask again.' },
      };
    case 'spent':
      return {
        ...common,
        status: 'approved',
        executed: state.run_id === runIdOf(planId),
        run_id: state.run_id,
        next: { tool: 'gateway_get_plan', arguments: { plan_id: planId } },
      };
  }
}
