/**
 * What people see of approvals: one JSON-able shape for the CLI, the API and the pages. State is always
 * computed here from votes, spend and time; nothing stored is believed.
 */
import {
  type ApprovalRecord,
  type ApprovalState,
  approvalState,
  type Verdict,
  type VoteRecord,
} from '../core/approval.ts';
import { approvalRules } from '../core/approval-rules.ts';
import type { Digest } from '../core/canonical.ts';
import { type ApprovalId, parseApprovalId } from '../core/ids.ts';
import { classesOf, isExpired, type PlanRecord } from '../core/plan.ts';
import type { Policy } from '../core/policy/policy.ts';
import { namedVoters } from '../core/roles.ts';
import { votesOf } from '../lifecycle/votes.ts';
import { withdrawalOf } from '../lifecycle/withdraw.ts';
import type { Clock } from '../ports/process.ts';
import type { VoteVerifier } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';
import { type PlanView, planView } from './plans.ts';

export interface ApprovalsDeps {
  readonly store: Store;
  readonly verifier: VoteVerifier;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly environment: string;
}

export interface VoteView {
  readonly approver: string;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly voted_at: string;
  /** False for a record whose signature does not hold; such a vote does not count. */
  readonly signature_holds: boolean;
}

export interface ApprovalView {
  readonly approval_id: ApprovalId;
  readonly environment: string;
  readonly status: ApprovalState['state'];
  /** The same with what belongs to it: who rejected and why, how many votes of how many, which run. */
  readonly state: ApprovalState;
  /** False where another request for the same digest has replaced this one. */
  readonly stands: boolean;
  readonly plan_id: string;
  readonly digest: Digest;
  readonly requested_by: ApprovalRecord['requested_by'];
  /** Untrusted: what the agent wrote. */
  readonly agent_words: {
    readonly reason: string;
    readonly operation: string | null;
    readonly target: string | null;
  };
  readonly created_at: string;
  readonly expires_at: string;
  readonly votes: readonly VoteView[];
  readonly plan: PlanView | null;
  /** False where the stored plan is not what this approval's digest covers: it cannot be approved. */
  readonly plan_matches: boolean;
}

export interface ApprovalsPage {
  readonly approvals: readonly ApprovalView[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

/** Null for an id that is malformed, unknown or of another environment: they look alike. */
export async function findApproval(deps: ApprovalsDeps, id: string): Promise<ApprovalView | null> {
  const approvalId = parseApprovalId(id);
  const record = approvalId === null ? null : ((await deps.store.get('approval', approvalId))?.value ?? null);
  return record === null || record.environment !== deps.environment ? null : viewOf(deps, record);
}

/**
 * Approvals, newest first; with `pendingOnly`, those that stand and wait for a human. A page holds at most
 * `limit` and looks at no more than 1,000 records, so a page may be short while `next` is not null.
 */
export async function listApprovals(
  deps: ApprovalsDeps,
  ask: { readonly pendingOnly: boolean; readonly limit: number; readonly after: string | null },
): Promise<ApprovalsPage> {
  const found: ApprovalView[] = [];
  let after = ask.after;
  for (let looked = 0; looked < MAX_LOOKED; ) {
    // Never more than are still wanted, or `next` would skip what this page has no room for.
    const limit = Math.min(PAGE, ask.limit - found.length);
    const order = 'newest_first';
    const page = await deps.store.list('approval', { under: 'approvals', order, limit, after });
    for (const record of page.items) {
      const view = await listed(deps, record, ask.pendingOnly);
      if (view !== null) found.push(view);
    }
    looked += page.items.length;
    after = page.next;
    if (after === null || found.length >= ask.limit) break;
  }
  return { approvals: found, next: after };
}

const PAGE = 100;
const MAX_LOOKED = 1000;

async function listed(
  deps: ApprovalsDeps,
  record: ApprovalRecord,
  pendingOnly: boolean,
): Promise<ApprovalView | null> {
  if (record.environment !== deps.environment) return null;
  if (!pendingOnly) return viewOf(deps, record);
  if (isExpired(record, deps.clock.now()) || !(await stands(deps, record))) return null;
  const view = await viewOf(deps, record);
  return view.status === 'pending' ? view : null;
}

async function stands(deps: ApprovalsDeps, record: ApprovalRecord): Promise<boolean> {
  const pointer = await deps.store.get('approval_pointer', record.digest);
  return pointer?.value.approval_id === record.approval_id;
}

/** Where an approval stands, with the votes that were cast on it. `plan`: the one that it was asked for. */
export async function approvalNow(
  deps: ApprovalsDeps,
  record: ApprovalRecord,
  plan: PlanRecord | null,
): Promise<{ readonly votes: readonly VoteRecord[]; readonly state: ApprovalState }> {
  const { store, policy, environment, verifier, clock } = deps;
  const votes = await votesOf(store, record.approval_id, namedVoters(policy));
  const spend = (await store.get('spend', record.approval_id))?.value ?? null;
  const withdrawal = await withdrawalOf(store, record);
  const rules = approvalRules(policy, environment, classesOf(plan));
  const verify = (vote: VoteRecord) => verifier.verifyVote(vote);
  const state = approvalState(record, votes, spend, rules, clock.now(), verify, withdrawal);
  return { votes, state };
}

async function viewOf(deps: ApprovalsDeps, record: ApprovalRecord): Promise<ApprovalView> {
  const now = deps.clock.now();
  const plan = (await deps.store.get('plan', record.plan_id))?.value ?? null;
  const ours = plan !== null && plan.environment === deps.environment ? plan : null;
  const verify = (vote: VoteRecord) => deps.verifier.verifyVote(vote);
  const { votes, state } = await approvalNow(deps, record, plan);
  return {
    approval_id: record.approval_id,
    environment: record.environment,
    status: state.state,
    state,
    stands: await stands(deps, record),
    plan_id: record.plan_id,
    digest: record.digest,
    requested_by: record.requested_by,
    agent_words: { reason: record.reason, operation: record.operation, target: record.target },
    created_at: record.created_at,
    expires_at: record.expires_at,
    votes: votes.map((vote) => ({
      approver: vote.approver,
      verdict: vote.verdict,
      reason: vote.reason,
      voted_at: vote.voted_at,
      signature_holds: verify(vote),
    })),
    plan: ours && planView(ours, now),
    plan_matches: ours !== null && 'digest' in ours && ours.digest === record.digest,
  };
}
