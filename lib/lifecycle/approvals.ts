/** Reading an approval with everything its state follows from, and asking humans for one. */
import {
  type ApprovalRecord,
  type ApprovalState,
  approvalState,
  type SpendRecord,
  type VoteRecord,
} from '../core/approval.ts';
import { approvalRules } from '../core/approval-rules.ts';
import type { Digest } from '../core/canonical.ts';
import { type ApprovalId, newApprovalId } from '../core/ids.ts';
import { type Caller, classesOf, type JudgedPlan } from '../core/plan.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import { namedVoters } from '../core/roles.ts';
import type { RecordsContext } from './context.ts';
import { tell } from './tell.ts';
import { votesOf } from './votes.ts';
import { withdrawalOf, withdrawReplaced } from './withdraw.ts';
import { createOnce, replaceOnce } from './write-once.ts';

export interface ApprovalView {
  readonly approval: ApprovalRecord;
  readonly votes: readonly VoteRecord[];
  readonly spend: SpendRecord | null;
  readonly withdrawal: { readonly why: string } | null;
  readonly state: ApprovalState;
}

/** The approval that now stands for a digest, if any was ever asked for. */
export async function approvalFor(ctx: RecordsContext, digest: Digest): Promise<ApprovalView | null> {
  const pointer = await ctx.store.get('approval_pointer', digest);
  return pointer === null ? null : readApproval(ctx, pointer.value.approval_id);
}

export async function readApproval(
  ctx: Pick<RecordsContext, 'environment' | 'policy' | 'store' | 'verifier' | 'clock'>,
  id: ApprovalId,
): Promise<ApprovalView | null> {
  const approval = (await ctx.store.get('approval', id))?.value;
  if (approval === undefined || approval.environment !== ctx.environment) return null;
  const votes = await votesOf(ctx.store, id, namedVoters(ctx.policy));
  const spend = (await ctx.store.get('spend', id))?.value ?? null;
  const withdrawal = await withdrawalOf(ctx.store, approval);
  const plan = (await ctx.store.get('plan', approval.plan_id))?.value ?? null;
  const rules = approvalRules(ctx.policy, ctx.environment, classesOf(plan));
  const verify = (vote: VoteRecord) => ctx.verifier.verifyVote(vote);
  const state = approvalState(approval, votes, spend, rules, ctx.clock.now(), verify, withdrawal);
  return { approval, votes, spend, withdrawal, state };
}

/**
 * The approval for a plan's digest: the one that stands (pending, approved, or rejected and not yet
 * expired), or a new one. One digest has one open approval, however many ask at once.
 */
export function requestApproval(
  ctx: RecordsContext,
  plan: JudgedPlan,
  caller: Caller,
  words: AgentWords,
): Promise<ApprovalView | Refusal> {
  return oneAtATime(caller.agent, () => requestNow(ctx, plan, caller, words));
}

interface AgentWords {
  readonly reason: string;
  readonly operation: string | null;
  readonly target: string | null;
}

const asking = new Map<string, Promise<unknown>>();

/** Counting what is pending and adding to it must not interleave for one agent. */
function oneAtATime<T>(agent: string, ask: () => Promise<T>): Promise<T> {
  const before = asking.get(agent) ?? Promise.resolve();
  const now = before.then(ask, ask);
  asking.set(agent, now);
  const forget = () => {
    if (asking.get(agent) === now) asking.delete(agent);
  };
  now.then(forget, forget);
  return now;
}

async function requestNow(
  ctx: RecordsContext,
  plan: JudgedPlan,
  caller: Caller,
  words: AgentWords,
): Promise<ApprovalView | Refusal> {
  const pointer = await ctx.store.get('approval_pointer', plan.digest);
  if (pointer !== null) {
    const standing = await readApproval(ctx, pointer.value.approval_id);
    if (standing !== null && stands(ctx, standing)) return standing;
  }
  const mine = await askedOf(ctx, caller.agent);
  const full = quotaRefusal(ctx, mine);
  if (full) return full;
  const approval = await recordRequest(ctx, plan, caller, words);
  const next = { digest: plan.digest, approval_id: approval.approval_id };
  const won =
    pointer === null
      ? (await createOnce(ctx.store, 'approval_pointer', plan.digest, next)) === 'created'
      : (await replaceOnce(ctx.store, 'approval_pointer', plan.digest, pointer.version, next)) === 'replaced';
  if (won) {
    await tellAsked(ctx, approval);
    await withdrawReplaced(
      ctx,
      approval,
      mine.map((each) => each.approval),
    );
  }
  const view = await (won ? readApproval(ctx, approval.approval_id) : approvalFor(ctx, plan.digest));
  if (view === null) throw new Error('an approval that was just written cannot be read');
  return view;
}

