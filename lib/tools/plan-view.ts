/** A plan as its agent sees it: state, evaluation, approval, run, and the call that would go on from here. */
import type { Action } from '../core/action.ts';
import { refuseUnapproved } from '../core/authorize.ts';
import type { Digest } from '../core/canonical.ts';
import { runIdOf } from '../core/ids.ts';
import { isExpired, type JudgedPlan, type PlanRecord } from '../core/plan.ts';
import type { ErrorCode, NextStep } from '../core/refusal.ts';
import type { RunRecord } from '../core/run.ts';
import { type ApprovalView, approvalFor } from '../lifecycle/approvals.ts';
import { readRun } from '../lifecycle/recover.ts';
import { carriedOver } from './carried-over.ts';
import { humanActs } from './human-acts.ts';
import { firstPage } from './output-page.ts';
import type { ApprovalSummary, RunSummary, ToolResult } from './result.ts';
import { runCall } from './run-call.ts';
import type { ToolContext } from './tool.ts';

/**
 * The whole view: `gateway_get_plan`, and what every tool that makes or runs a plan answers. `going`: its run is
 * being started, although no record says so yet.
 */
export async function viewPlan(
  ctx: ToolContext,
  plan: PlanRecord,
  work: 'settled' | 'going' = 'settled',
): Promise<ToolResult> {
  switch (plan.state) {
    case 'planning':
      // Whoever was making it is gone, or it would be too old to be used when it is made.
      if (isExpired(plan, ctx.clock.now())) return { ...basics(plan), ...NOT_MADE };
      return {
        ...basics(plan),
        success: true,
        decision: 'allow',
        status: 'planning',
        executed: false,
        next: waitForPlan(plan),
      };
    case 'plan_failed':
      return {
        ...basics(plan),
        ...(await firstPage(ctx, plan.outputBlob)),
        success: false,
        decision: 'block',
        status: 'plan_failed',
        executed: false,
        error: plan.failure,
      };
    case 'ready':
    case 'needs_approval':
    case 'blocked':
      return viewJudged(ctx, plan, work);
  }
}

const NOT_MADE = {
  success: false,
  decision: 'block',
  status: 'plan_failed',
  executed: false,
  error: {
    code: 'interrupted',
    message: 'This plan was not made in time, and nothing of it ran. Plan again.',
  },
} as const;

async function viewJudged(
  ctx: ToolContext,
  plan: JudgedPlan,
  work: 'settled' | 'going',
): Promise<ToolResult> {
  const [run, approval] = [
    await readRun(ctx, runIdOf(plan.plan_id)),
    plan.state === 'needs_approval' ? await approvalFor(ctx, plan.digest) : null,
  ];
  const acts = await humanActs(ctx, plan, run);
  const about: Partial<ToolResult> = {
    ...basics(plan),
    decision: plan.decision,
    digest: plan.digest,
    reasons: [...plan.reasons, ...acts.reasons, ...(await carriedOver(ctx, plan, approval))],
    ...(plan.evaluation === null ? {} : { evaluation: plan.evaluation }),
    ...(approval === null ? {} : { approval_id: approval.approval.approval_id }),
    approvals: approval === null ? [] : [summariseApproval(approval)],
  };
  if (run !== null) return viewRun(ctx, plan, run, about);
  if (work === 'going') {
    return {
      ...about,
      success: true,
      decision: plan.decision,
      status: 'running',
      executed: false,
      next: waitForPlan(plan),
    };
  }
  const output = await firstPage(ctx, plan.outputBlob);
  const stage = { ...about, ...output, decision: plan.decision, executed: false, runs: [] };
  if (acts.mayRun && !isExpired(plan, ctx.clock.now())) {
    return { ...stage, success: true, status: 'ready', next: runCall(plan) };
  }
  if (plan.state === 'blocked') {
    const message = plan.reasons[0]?.message ?? 'Policy blocks it.';
    const error = { code: 'policy_blocked', message: `Policy blocks this plan: ${message}` } as const;
    return { ...stage, success: false, status: 'blocked', error };
  }
  if (isExpired(plan, ctx.clock.now())) {
    const next = planCall(plan.action);
    return { ...stage, success: true, status: 'expired', ...(next === null ? {} : { next }) };
  }
  if (plan.state === 'ready') return { ...stage, success: true, status: 'ready', next: runCall(plan) };
  return { ...stage, success: true, ...approvalStage(plan, approval) };
}

