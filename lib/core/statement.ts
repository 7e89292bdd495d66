/**
 * What humans sign. Every kind has a type of its own inside the signed bytes, so that a signature of one kind
 * is worth nothing as another.
 */
import type { VoteStatement } from './approval.ts';
import type { BreakGlassStatement } from './break-glass.ts';
import { canonicalJson } from './canonical.ts';
import type { OverrideStatement, RevocationStatement } from './override.ts';
import type { ReviewClosing } from './review.ts';

export type SignedStatement =
  | { readonly type: 'recourse.vote.v1'; readonly statement: VoteStatement }
  | { readonly type: 'recourse.override.v1'; readonly statement: OverrideStatement }
  | { readonly type: 'recourse.override-revocation.v1'; readonly statement: RevocationStatement }
  | { readonly type: 'recourse.break-glass.v1'; readonly statement: BreakGlassStatement }
  | { readonly type: 'recourse.review.v1'; readonly statement: ReviewClosing };

/** Checks a signature with the public key; false for whatever does not verify, malformed input included. */
export type VerifyStatement = (signed: SignedStatement, signature: string) => boolean;

/** The bytes that a signature covers. */
export function statementBytes({ type, statement }: SignedStatement): Uint8Array {
  return new TextEncoder().encode(canonicalJson({ statement, type }));
}
