/**
 * An Approval belongs to a digest. Humans vote on it outside MCP; the first run that starts spends it.
 * Its state is computed from the request, the votes, the spend and a time; no stored field is trusted.
 */

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

export interface ApprovalRules {
  readonly quorum: number;
  /** Empty: whoever reaches the control side may vote. */
  readonly approvers: readonly string[];
}

export type ApprovalState =
  | { readonly state: 'approved'; readonly approvers: readonly string[] }
  | { readonly state: 'rejected'; readonly by: string; readonly reason: string }
  | { readonly state: 'expired' }
  | { readonly state: 'spent'; readonly run_id: RunId }
  | { readonly state: 'pending'; readonly have: number; readonly need: number };

/**
 * The state of an approval at a time. `verify` checks one vote's signature with the public key; votes that
 * are unsigned, for another digest, approval or environment, cast after the expiry, by nobody on the
 * approver list or by the requester do not count. One valid rejection ends it.
 */
export function approvalState(
  approval: ApprovalRecord,
  votes: readonly VoteRecord[],
  spend: SpendRecord | null,
  rules: ApprovalRules,
  now: Date,
  verify: (vote: VoteRecord) => boolean,
): ApprovalState {
  if (spend !== null) return { state: 'spent', run_id: spend.run_id };
  const counted = votes.filter((vote) => counts(vote, approval, rules) && verify(vote));
  const rejection = counted.find((vote) => vote.verdict === 'reject');
  if (rejection) return { state: 'rejected', by: rejection.approver, reason: rejection.reason };
  if (isExpired(approval, now)) return { state: 'expired' };
  const approvers = [...new Set(counted.map((vote) => vote.approver.toLowerCase()))];
  const need = Math.max(1, rules.quorum);
  if (approvers.length >= need) return { state: 'approved', approvers };
  return { state: 'pending', have: approvers.length, need };
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

/** Whether this human may vote on this approval at all: on the list where there is one, and not the requester. */
export function mayVote(approver: string, approval: ApprovalRecord, rules: ApprovalRules): boolean {
  const name = approver.toLowerCase();
  if (isRequester(approver, approval.requested_by)) return false;
  return rules.approvers.length === 0 || rules.approvers.some((listed) => listed.toLowerCase() === name);
}

/** Whether this voter is the agent that called, or the human behind it. */
export function isRequester(approver: string, { agent, human }: Caller): boolean {
  const name = approver.toLowerCase();
  return agent.toLowerCase() === name || human?.toLowerCase() === name;
}
