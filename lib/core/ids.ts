/**
 * Identifiers. Each is a prefix and 26 characters of Crockford base32 (128 bits), so that none can be
 * guessed or enumerated. Randomness is an argument: core has none of its own.
 */
import { createHash } from 'node:crypto';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type PlanId = Id<'plan'>;
export type ApprovalId = Id<'approval'>;
export type RunId = Id<'run'>;
export type VoteId = Id<'vote'>;
export type BreakGlassId = Id<'break_glass'>;
export type OverrideId = Id<'override'>;
/** A review is of one use of break-glass. */
export type ReviewId = Id<'review'>;

/** 16 bytes of randomness from the caller. */
export type RandomBytes = (count: number) => Uint8Array;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const BODY = /^[0-9a-hjkmnp-tv-z]{26}$/;

export function newPlanId(random: RandomBytes): PlanId {
  return `plan_${base32(random(16))}` as PlanId;
}

export function newApprovalId(random: RandomBytes): ApprovalId {
  return `apr_${base32(random(16))}` as ApprovalId;
}

export function newBreakGlassId(random: RandomBytes): BreakGlassId {
  return `bg_${base32(random(16))}` as BreakGlassId;
}

export function newOverrideId(random: RandomBytes): OverrideId {
  return `ovr_${base32(random(16))}` as OverrideId;
}

/** Each use of break-glass has its one review. */
export function reviewIdOf(use: BreakGlassId): ReviewId {
  return `rev_${use.slice('bg_'.length)}` as ReviewId;
}

/**
 * A plan has at most one run, ever, so the run's id follows from the plan's. A process that died between
 * two claims comes back with the same id and resumes; a second run cannot get another one.
 */
export function runIdOf(plan: PlanId): RunId {
  return `run_${base32(createHash('sha256').update(`run of ${plan}`).digest().subarray(0, 16))}` as RunId;
}

export function parsePlanId(text: string): PlanId | null {
  return matches('plan_', text) ? (text as PlanId) : null;
}

export function parseApprovalId(text: string): ApprovalId | null {
  return matches('apr_', text) ? (text as ApprovalId) : null;
}

export function parseRunId(text: string): RunId | null {
  return matches('run_', text) ? (text as RunId) : null;
}

export function parseBreakGlassId(text: string): BreakGlassId | null {
  return matches('bg_', text) ? (text as BreakGlassId) : null;
}

export function parseOverrideId(text: string): OverrideId | null {
  return matches('ovr_', text) ? (text as OverrideId) : null;
}

export function parseReviewId(text: string): ReviewId | null {
  return matches('rev_', text) ? (text as ReviewId) : null;
}

function matches(prefix: string, text: string): boolean {
  return text.startsWith(prefix) && BODY.test(text.slice(prefix.length));
}

/** Crockford base32 without padding, most significant bit first. */
export function base32(bytes: Uint8Array): string {
  let out = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? out + ALPHABET[(held << (5 - bits)) & 31] : out;
}
