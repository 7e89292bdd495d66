/**
 * The one place that says a plan may run. It judges from frozen inputs, votes, today's policy and a time;
 * a decision that was stored with the plan is not looked at. Whatever is missing refuses.
 */
import {
  type ApprovalRecord,
  type ApprovalState,
  approvalState,
  isRequester,
  type SpendRecord,
  type VoteRecord,
} from './approval.ts';
import { approvalRules, waitingWords } from './approval-rules.ts';
import { type BreakGlassRecord, glassIsBroken, neverBroken } from './break-glass.ts';
import type { Digest } from './canonical.ts';
import type { Decision } from './decision.ts';
import type { FindingClass } from './finding.ts';
import { type ApprovalId, type BreakGlassId, type OverrideId, type RunId, runIdOf } from './ids.ts';
import { type OverrideRecord, type Touched, withOverrides } from './override.ts';
import type { JudgedPlan } from './plan.ts';
import type { Verdict } from './policy/decide.ts';
import { isRefusal, type NextStep, type Refusal, refuse } from './refusal.ts';
import { type Lane, laneOf } from './run.ts';
import type { VerifyStatement } from './statement.ts';
import { getPlan, type PlanRequest, planAgain, usablePlan } from './usable-plan.ts';

/** What was found when the frozen inputs were read back. */
export type Evidence =
  | {
      readonly state: 'intact';
      /** The digest, computed again from the frozen bytes. */
      readonly digest: Digest;
      /** The workspace that the artifact itself names; null where the action has none. */
      readonly workspace: string | null;
      /** By policy alone; overrides are applied to it here. */
      readonly verdict: Verdict;
      readonly touched: readonly Touched[];
    }
  | { readonly state: 'tampered'; readonly what: string };

export interface AuthorizeRequest extends PlanRequest {
  readonly evidence: Evidence | null;
  readonly approval: ApprovalRecord | null;
  readonly votes: readonly VoteRecord[];
  readonly spend: SpendRecord | null;
  readonly withdrawal: { readonly why: string } | null;
  readonly overrides: readonly OverrideRecord[];
  /** Of this plan. */
  readonly breakGlass: BreakGlassRecord | null;
  /** Checks a vote's signature with the public key. */
  readonly verify: (vote: VoteRecord) => boolean;
  /** The same for whatever else humans sign. */
  readonly verifyStatement: VerifyStatement;
}

/** On what grounds a plan may run. */
export interface Grounds {
  readonly decision: Decision;
  /** The approval to spend; null where none is asked for, or the glass was broken. */
  readonly approvalId: ApprovalId | null;
  /** Overrides without which it would not run. */
  readonly overrides: readonly OverrideId[];
  readonly breakGlassId: BreakGlassId | null;
}

/** Set by the class below, so that nothing outside this file can construct a proof. */
let mint: (plan: JudgedPlan, grounds: Grounds) => AuthorizedPlan;

/** Proof that a plan may run now, once. Only `authorize` makes one. */
export class AuthorizedPlan implements Grounds {
  readonly plan: JudgedPlan;
  readonly runId: RunId;
  readonly lane: Lane;
  readonly decision: Decision;
  readonly approvalId: ApprovalId | null;
  readonly overrides: readonly OverrideId[];
  readonly breakGlassId: BreakGlassId | null;

  private constructor(plan: JudgedPlan, grounds: Grounds) {
    this.plan = plan;
    this.runId = runIdOf(plan.plan_id);
    this.lane = laneOf(plan.action);
    this.decision = grounds.decision;
    this.approvalId = grounds.approvalId;
    this.overrides = grounds.overrides;
    this.breakGlassId = grounds.breakGlassId;
  }

  static {
    mint = (plan, grounds) => new AuthorizedPlan(plan, grounds);
  }
}

/** Refuses in the order of the design: the first thing wrong is the one that is said. */
export function authorize(request: AuthorizeRequest): AuthorizedPlan | Refusal {
  const plan = usablePlan(request);
  if (isRefusal(plan)) return plan;
  const { evidence } = request;
  if (evidence === null)
    return refuse('plan_tampered', 'What this plan froze cannot be read back. Plan again.', planAgain(plan));
  if (evidence.state === 'tampered') {
    return refuse(
      'plan_tampered',
      `What this plan froze was changed since (${evidence.what}). Plan again.`,
      planAgain(plan),
    );
  }
  if (evidence.digest !== plan.digest) {
    return refuse(
      'plan_tampered',
      'The frozen inputs do not give the digest that was approved. Plan again.',
      planAgain(plan),
    );
  }
  if (evidence.workspace !== workspaceOf(plan)) {
    return refuse(
      'workspace_mismatch',
      `The plan file is for workspace ${evidence.workspace ?? 'none'}, the plan says ${workspaceOf(plan) ?? 'none'}. Plan again.`,
      planAgain(plan),
    );
  }
  return authorizeJudged(plan, request, evidence);
}

