/** Telling people what time does to requests: some expire soon, some did, some are not needed any more. */
import type { ApprovalRecord } from '../core/approval.ts';
import type { Page } from '../ports.ts';
import { readApproval } from './approvals.ts';
import type { RecordsContext } from './context.ts';
import { tell } from './tell.ts';

type WatchContext = Pick<
  RecordsContext,
  'environment' | 'policy' | 'store' | 'verifier' | 'clock' | 'notices' | 'report'
>;

/**
 * To be called every minute or so. Every call tells the same again (a queue knows an event that it has had), as long
 * as it is news: an expiry for a day.
 */
export async function watchApprovals(ctx: WatchContext): Promise<void> {
  const now = ctx.clock.now().getTime();
  const oldest = now - (ctx.policy.approvalTtlSeconds * 1000 + NEWS_MS);
  let after: string | null = null;
  do {
    const page: Page<ApprovalRecord> = await ctx.store.list('approval', {
      under: 'approvals',
      order: 'newest_first',
      limit: 100,
      after,
    });
    for (const approval of page.items) {
      if (Date.parse(approval.created_at) < oldest) return;
      await look(ctx, approval);
    }
    after = page.next;
  } while (after !== null);
}

const NEWS_MS = 86_400_000;

async function look(ctx: WatchContext, { approval_id, plan_id, expires_at }: ApprovalRecord): Promise<void> {
  const now = ctx.clock.now();
  const ends = Date.parse(expires_at) - now.getTime();
  const soon = ctx.policy.approvals.reminderSeconds * 1000;
  if (ends < -NEWS_MS) return;
  const view = await readApproval(ctx, approval_id);
  // Another request for the same plan has taken its place: that one is told of.
  const pointer = view === null ? null : await ctx.store.get('approval_pointer', view.approval.digest);
  if (view === null || pointer?.value.approval_id !== approval_id) return;
  const about = { at: now.toISOString(), environment: ctx.environment, approval_id, plan_id };
  switch (view.state.state) {
    case 'pending':
      if (ends <= soon)
        await tell(ctx.notices, { kind: 'approval_expiring', ...about, expires_at }, ctx.report);
      return;
    case 'expired':
      // What was approved in time and not used was decided: nobody waits to hear of it.
      if ((await lastState(ctx, view.approval)) === 'pending') {
        await tell(ctx.notices, { kind: 'approval_expired', ...about }, ctx.report);
      }
      return;
    case 'withdrawn':
      await tell(ctx.notices, { kind: 'approval_withdrawn', ...about, why: view.state.why }, ctx.report);
      return;
    case 'approved':
    case 'rejected':
    case 'spent':
      return;
  }
}

async function lastState(ctx: WatchContext, { approval_id, expires_at }: ApprovalRecord) {
  const justBefore = { now: () => new Date(Date.parse(expires_at) - 1) };
  return (await readApproval({ ...ctx, clock: justBefore }, approval_id))?.state.state;
}
