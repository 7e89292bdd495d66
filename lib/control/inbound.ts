/**
 * The port by which other systems bring what a human decided there: Slack, ServiceNow, a signed webhook. An
 * adapter says whether a request is genuine and what it means. It decides nothing: `takeDecision` does, and with
 * it `castVote`, the same for all.
 */
import type { Verdict } from '../core/approval.ts';
import type { Digest } from '../core/canonical.ts';
import { parseApprovalId } from '../core/ids.ts';
import { record } from './answer.ts';
import type { ControlDeps } from './deps.ts';
import { castVote, type VoteOutcome, type VoteRefusal } from './vote.ts';

/** A request as it came. Nothing of the body has been read as anything. */
export interface RawRequest {
  /** By lower-case name. */
  readonly header: (name: string) => string | null;
  readonly body: Uint8Array;
}

export type Authenticity =
  /** `once`: the same for the same signed bytes. `until`: when their signature stops being accepted. */
  | { readonly ok: true; readonly once: Digest; readonly until: Date }
  | { readonly ok: false; readonly code: 'bad_signature' | 'too_old' | 'unsigned'; readonly why: string };

export interface Reply {
  readonly status: 200 | 400 | 401 | 403 | 404 | 409 | 429 | 503;
  /** JSON; null: no body. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** What somebody decided elsewhere. */
export interface InboundDecision {
  /** Who it was there. */
  readonly external: string;
  /** Whom policy says this is; null: nobody here, whatever they may do there. */
  readonly approver: string | null;
  readonly approval_id: string;
  /** Of the plan that was shown to them. */
  readonly digest: string;
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface InboundRefusal {
  readonly refused: true;
  readonly status: VoteRefusal['status'];
  readonly code: VoteRefusal['code'] | 'unknown_user' | 'digest_mismatch';
  readonly why: string;
}

export type InboundOutcome = VoteOutcome | InboundRefusal;

export type Meaning =
  | {
      readonly kind: 'decision';
      readonly decision: InboundDecision;
      /** Tells the other side, in its own way. */
      readonly answer: (outcome: InboundOutcome) => Promise<Reply>;
    }
  /** Nothing is decided by it: a dialog was asked for, an unknown button. */
  | { readonly kind: 'other'; readonly reply: Reply }
  | { readonly kind: 'unreadable'; readonly why: string };

export interface Inbound {
  /** `POST /integrations/NAME`. */
  readonly name: 'slack' | 'servicenow' | 'webhook';
  /** Rejects where its secret cannot be read. */
  authenticate(request: RawRequest, now: Date): Promise<Authenticity>;
  /** Of an authentic request only. */
  read(request: RawRequest): Promise<Meaning>;
  /** After so many milliseconds the other side is told that it was received; the work goes on. Null: it waits. */
  readonly patienceMs: number | null;
}

/** One human's decision from elsewhere, as a vote or as a refusal that is in the audit. */
export async function takeDecision(
  deps: ControlDeps,
  name: Inbound['name'],
  decision: InboundDecision,
): Promise<InboundOutcome> {
  const { external, approver, approval_id, digest, verdict, reason } = decision;
  if (approver === null) {
    const why = `${external} is nobody here: the operator must name them under approvals.providers.${name}.approvers.`;
    return refused(deps, name, decision, { refused: true, status: 403, code: 'unknown_user', why });
  }
  const id = parseApprovalId(approval_id);
  const approval = id === null ? null : ((await deps.store.get('approval', id))?.value ?? null);
  if (approval !== null && approval.digest !== digest) {
    const why = 'What was decided there is another plan than the one waiting here. Nothing was decided.';
    return refused(deps, name, decision, { refused: true, status: 409, code: 'digest_mismatch', why });
  }
  return castVote(deps, { approval_id, verdict, reason, approver, via: name });
}

async function refused(
  deps: ControlDeps,
  name: Inbound['name'],
  { external, approver, approval_id, verdict }: InboundDecision,
  refusal: InboundRefusal,
): Promise<InboundRefusal> {
  const { code } = refusal;
  const data = { provider: name, code, external, approval_id: parseApprovalId(approval_id), verdict };
  const written = await record(deps, approver, 'integration.refused', data);
  const why = 'The audit log cannot be written, so nothing was decided. Try again once it works.';
  return written ? refusal : { refused: true, status: 503, code: 'audit_unavailable', why };
}
