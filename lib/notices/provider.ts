/** The port that every way of telling people meets. */
import type { NoticeRecord, Receipt } from '../core/delivery.ts';
import type { NoticeEvent } from '../core/notice.ts';
import type { ApprovalProvider } from '../core/policy/providers.ts';
import type { NoticeContent } from './content.ts';

/** Whom an event concerns, by the names that policy has for them. */
export interface Audience {
  /** Who may decide the request and has not: asked, and reminded. */
  readonly deciders: readonly string[];
  /** Every approver that policy names for it. */
  readonly approvers: readonly string[];
  /** Who has voted. */
  readonly voters: readonly string[];
}

/** One notice to one recipient, ready to be sent. */
export interface Delivery {
  /** The same for every attempt: receivers may drop what they have seen. */
  readonly notice_id: string;
  readonly recipient: string;
  readonly event: NoticeEvent;
  readonly content: NoticeContent;
  /** How the request that this is about was told to the same recipient; null where it never was. */
  readonly opening: NoticeRecord | null;
  /**
   * A link with which this approver decides, single use, made for this attempt; null where there is nothing to
   * decide, the approver may not, or there is no console to lead to.
   */
  readonly link: (approver: string) => Promise<string | null>;
  /** The console's page without any secret; null where there is no console. */
  readonly pageUrl: string | null;
}

export type Delivered =
  | { readonly outcome: 'delivered'; readonly receipt: Receipt | null }
  /** There is nothing to tell any more. */
  | { readonly outcome: 'skipped'; readonly why: string }
  /** `never`: the provider says that trying again is of no use. `after`: seconds that it asked for. */
  | {
      readonly outcome: 'failed';
      readonly why: string;
      readonly again: 'later' | 'never';
      readonly after: number | null;
    };

export interface Provider {
  readonly name: ApprovalProvider;
  /** Whom this provider tells of an event; none where it is not its business. */
  recipients(event: NoticeEvent, audience: Audience): readonly string[];
  /** Rejecting counts as a failure that may pass. Bounded in time by the provider itself. */
  deliver(delivery: Delivery): Promise<Delivered>;
  /** One sentence on whether its secrets can be read; sends nothing. Null: all is well. */
  problem(): Promise<string | null>;
}

export function failed(
  why: string,
  again: 'later' | 'never' = 'later',
  after: number | null = null,
): Delivered {
  return { outcome: 'failed', why, again, after };
}
