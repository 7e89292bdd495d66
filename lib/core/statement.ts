/**
 * What humans sign. Every kind has a type of its own inside the signed bytes, so that a signature of one kind
 * is worth nothing as another.
 */
import type { ActionKind } from './action.ts';
import type { VoteStatement } from './approval.ts';
import { canonicalJson, type Digest } from './canonical.ts';
import type { FindingClass } from './finding.ts';
import type { BreakGlassId, OverrideId, PlanId, ReviewId } from './ids.ts';

export type SignedStatement =
  | { readonly type: 'recourse.vote.v1'; readonly statement: VoteStatement }
  | { readonly type: 'recourse.override.v1'; readonly statement: OverrideStatement }
  | { readonly type: 'recourse.override-revocation.v1'; readonly statement: RevocationStatement }
  | { readonly type: 'recourse.break-glass.v1'; readonly statement: BreakGlassStatement }
  | { readonly type: 'recourse.review.v1'; readonly statement: ReviewClosing };

/** Checks a signature with the public key; false for whatever does not verify, malformed input included. */
export type VerifyStatement = (signed: SignedStatement, signature: string) => boolean;

/** Null: any. At least one of `action`, `class` and `address` says something. */
export interface OverrideScope {
  readonly action: ActionKind | null;
  readonly class: FindingClass | null;
  /** A pattern over addresses, in which `*` stands for anything: `aws_instance.web*`, `Deployment/shop/*`. */
  readonly address: string | null;
  readonly agent: string | null;
}

export interface OverrideStatement {
  readonly override_id: OverrideId;
  readonly environment: string;
  readonly scope: OverrideScope;
  readonly by: string;
  readonly reason: string;
  readonly made_at: string;
  readonly expires_at: string;
}

export interface RevocationStatement {
  readonly override_id: OverrideId;
  readonly environment: string;
  readonly revoked_by: string;
  readonly reason: string;
  readonly revoked_at: string;
}

export interface BreakGlassStatement {
  readonly break_glass_id: BreakGlassId;
  /** One plan has at most one run: bound to the plan, it is single use. */
  readonly plan_id: PlanId;
  readonly digest: Digest;
  readonly environment: string;
  readonly by: string;
  readonly reason: string;
  readonly made_at: string;
  readonly expires_at: string;
}

/** That a break-glass was looked at. */
export interface ReviewClosing {
  readonly review_id: ReviewId;
  readonly break_glass_id: BreakGlassId;
  readonly environment: string;
  readonly closed_by: string;
  readonly comment: string;
  readonly closed_at: string;
}

/** The bytes that a signature covers. */
export function statementBytes({ type, statement }: SignedStatement): Uint8Array {
  return new TextEncoder().encode(canonicalJson({ statement, type }));
}
