/**
 * An Approval belongs to a digest. Humans vote on it outside MCP; the first run that starts spends it.
 * Its state is computed from the request, the votes, the spend and a time; no stored field is trusted.
 */

import { type ApprovalRules, type Waiting, waitingFor } from './approval-rules.ts';
import type { EventRef } from './audit.ts';
import { canonicalJson, type Digest } from './canonical.ts';
import type { ApprovalId, PlanId, RunId } from './ids.ts';
import { type Caller, isExpired } from './plan.ts';

export interface ApprovalRecord {
  readonly approval_id: ApprovalId;
  readonly environment: string;
  readonly digest: Digest;
  /** The plan for which it was asked; a plan made again with an equal digest uses the same approval. */
  readonly plan_id: PlanId;
  readonly requested_by: Caller;
  /** The agent's own words: untrusted text. */
  readonly reason: string;
  readonly operation: string | null;
  readonly target: string | null;
  readonly created_at: string;
  readonly expires_at: string;
  readonly audit: EventRef;
}

export type Verdict = 'approve' | 'reject';

/** What a vote's signature covers. */
export interface VoteStatement {
  readonly approval_id: ApprovalId;
  readonly digest: Digest;
  readonly environment: string;
  /** Who voted: an e-mail address, or `local:<user>` for the person at the machine. */
  readonly approver: string;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly voted_at: string;
  /** The approval's expiry; the vote counts no longer than that. */
  readonly expires_at: string;
}

export interface VoteRecord extends VoteStatement {
  /** ECDSA P-256 over SHA-256 of `voteBytes`, IEEE P1363 form, base64. */
  readonly signature: string;
  readonly audit: EventRef;
}

/** Which run used an approval up. Its key is the approval, so there is one winner, ever. */
export interface SpendRecord {
  readonly approval_id: ApprovalId;
  readonly run_id: RunId;
  readonly spent_at: string;
}

/** The bytes that a vote's signature covers. */
export function voteBytes(vote: VoteStatement): Uint8Array {
  const { approval_id, digest, environment, approver, verdict, reason, voted_at, expires_at } = vote;
  const statement = { approval_id, digest, environment, approver, verdict, reason, voted_at, expires_at };
  return new TextEncoder().encode(canonicalJson({ statement, type: 'recourse.vote.v1' }));
}

/** That a request no longer waits for anybody. Its key is the approval. It never undoes a decision. */
export interface WithdrawalRecord {
  readonly approval_id: ApprovalId;
  readonly environment: string;
  /** One sentence for people and agents. */
  readonly why: string;
  readonly at: string;
  readonly audit: EventRef;
}

export type ApprovalState =
  | { readonly state: 'approved'; readonly approvers: readonly string[] }
  | { readonly state: 'rejected'; readonly by: string; readonly reason: string }
  | { readonly state: 'expired' }
  | { readonly state: 'spent'; readonly run_id: RunId }
  | { readonly state: 'withdrawn'; readonly why: string }
  | {
      readonly state: 'pending';
      readonly have: number;
      /** How many there will be at least when it is approved. */
      readonly need: number;
      readonly waiting: readonly Waiting[];
    };

/**
 * The state of an approval at a time. `verify` checks one vote's signature with the public key; votes that
 * are unsigned, for another digest, approval or environment, cast after the expiry, by somebody whom the rules
 * do not let vote or by the requester do not count. One valid rejection ends it; a withdrawal ends waiting only.
 */
export function approvalState(
  approval: ApprovalRecord,
  votes: readonly VoteRecord[],
  spend: SpendRecord | null,
  rules: ApprovalRules,
  now: Date,
  verify: (vote: VoteRecord) => boolean,
  withdrawal: { readonly why: string } | null = null,
): ApprovalState {
  if (spend !== null) return { state: 'spent', run_id: spend.run_id };
  const counted = votes.filter((vote) => counts(vote, approval, rules) && verify(vote));
  const rejection = counted.find((vote) => vote.verdict === 'reject');
  if (rejection) return { state: 'rejected', by: rejection.approver, reason: rejection.reason };
  if (isExpired(approval, now)) return { state: 'expired' };
  const approvers = [...new Set(counted.map((vote) => vote.approver.toLowerCase()))];
  const waiting = waitingFor(rules, approvers);
  if (waiting.length === 0) return { state: 'approved', approvers };
  if (withdrawal !== null) return { state: 'withdrawn', why: withdrawal.why };
  const missing = Math.max(...waiting.map(({ have, need }) => need - have));
  return { state: 'pending', have: approvers.length, need: approvers.length + missing, waiting };
}

function counts(vote: VoteRecord, approval: ApprovalRecord, rules: ApprovalRules): boolean {
  return (
    vote.approval_id === approval.approval_id &&
    vote.digest === approval.digest &&
    vote.environment === approval.environment &&
    vote.expires_at === approval.expires_at &&
    Date.parse(vote.voted_at) < Date.parse(approval.expires_at) &&
    mayVote(vote.approver, approval, rules)
  );
}

/** Whether this human may vote on this approval at all: the policy lets them, and they did not ask for it. */
export function mayVote(approver: string, approval: ApprovalRecord, rules: ApprovalRules): boolean {
  return !isRequester(approver, approval.requested_by) && rules.isVoter(approver);
}

/** Whether this voter is the agent that called, or the human behind it. */
export function isRequester(approver: string, { agent, human }: Caller): boolean {
  const name = approver.toLowerCase();
  return agent.toLowerCase() === name || human?.toLowerCase() === name;
}
