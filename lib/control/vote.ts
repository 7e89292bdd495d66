/**
 * Casting a vote: the one way in which a human's word becomes a record. The order is the contract:
 * eligibility, signature, audit, record. If the audit cannot be written, there is no vote.
 */
import {
  type ApprovalRecord,
  type ApprovalState,
  isRequester,
  mayVote,
  type Verdict,
  type VoteRecord,
} from '../core/approval.ts';
import { approvalRules } from '../core/approval-rules.ts';
import type { EventRef } from '../core/audit.ts';
import { type ApprovalId, parseApprovalId } from '../core/ids.ts';
import { classesOf } from '../core/plan.ts';
import type { Policy } from '../core/policy/policy.ts';
import { tell } from '../lifecycle/tell.ts';
import { voteKey } from '../lifecycle/votes.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Notices } from '../ports/people.ts';
import type { Clock } from '../ports/process.ts';
import type { VoteSigner, VoteVerifier } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';
import { approvalNow } from './approvals.ts';
import { cleanReason, MAX_REASON } from './reason.ts';

export interface VoteDeps {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly signer: VoteSigner;
  readonly verifier: VoteVerifier;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly environment: string;
  readonly notices: Notices;
  /** Told where nobody could be told of a vote; the vote stands. */
  readonly onError: (error: unknown) => void;
}

export interface VoteRequest {
  readonly approval_id: string;
  readonly verdict: Verdict;
  /** Needed to reject; at most 2,000 characters. */
  readonly reason: string;
  /** Already authenticated by the caller: an e-mail address or `local:<user>`. */
  readonly approver: string;
  /** How the human came here, for the audit: `api`, `console`, `link`, `cli`, … */
  readonly via: string;
}

export interface VoteOutcome {
  readonly refused: false;
  readonly vote: VoteRecord;
  /** Where the approval stands with this vote counted. */
  readonly state: ApprovalState;
  /** The same vote stood already; nothing was written. */
  readonly repeated: boolean;
}

export interface VoteRefusal {
  readonly refused: true;
  /** HTTP status of the answer. */
  readonly status: 400 | 403 | 404 | 409 | 503;
  readonly code:
    | 'reason_required'
    | 'reason_too_long'
    | 'approval_not_found'
    | 'not_an_approver'
    | 'own_request'
    | 'already_voted'
    | 'already_decided'
    | 'approval_expired'
    | 'approval_withdrawn'
    | 'approval_superseded'
    | 'plan_mismatch'
    | 'audit_unavailable';
  readonly why: string;
}

/**
 * Records one human's verdict on one approval. One vote for each approver, ever; the identical vote again
 * is answered with the first. Rejects only on broken I/O: then it is open whether the vote stands, and the
 * same call may be made again.
 */
export async function castVote(deps: VoteDeps, request: VoteRequest): Promise<VoteOutcome | VoteRefusal> {
  const reason = cleanReason(request.reason);
  const approvalId = parseApprovalId(request.approval_id);
  const judged = await judge(deps, request, approvalId, reason);
  if ('refused' in judged) return audited(deps, request, judged);
  if ('standing' in judged) return repeated(deps, request, judged.approval, judged.standing);

  const { approval } = judged;
  const statement = {
    approval_id: approval.approval_id,
    digest: approval.digest,
    environment: approval.environment,
    approver: request.approver,
    verdict: request.verdict,
    reason,
    voted_at: judged.now.toISOString(),
    expires_at: approval.expires_at,
  };
  const signature = await deps.signer.signVote(statement);
  const event = await append(deps, 'vote.cast', request, { ...statement, plan_id: approval.plan_id });
  if (event === null) return AUDIT_UNAVAILABLE;
  const vote: VoteRecord = { ...statement, signature, audit: event };
  const written = await deps.store.create('vote', voteKey(approval.approval_id, request.approver), vote);
  if (written !== 'created') return lostTo(deps, request, approval, reason);
  const cast = await outcome(deps, approval, vote, false);
  await tellOf(deps, request, approval, cast);
  return cast;
}

async function tellOf(
  deps: VoteDeps,
  { approver, verdict, via }: VoteRequest,
  { approval_id, plan_id, environment }: ApprovalRecord,
  { vote, state: { state } }: VoteOutcome,
): Promise<void> {
  if (state !== 'approved' && state !== 'rejected' && state !== 'pending') return;
  const about = { at: vote.voted_at, environment, approval_id, plan_id } as const;
  await tell(
    deps.notices,
    { kind: 'approval_decided', ...about, approver, verdict, via, state },
    deps.onError,
  );
}

type Judged =
  | VoteRefusal
  | { readonly approval: ApprovalRecord; readonly now: Date }
  | { readonly approval: ApprovalRecord; readonly standing: VoteRecord };