/** Whatever becomes of this, the request stands: humans find it in the console. */
function tellAsked(
  ctx: RecordsContext,
  { approval_id, plan_id, environment, created_at }: ApprovalRecord,
): Promise<void> {
  const event = { kind: 'approval_requested', at: created_at, environment, approval_id, plan_id } as const;
  return tell(ctx.notices, event, ctx.report);
}

/** A rejection holds as long as the approval would have: asking again and again is no way round it. */
function stands(ctx: RecordsContext, view: ApprovalView): boolean {
  switch (view.state.state) {
    case 'pending':
    case 'approved':
      return true;
    case 'rejected':
      return Date.parse(view.approval.expires_at) > ctx.clock.now().getTime();
    case 'expired':
    case 'spent':
    case 'withdrawn':
      return false;
  }
}

async function recordRequest(
  ctx: RecordsContext,
  plan: JudgedPlan,
  caller: Caller,
  words: AgentWords,
): Promise<ApprovalRecord> {
  const now = ctx.clock.now();
  const unaudited = {
    approval_id: newApprovalId(ctx.random),
    environment: ctx.environment,
    digest: plan.digest,
    plan_id: plan.plan_id,
    requested_by: caller,
    reason: words.reason,
    operation: words.operation,
    target: words.target,
    created_at: now.toISOString(),
    expires_at: new Date(now.getTime() + ctx.policy.approvalTtlSeconds * 1000).toISOString(),
  };
  const audit = await ctx.audit.append({
    at: unaudited.created_at,
    actor: `agent:${caller.agent}`,
    environment: ctx.environment,
    type: 'approval.requested',
    data: {
      approval_id: unaudited.approval_id,
      plan_id: plan.plan_id,
      digest: plan.digest,
      reason: words.reason,
      expires_at: unaudited.expires_at,
    },
  });
  const approval = { ...unaudited, audit };
  if ((await createOnce(ctx.store, 'approval', approval.approval_id, approval)) !== 'created') {
    throw new Error('a random approval id was taken');
  }
  return approval;
}

function quotaRefusal(ctx: RecordsContext, asked: readonly ApprovalView[]): Refusal | null {
  const limit = ctx.policy.limits.pendingApprovalsPerAgent;
  if (asked.length < limit) return null;
  return refuse(
    'quota_exceeded',
    `${asked.length} of your approvals wait for humans, or were replaced within the hour; the limit is ${limit}. Wait until some are decided.`,
    {
      tool: 'gateway_check_approval',
      arguments: { approval_id: asked[0]?.approval.approval_id ?? '' },
      retry_after_seconds: 60,
    },
  );
}

/** Approvals that wait for humans now, newest first. */
export async function pendingApprovals(ctx: RecordsContext): Promise<ApprovalView[]> {
  return recent(
    ctx,
    () => true,
    (view) => view.state.state === 'pending',
  );
}

/** What an agent asks of humans: all that waits now, and what it replaced within the hour: replacing is asking too. */
function askedOf(ctx: RecordsContext, agent: string): Promise<ApprovalView[]> {
  return recent(
    ctx,
    (approval) => approval.requested_by.agent === agent,
    ({ state: { state }, approval }) => {
      const age = ctx.clock.now().getTime() - Date.parse(approval.created_at);
      return state === 'pending' || (state === 'withdrawn' && age < REPLACED_COUNTS_MS);
    },
  );
}

const REPLACED_COUNTS_MS = 3_600_000;

/** Of those that stand for their digest. Older than an approval's lifetime cannot be pending. */
async function recent(
  ctx: RecordsContext,
  isAbout: (approval: ApprovalRecord) => boolean,
  isWanted: (view: ApprovalView) => boolean,
): Promise<ApprovalView[]> {
  const oldest = ctx.clock.now().getTime() - ctx.policy.approvalTtlSeconds * 1000;
  const found: ApprovalView[] = [];
  let after: string | null = null;
  do {
    const page: { items: readonly ApprovalRecord[]; next: string | null } = await ctx.store.list('approval', {
      under: 'approvals',
      order: 'newest_first',
      limit: 100,
      after,
    });
    for (const approval of page.items) {
      const now = ctx.clock.now().getTime();
      if (Date.parse(approval.created_at) < oldest && Date.parse(approval.expires_at) < now) return found;
      if (!isAbout(approval)) continue;
      const view = await approvalFor(ctx, approval.digest);
      if (view?.approval.approval_id === approval.approval_id && isWanted(view)) found.push(view);
    }
    after = page.next;
  } while (after !== null);
  return found;
}
