/** Reviews of break-glass: listed for everybody, closed by somebody else than who broke the glass. */
import { parseReviewId, type ReviewId } from '../core/ids.ts';
import { isClosed, type ReviewRecord } from '../core/review.ts';
import { hasRole } from '../core/roles.ts';
import type { Page } from '../ports/store.ts';
import {
  type DeedDeps,
  type Denied,
  type Doer,
  denied,
  deny,
  NO_AUDIT,
  noted,
  reasonFor,
  verifying,
} from './deed.ts';

export interface ReviewView {
  readonly review_id: ReviewId;
  readonly plan_id: string;
  readonly by: string;
  readonly reason: string;
  readonly opened_at: string;
  readonly state: 'open' | 'closed';
  readonly closed: { readonly by: string; readonly at: string; readonly comment: string } | null;
}

type ReviewDeps = Pick<DeedDeps, 'store' | 'verifier' | 'environment'>;

export interface ReviewsPage {
  readonly reviews: readonly ReviewView[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

/** The newest first. With `openOnly` it looks at no more than 1,000 records, so a page may be short. */
export async function listReviews(
  deps: ReviewDeps,
  ask: { readonly openOnly: boolean; readonly limit: number; readonly after: string | null },
): Promise<ReviewsPage> {
  const reviews: ReviewView[] = [];
  let after = ask.after;
  for (let looked = 0; looked < 1000; ) {
    const limit = Math.min(100, ask.limit - reviews.length);
    const page: Page<ReviewRecord> = await deps.store.list('review', {
      under: 'reviews',
      order: 'newest_first',
      limit,
      after,
    });
    for (const record of page.items) {
      if (record.environment !== deps.environment) continue;
      const view = viewOf(deps, record);
      if (!ask.openOnly || view.state === 'open') reviews.push(view);
    }
    looked += page.items.length;
    after = page.next;
    if (after === null || reviews.length >= ask.limit) break;
  }
  return { reviews, next: after };
}

export async function findReview(deps: ReviewDeps, id: string): Promise<ReviewView | null> {
  const reviewId = parseReviewId(id);
  const found = reviewId === null ? null : ((await deps.store.get('review', reviewId))?.value ?? null);
  return found === null || found.environment !== deps.environment ? null : viewOf(deps, found);
}

export async function closeReview(
  deps: DeedDeps,
  id: string,
  request: Doer & { readonly comment: string },
): Promise<ReviewView | Denied> {
  const reviewId = parseReviewId(id);
  const found = reviewId === null ? null : await deps.store.get('review', reviewId);
  if (found === null || found.value.environment !== deps.environment)
    return deny(deps, request, 'review', {}, NO_REVIEW);
  const { review_id, break_glass_id } = found.value;
  const comment = reasonFor(request.comment, 'Closing a review');
  const problem = typeof comment === 'string' ? refusalOf(deps, request, found.value) : comment;
  if (problem !== null) return deny(deps, request, 'review', { review_id }, problem);
  if (typeof comment !== 'string') throw new Error('judged before');
  const statement = {
    review_id,
    break_glass_id,
    environment: deps.environment,
    closed_by: request.by,
    comment,
    closed_at: deps.clock.now().toISOString(),
  };
  const signature = await deps.signer.signStatement({ type: 'recourse.review.v1', statement });
  const audit = await noted(deps, request, 'review.closed', statement);
  if (audit === null) return NO_AUDIT;
  const closed = { ...found.value, closed: { ...statement, signature, audit } };
  const written = await deps.store.replace('review', review_id, found.version, closed);
  return written === 'replaced' ? viewOf(deps, closed) : CLOSED;
}

function refusalOf(deps: DeedDeps, { by }: Doer, review: ReviewRecord): Denied | null {
  if (by.toLowerCase() === review.by.toLowerCase()) {
    return denied(403, 'own_deed', 'You broke this glass yourself: somebody else reviews it.');
  }
  const may = (['approver', 'auditor', 'operator', 'break_glass'] as const).some((role) =>
    hasRole(role, by, deps.policy),
  );
  if (!may) return denied(403, 'not_allowed', 'The policy gives you no role that closes reviews.');
  return isClosed(review, verifying(deps)) ? CLOSED : null;
}

function viewOf(deps: ReviewDeps, record: ReviewRecord): ReviewView {
  const { review_id, plan_id, by, reason, opened_at, closed } = record;
  const over = closed !== null && isClosed(record, verifying(deps));
  return {
    review_id,
    plan_id,
    by,
    reason,
    opened_at,
    state: over ? 'closed' : 'open',
    closed: over ? { by: closed.closed_by, at: closed.closed_at, comment: closed.comment } : null,
  };
}

const NO_REVIEW = denied(404, 'review_not_found', 'There is no such review.');
const CLOSED = denied(409, 'already_closed', 'This review was closed already.');
