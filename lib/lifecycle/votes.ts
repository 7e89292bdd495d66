/** Reading the votes on an approval. */
import type { VoteRecord } from '../core/approval.ts';
import type { ApprovalId } from '../core/ids.ts';
import type { Page, Store } from '../ports/store.ts';

/**
 * All votes on an approval. Where policy names approvers, each one's vote is also read by its key, so that
 * a listing that lags cannot hide a rejection.
 */
export async function votesOf(
  store: Store,
  approval: ApprovalId,
  approvers: readonly string[],
): Promise<VoteRecord[]> {
  const votes = new Map<string, VoteRecord>();
  let after: string | null = null;
  do {
    const page: Page<VoteRecord> = await store.list('vote', {
      under: approval,
      order: 'oldest_first',
      limit: PAGE,
      after,
    });
    for (const vote of page.items) votes.set(vote.approver.toLowerCase(), vote);
    after = page.next;
  } while (after !== null);
  for (const name of approvers.map((each) => each.toLowerCase())) {
    const vote = votes.has(name) ? null : await store.get('vote', voteKey(approval, name));
    if (vote) votes.set(name, vote.value);
  }
  return [...votes.values()];
}

/** The key of a vote record: one for each approver and approval, whatever the case the name is written in. */
export function voteKey(approval: ApprovalId, approver: string): string {
  return `${approval} ${approver.toLowerCase()}`;
}

const PAGE = 100;
