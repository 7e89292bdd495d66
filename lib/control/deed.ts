/**
 * What the deeds of humans beside voting have in common. Their order is the contract: who may, signature, audit,
 * record, and then people are told. If the audit cannot be written, nothing was done.
 */
import type { EventRef } from '../core/audit.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { VerifyStatement } from '../core/statement.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Notices } from '../ports/people.ts';
import type { Clock, Random } from '../ports/process.ts';
import type { VoteSigner, VoteVerifier } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';
import { cleanReason, MAX_REASON } from './reason.ts';

export interface DeedDeps {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly signer: VoteSigner;
  readonly verifier: VoteVerifier;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: Policy;
  readonly environment: string;
  readonly onError: (error: unknown) => void;
}

/** Who does it, already authenticated, and how they came: `api`, `console`, `cli`. */
export interface Doer {
  readonly by: string;
  readonly via: string;
}

export interface Denied {
  readonly refused: true;
  /** HTTP status of the answer. */
  readonly status: 400 | 403 | 404 | 409 | 503;
  /** Stable snake_case. */
  readonly code: string;
  readonly why: string;
}

export function denied(status: Denied['status'], code: string, why: string): Denied {
  return { refused: true, status, code, why };
}

export function isDenied(value: object): value is Denied {
  return 'refused' in value && value.refused === true;
}

/** Null where the event could not be written; the caller must not go on. */
export async function noted(
  { audit, clock, environment, onError }: Pick<DeedDeps, 'audit' | 'clock' | 'environment' | 'onError'>,
  { by, via }: Doer,
  type: string,
  data: Readonly<Record<string, unknown>>,
): Promise<EventRef | null> {
  try {
    const at = clock.now().toISOString();
    return await audit.append({ at, actor: `human:${by}`, environment, type, data: { ...data, via } });
  } catch (error) {
    onError(error);
    return null;
  }
}

/** Records the refused attempt; gives back what to answer. */
export async function deny(
  deps: DeedDeps,
  doer: Doer,
  what: string,
  about: Readonly<Record<string, unknown>>,
  why: Denied,
): Promise<Denied> {
  const event = await noted(deps, doer, `${what}.refused`, { ...about, code: why.code });
  return event === null ? NO_AUDIT : why;
}

/** A reason that will be signed and shown, or what is wrong with it. */
export function reasonFor(text: string, what: string): string | Denied {
  const reason = cleanReason(text);
  if (reason === '') return denied(400, 'reason_required', `${what} needs a reason: others read it.`);
  if (reason.length <= MAX_REASON) return reason;
  return denied(400, 'reason_too_long', `A reason has at most ${MAX_REASON} characters.`);
}

export function verifying({ verifier }: Pick<DeedDeps, 'verifier'>): VerifyStatement {
  return (signed, signature) => verifier.verifyStatement(signed, signature);
}

export const NO_AUDIT = denied(
  503,
  'audit_unavailable',
  'The audit log cannot be written, so nothing was done. Try again once it works.',
);
