/**
 * One notice to one recipient by one provider, from the moment it is owed until it is delivered or given up.
 * The record is written before anything is sent; it holds no link, no secret and no rendered text.
 */
import { createHash } from 'node:crypto';
import { base32 } from './ids.ts';
import { type NoticeEvent, noticeKey } from './notice.ts';
import type { ApprovalProvider } from './policy/providers.ts';

interface DeliveryCommon {
  readonly notice_id: string;
  readonly environment: string;
  readonly provider: ApprovalProvider;
  /** An address, a channel, an endpoint: whom the provider tells. */
  readonly recipient: string;
  readonly event: NoticeEvent;
  readonly created_at: string;
  /** How often it was tried. */
  readonly attempts: number;
}

/** What a provider gave back and needs again to change what it showed: ids, no secrets. */
export type Receipt = Readonly<Record<string, string>>;

export type NoticeRecord = DeliveryCommon &
  (
    | {
        readonly state: 'waiting';
        /** Not before; while somebody delivers it, when that attempt counts as lost. */
        readonly next_at: string;
        readonly problem: string | null;
      }
    | { readonly state: 'delivered'; readonly ended_at: string; readonly receipt: Receipt | null }
    /** There was nothing left to tell: the request was decided before it could be sent. */
    | { readonly state: 'skipped'; readonly ended_at: string; readonly problem: string }
    | { readonly state: 'dead'; readonly ended_at: string; readonly problem: string }
  );

/** Follows from what it is about, so that the same event told twice is one delivery. */
export function noticeId(event: NoticeEvent, provider: ApprovalProvider, recipient: string): string {
  const text = [noticeKey(event), provider, recipient.toLowerCase()].join('\n');
  return `ntc_${base32(createHash('sha256').update(text).digest().subarray(0, 16))}`;
}

export function newNotice(
  event: NoticeEvent,
  provider: ApprovalProvider,
  recipient: string,
  now: Date,
): NoticeRecord {
  const at = now.toISOString();
  return {
    notice_id: noticeId(event, provider, recipient),
    environment: event.environment,
    provider,
    recipient,
    event,
    created_at: at,
    attempts: 0,
    state: 'waiting',
    next_at: at,
    problem: null,
  };
}

/** How long one attempt may take before another process may try: longer than every provider's own time limits. */
export const ATTEMPT_MS = 120_000;

/** Two to three hours from the first try to the last. */
export const MAX_ATTEMPTS = 10;
const FIRST_WAIT_MS = 4_000;
const LONGEST_WAIT_MS = 3_600_000;

/**
 * When the next attempt after `attempts` failed ones is due: exponential, and half of it left to chance, so that
 * what failed together does not come back together. `chance` is from 0 to 1. `asked`: what the provider asked for.
 */
export function retryAt(attempts: number, now: Date, chance: number, asked: number | null): Date {
  const full = Math.min(FIRST_WAIT_MS * 3 ** Math.max(0, attempts - 1), LONGEST_WAIT_MS);
  const wait = Math.max(full / 2 + (full / 2) * chance, Math.min((asked ?? 0) * 1000, LONGEST_WAIT_MS));
  return new Date(now.getTime() + Math.ceil(wait));
}