function authorizeJudged(
  plan: JudgedPlan,
  request: AuthorizeRequest,
  evidence: Extract<Evidence, { readonly state: 'intact' }>,
): AuthorizedPlan | Refusal {
  const { environment, policy, now, verifyStatement: verify, breakGlass } = request;
  const { decision, reasons, classes, grounds, overrides } = withOverrides(
    evidence.verdict,
    request.overrides,
    {
      action: plan.action.kind,
      caller: plan.caller,
      touched: evidence.touched,
      standing: { environment, policy, now, verify },
    },
  );
  const free: Grounds = { decision, approvalId: null, overrides, breakGlassId: null };
  if (decision === 'allow' || decision === 'warn') return mint(plan, free);
  const broken =
    !neverBroken(grounds) && glassIsBroken(breakGlass, plan, policy, now, verify)
      ? mint(plan, { ...free, breakGlassId: breakGlass.break_glass_id })
      : null;
  if (decision === 'escalate') {
    const approved = authorizeApproved(plan, request, classes, free);
    return isRefusal(approved) ? (broken ?? approved) : approved;
  }
  if (broken !== null) return broken;
  const why = reasons[0]?.message ?? 'Policy blocks it.';
  return refuse(
    'policy_blocked',
    `Policy blocks this plan: ${why} No approval can change that.`,
    getPlan(plan),
  );
}

function authorizeApproved(
  plan: JudgedPlan,
  request: AuthorizeRequest,
  classes: readonly FindingClass[],
  free: Grounds,
): AuthorizedPlan | Refusal {
  const { approval, policy, now } = request;
  const ask: NextStep = {
    tool: 'gateway_request_approval',
    arguments: { plan_id: plan.plan_id, reason: 'why this change is needed' },
  };
  if (approval === null && plan.state === 'ready') {
    // Nobody can be asked about a plan that needed nobody when it was made.
    return refuse(
      'approval_required',
      'A human must approve this now; when the plan was made, none had to. Plan again and ask for that one.',
      planAgain(plan),
    );
  }
  if (approval === null) return refuse('approval_required', 'A human must approve this plan first.', ask);
  if (approval.digest !== plan.digest || approval.environment !== plan.environment) {
    return refuse('approval_required', 'The approval is for another plan. Ask for one for this plan.', ask);
  }
  // A run that died between its two claims comes back under its own id: its own spend does not stand in its way.
  const spend = request.spend?.run_id === runIdOf(plan.plan_id) ? null : request.spend;
  // Two agents may make equal plans: whoever is behind this one does not vote on it either.
  const votes = request.votes.filter((vote) => !isRequester(vote.approver, plan.caller));
  const rules = approvalRules(policy, plan.environment, classes);
  const state = approvalState(approval, votes, spend, rules, now, request.verify, request.withdrawal);
  if (state.state === 'approved') return mint(plan, { ...free, approvalId: approval.approval_id });
  return refuseUnapproved(approval, state, ask);
}

/** What to tell an agent whose plan's approval does not stand. */
export function refuseUnapproved(
  approval: ApprovalRecord,
  state: Exclude<ApprovalState, { state: 'approved' }>,
  ask: NextStep | null,
): Refusal {
  switch (state.state) {
    case 'pending':
      return refuse(
        'approval_pending',
        `Waiting for humans: ${state.have} of ${state.need} approvals, ${waitingWords(state.waiting)} needed. It can wait until ${approval.expires_at}.`,
        {
          tool: 'gateway_check_approval',
          arguments: { approval_id: approval.approval_id },
          retry_after_seconds: 15,
        },
      );
    case 'rejected':
      return refuse(
        'approval_rejected',
        `${state.by} rejected it: ${state.reason} Do not ask for the same again; change the plan.`,
      );
    case 'withdrawn':
      return refuse('approval_withdrawn', `The request was withdrawn: ${state.why}`, ask);
    case 'expired':
      return refuse('approval_expired', `The approval expired at ${approval.expires_at}. Ask again.`, ask);
    case 'spent':
      return refuse(
        'approval_required',
        `That approval was used up by ${state.run_id}. One approval runs one plan; ask again.`,
        ask,
      );
  }
}

function workspaceOf(plan: JudgedPlan): string | null {
  switch (plan.action.kind) {
    case 'terraform-plan':
    case 'terraform-apply':
    case 'terraform-destroy':
      return plan.action.workspace;
    default:
      return null;
  }
}