function approvalStage(plan: JudgedPlan, view: ApprovalView | null): Pick<ToolResult, 'status' | 'next'> {
  const ask: NextStep = {
    tool: 'gateway_request_approval',
    arguments: { plan_id: plan.plan_id, reason: 'why this change is needed' },
  };
  if (view === null) return { status: 'needs_approval', next: ask };
  if (view.state.state === 'approved') return { status: 'approved', next: runCall(plan) };
  const next = refuseUnapproved(view.approval, view.state, ask).next;
  const { state } = view.state;
  const status = state === 'pending' || state === 'rejected' ? state : 'needs_approval';
  return { status, ...(next === null ? {} : { next }) };
}

async function viewRun(
  ctx: ToolContext,
  plan: JudgedPlan,
  run: RunRecord,
  about: Partial<ToolResult>,
): Promise<ToolResult> {
  const common = {
    ...about,
    decision: run.decision,
    executed: run.state !== 'failed' || !startedNothing(run.result.error?.code),
    run_id: run.run_id,
    runs: [summariseRun(run)],
  };
  if (run.state === 'running') {
    return { ...common, success: true, status: 'running', next: waitForPlan(plan) };
  }
  const { result } = run;
  const output = await firstPage(ctx, result.output);
  const stderr = await firstPage(ctx, result.stderr);
  const produced = result.produced_plan;
  return {
    ...common,
    ...output,
    success: run.state === 'succeeded',
    status: run.state,
    exit_code: result.exit_code,
    ...(stderr.output === undefined ? {} : { stderr: stderr.output }),
    ...(result.error === null ? {} : { error: result.error }),
    ...(produced === null ? {} : { next: { tool: 'gateway_get_plan', arguments: { plan_id: produced } } }),
  };
}

/** What the executor finds before it starts anything, and terraform before it changes anything. */
function startedNothing(code: ErrorCode | undefined): boolean {
  return code !== undefined && NOTHING_STARTED.includes(code);
}

const NOTHING_STARTED: readonly ErrorCode[] = [
  'plan_stale',
  'plan_tampered',
  'workspace_mismatch',
  'workspace_busy',
  'tool_unavailable',
  'invalid_arguments',
];

function basics(plan: PlanRecord): Partial<ToolResult> {
  return { plan_id: plan.plan_id, expires_at: plan.expires_at };
}

function waitForPlan(plan: PlanRecord): NextStep {
  return {
    tool: 'gateway_get_plan',
    arguments: { plan_id: plan.plan_id, wait_seconds: 20 },
    retry_after_seconds: 1,
  };
}

function planCall(action: Action): NextStep | null {
  if (!('args' in action)) return null;
  return { tool: 'gateway_terraform_plan', arguments: { cwd: action.cwd, workspace: action.workspace } };
}

export function summariseApproval(view: ApprovalView): ApprovalSummary {
  const { approval, votes, state } = view;
  return {
    approval_id: approval.approval_id,
    status: state.state,
    digest: approval.digest satisfies Digest,
    created_at: approval.created_at,
    expires_at: approval.expires_at,
    votes: votes.map(({ approver, verdict, reason }) => ({ approver, verdict, reason })),
  };
}

function summariseRun(run: RunRecord): RunSummary {
  const finished = run.state === 'running' ? null : run;
  return {
    run_id: run.run_id,
    status: run.state,
    started_at: run.started_at,
    finished_at: finished?.finished_at ?? null,
    exit_code: finished?.result.exit_code ?? null,
    produced_plan: finished?.result.produced_plan ?? null,
  };
}
