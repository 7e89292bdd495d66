/** Every kind of record that is stored, and what it is keyed by. */
import type { ApprovalRecord, SpendRecord, VoteRecord, WithdrawalRecord } from '../core/approval.ts';
import type { AttemptRecord } from '../core/attempt.ts';
import type { AuditEvent, Checkpoint, EventRef } from '../core/audit.ts';
import type { BreakGlassRecord } from '../core/break-glass.ts';
import type { Digest } from '../core/canonical.ts';
import type { NoticeRecord } from '../core/delivery.ts';
import type { ApprovalId, RunId } from '../core/ids.ts';
import type { OverrideRecord } from '../core/override.ts';
import type { PlanRecord } from '../core/plan.ts';
import type { ReviewRecord } from '../core/review.ts';
import type { LeaseRecord, RunRecord } from '../core/run.ts';

/** Which human holds which secret link or session; secrets are stored as SHA-256, never in clear. */
export interface LinkRecord {
  readonly token_hash: Digest;
  /** `console`: a one-time log-in. `approval`: may show and decide one approval. `session`: a browser. */
  readonly purpose: 'console' | 'approval' | 'session';
  readonly approval_id: ApprovalId | null;
  readonly digest: Digest | null;
  readonly approver: string;
  /** Of a session: what the issuer called this person's groups at log-in; empty for sessions of one machine. */
  readonly groups?: readonly string[];
  readonly created_at: string;
  readonly expires_at: string;
}

/** That a single-use link was used; its key is the token's hash, so there is one winner, ever. */
export interface LinkUseRecord {
  readonly token_hash: Digest;
  readonly used_at: string;
}

/** A bearer token of an agent (for `--http`) or of a named approver (for the control API). */
export interface TokenRecord {
  readonly token_hash: Digest;
  readonly holder:
    | { readonly kind: 'agent'; readonly name: string; readonly human: string | null }
    | { readonly kind: 'approver'; readonly email: string };
  readonly created_at: string;
  readonly revoked_at: string | null;
}

/** The one approval that currently stands for a digest. */
export interface ApprovalPointer {
  readonly digest: Digest;
  readonly approval_id: ApprovalId;
}

/** A counter over a window, for quotas. */
export interface QuotaRecord {
  readonly subject: string;
  readonly count: number;
  readonly expires_at: string;
}

/** That a writer opened an audit chain. */
export interface ChainRecord {
  readonly chain: string;
  readonly opened_at: string;
}

/** That a plan's record is as it was when it was judged. Its key holds the hash of that record. */
export interface JudgementRecord {
  readonly plan_id: string;
  readonly expires_at: string;
}

/** Bytes that a writer without a place for files keeps as a record: what an agent gave, to be frozen. */
export interface InlineBlobRecord {
  readonly address: Digest;
  readonly base64: string;
  readonly expires_at: string;
}

/** The key with which the agent-facing side of the cloud hashes arguments in the audit; it holds no other. */
export interface MacKeyRecord {
  /** 32 bytes in hex. */
  readonly key: string;
  readonly created_at: string;
}

/** What lets the machine that waits for humans go on. Never leaves the account. */
export interface TaskTokenRecord {
  readonly approval_id: ApprovalId;
  readonly token: string;
  readonly expires_at: string;
}

/** That a signed request of another system was acted upon; the same bytes again are a replay. */
export interface ReceivedRecord {
  readonly hash: Digest;
  readonly received_at: string;
  /** Later than the window in which its signature is accepted. */
  readonly expires_at: string;
}

/** That a human asked a run to stop. */
export interface StopRequestRecord {
  readonly run_id: RunId;
  readonly environment: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  readonly audit: EventRef;
}

/** Every kind of record, what it is keyed by, and what it holds. */
export interface Records {
  /** plan_id */
  plan: PlanRecord;
  /** approval_id */
  approval: ApprovalRecord;
  /** digest */
  approval_pointer: ApprovalPointer;
  /** approval_id + ' ' + lower-case approver: one vote each, ever */
  vote: VoteRecord;
  /** approval_id; written by whoever serves agents, as is `approval` */
  withdrawal: WithdrawalRecord;
  /** override_id; written by humans' side, as are the two below */
  override: OverrideRecord;
  /** plan_id: the latest */
  break_glass: BreakGlassRecord;
  /** review_id */
  review: ReviewRecord;
  /** run_id */
  stop_request: StopRequestRecord;
  /** approval_id */
  spend: SpendRecord;
  /** run_id; creating it claims the plan, for run_id follows from plan_id */
  run: RunRecord;
  /** source, folder and workspace */
  lease: LeaseRecord;
  /** token hash */
  link: LinkRecord;
  link_use: LinkUseRecord;
  /** notice_id */
  notice: NoticeRecord;
  /** provider + ' ' + hash of the signed request */
  received: ReceivedRecord;
  token: TokenRecord;
  /** subject and window */
  quota: QuotaRecord;
  /** chain: that a writer opened it */
  chain: ChainRecord;
  /** chain + ' ' + seq, zero-padded to 12 digits */
  audit: AuditEvent;
  /** number, zero-padded to 12 digits */
  checkpoint: Checkpoint;
  /** attempt_id; the cloud only, as are the four below */
  attempt: AttemptRecord;
  /** plan_id + ' ' + hash of a plan's record: that it was judged so, and by whom no agent reaches */
  judgement: JudgementRecord;
  /** address */
  inline_blob: InlineBlobRecord;
  /** what the key is for */
  mac_key: MacKeyRecord;
  /** approval_id */
  task_token: TaskTokenRecord;
}

export type RecordKind = keyof Records;
