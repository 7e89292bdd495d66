/** That somebody broke the glass is looked at by somebody else. Until then the review is open. */
import type { EventRef } from './audit.ts';
import type { BreakGlassId, PlanId, ReviewId } from './ids.ts';
import type { ReviewClosing, VerifyStatement } from './statement.ts';

export interface ReviewRecord {
  readonly review_id: ReviewId;
  readonly break_glass_id: BreakGlassId;
  readonly plan_id: PlanId;
  readonly environment: string;
  /** Who broke the glass. */
  readonly by: string;
  readonly reason: string;
  readonly opened_at: string;
  readonly audit: EventRef;
  readonly closed: (ReviewClosing & { readonly signature: string; readonly audit: EventRef }) | null;
}

/** Closed only by a signed statement, about this very review, of somebody else than who broke the glass. */
export function isClosed(review: ReviewRecord, verify: VerifyStatement): boolean {
  const { closed } = review;
  return (
    closed !== null &&
    closed.review_id === review.review_id &&
    closed.break_glass_id === review.break_glass_id &&
    closed.environment === review.environment &&
    closed.closed_by.toLowerCase() !== review.by.toLowerCase() &&
    verify({ type: 'recourse.review.v1', statement: reviewClosing(closed) }, closed.signature)
  );
}

export function reviewClosing(closing: ReviewClosing): ReviewClosing {
  const { review_id, break_glass_id, environment, closed_by, comment, closed_at } = closing;
  return { review_id, break_glass_id, environment, closed_by, comment, closed_at };
}
