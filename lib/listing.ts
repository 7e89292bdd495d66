/**
 * Under which name and at which place each kind of record is listed. Store adapters keep this as their
 * secondary index and know nothing else about the records.
 */
import type { RecordKind, Records } from './ports/records.ts';

export interface Listing {
  readonly under: string;
  /** Sorts as text. */
  readonly at: string;
}

/** Null: records of this kind are never listed. */
export function listingOf<K extends RecordKind>(kind: K, value: Records[K]): Listing | null {
  return LISTINGS[kind](value);
}

const LISTINGS: { readonly [K in RecordKind]: (value: Records[K]) => Listing | null } = {
  plan: (plan) => ({ under: 'plans', at: plan.created_at }),
  approval: (approval) => ({ under: 'approvals', at: approval.created_at }),
  approval_pointer: () => null,
  vote: (vote) => ({ under: vote.approval_id, at: vote.voted_at }),
  withdrawal: () => null,
  override: (override) => ({ under: 'overrides', at: override.made_at }),
  break_glass: (glass) => ({ under: 'break_glass', at: glass.made_at }),
  stop_request: () => null,
  review: (review) => ({ under: 'reviews', at: review.opened_at }),
  spend: () => null,
  run: (run) => ({ under: run.state === 'running' ? 'running' : `finished ${run.lane}`, at: run.started_at }),
  lease: () => null,
  link: () => null,
  link_use: () => null,
  notice: (notice) => ({
    under: notice.state,
    at: notice.state === 'waiting' ? notice.next_at : notice.ended_at,
  }),
  received: () => null,
  token: (token) => ({ under: 'tokens', at: token.created_at }),
  quota: () => null,
  chain: (chain) => ({ under: 'chains', at: chain.opened_at }),
  audit: (event) => ({ under: event.chain, at: String(event.seq).padStart(12, '0') }),
  attempt: () => null,
  judgement: () => null,
  inline_blob: () => null,
  mac_key: () => null,
  task_token: () => null,
  checkpoint: (checkpoint) => ({ under: 'checkpoints', at: String(checkpoint.number).padStart(12, '0') }),
};