async function judge(
  deps: VoteDeps,
  request: VoteRequest,
  approvalId: ApprovalId | null,
  reason: string,
): Promise<Judged> {
  if (reason.length > MAX_REASON) {
    return refusal(400, 'reason_too_long', `A reason has at most ${MAX_REASON} characters.`);
  }
  if (request.verdict === 'reject' && reason === '') {
    return refusal(400, 'reason_required', 'A rejection needs a reason: the agent is told it.');
  }
  const approval =
    approvalId === null ? null : ((await deps.store.get('approval', approvalId))?.value ?? null);
  if (approval === null || approval.environment !== deps.environment) {
    return refusal(404, 'approval_not_found', 'There is no such approval.');
  }
  const plan = (await deps.store.get('plan', approval.plan_id))?.value ?? null;
  const rules = approvalRules(deps.policy, deps.environment, classesOf(plan));
  if (!mayVote(request.approver, approval, rules)) return notEligible(request.approver, approval);

  const own = await deps.store.get('vote', voteKey(approval.approval_id, request.approver));
  if (own) return sameVote(deps, own.value, request, reason) ? { approval, standing: own.value } : VOTED;

  const pointer = await deps.store.get('approval_pointer', approval.digest);
  if (pointer?.value.approval_id !== approval.approval_id) {
    return refusal(409, 'approval_superseded', 'Another request for the same plan has replaced this one.');
  }
  if (request.verdict === 'approve') {
    // An approver decides on the plan that was shown; a rejection is safe whatever the plan says.
    if (plan === null || !('digest' in plan) || plan.digest !== approval.digest) {
      return refusal(409, 'plan_mismatch', 'The stored plan is not the one this approval was asked for.');
    }
  }
  const now = deps.clock.now();
  return undecided((await approvalNow(deps, approval, plan)).state) ?? { approval, now };
}

function notEligible(approver: string, approval: ApprovalRecord): VoteRefusal {
  return isRequester(approver, approval.requested_by)
    ? refusal(403, 'own_request', 'Whoever asked for an approval cannot decide it.')
    : refusal(403, 'not_an_approver', 'The policy names who may decide here, and you are not among them.');
}

/** Null while the approval can still be voted on. */
function undecided(state: ApprovalState): VoteRefusal | null {
  switch (state.state) {
    case 'pending':
      return null;
    case 'approved':
      return refusal(409, 'already_decided', 'This was approved already.');
    case 'rejected':
      return refusal(409, 'already_decided', 'This was rejected already.');
    case 'spent':
      return refusal(409, 'already_decided', 'This was approved already, and the approval has been used.');
    case 'withdrawn':
      return refusal(409, 'approval_withdrawn', `This request was withdrawn: ${state.why}`);
    case 'expired':
      return refusal(409, 'approval_expired', 'This request has expired. The agent can ask again.');
  }
}

/** Somebody with the same name won between our look and our write. */
async function lostTo(
  deps: VoteDeps,
  request: VoteRequest,
  approval: ApprovalRecord,
  reason: string,
): Promise<VoteOutcome | VoteRefusal> {
  const won = await deps.store.get('vote', voteKey(approval.approval_id, request.approver));
  if (won && sameVote(deps, won.value, request, reason)) return repeated(deps, request, approval, won.value);
  return audited(deps, request, VOTED);
}

async function repeated(
  deps: VoteDeps,
  request: VoteRequest,
  approval: ApprovalRecord,
  vote: VoteRecord,
): Promise<VoteOutcome | VoteRefusal> {
  const { approval_id, verdict } = vote;
  const event = await append(deps, 'vote.repeated', request, { approval_id, verdict, vote: vote.audit });
  return event === null ? AUDIT_UNAVAILABLE : outcome(deps, approval, vote, true);
}

function sameVote(deps: VoteDeps, vote: VoteRecord, request: VoteRequest, reason: string): boolean {
  return vote.verdict === request.verdict && vote.reason === reason && deps.verifier.verifyVote(vote);
}

async function outcome(
  deps: VoteDeps,
  approval: ApprovalRecord,
  vote: VoteRecord,
  repeated: boolean,
): Promise<VoteOutcome> {
  return { refused: false, vote, state: await stateOf(deps, approval), repeated };
}

async function stateOf(deps: VoteDeps, approval: ApprovalRecord): Promise<ApprovalState> {
  const plan = (await deps.store.get('plan', approval.plan_id))?.value ?? null;
  return (await approvalNow(deps, approval, plan)).state;
}

async function audited(deps: VoteDeps, request: VoteRequest, refused: VoteRefusal): Promise<VoteRefusal> {
  const { approval_id, verdict, approver } = request;
  const event = await append(deps, 'vote.refused', request, {
    approval_id: parseApprovalId(approval_id),
    approver,
    verdict,
    code: refused.code,
  });
  return event === null ? AUDIT_UNAVAILABLE : refused;
}

/** Null where the event could not be written; the caller must not go on. */
async function append(
  deps: VoteDeps,
  type: string,
  request: VoteRequest,
  data: Readonly<Record<string, unknown>>,
): Promise<EventRef | null> {
  try {
    return await deps.audit.append({
      at: deps.clock.now().toISOString(),
      actor: `human:${request.approver}`,
      environment: deps.environment,
      type,
      data: { ...data, via: request.via },
    });
  } catch {
    return null;
  }
}

function refusal(status: VoteRefusal['status'], code: VoteRefusal['code'], why: string): VoteRefusal {
  return { refused: true, status, code, why };
}

const VOTED = refusal(409, 'already_voted', 'You have voted on this already; a vote cannot be changed.');
const AUDIT_UNAVAILABLE = refusal(
  503,
  'audit_unavailable',
  'The audit log cannot be written, so nothing was decided. Try again once it works.',
);
