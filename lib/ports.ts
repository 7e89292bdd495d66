/**
 * Every interface that the outside must meet. Adapters (lib/local, lib/aws) implement these; the gateway,
 * tools, control side and executor know nothing else of the outside. A method that rejects means broken
 * I/O: the caller must treat what it asked for as not known to have happened.
 */

import type { Action, TerraformTarget } from './core/action.ts';
import type {
  ApprovalRecord,
  SpendRecord,
  VoteRecord,
  VoteStatement,
  WithdrawalRecord,
} from './core/approval.ts';
import type { AttemptRecord } from './core/attempt.ts';
import type { AuditEvent, Checkpoint, EventBody, EventRef } from './core/audit.ts';
import type { AuthorizedPlan } from './core/authorize.ts';
import type { BreakGlassRecord } from './core/break-glass.ts';
import type { Digest } from './core/canonical.ts';
import type { NoticeRecord } from './core/delivery.ts';
import type { Evaluation, Finding } from './core/finding.ts';
import type { ApprovalId, PlanId, RunId } from './core/ids.ts';
import type { NoticeEvent } from './core/notice.ts';
import type { OverrideRecord } from './core/override.ts';
import type {
  Caller,
  DigestParts,
  Frozen,
  JudgedPlan,
  Owner,
  PlanRecord,
  TerraformFrozen,
} from './core/plan.ts';
import type { Policy } from './core/policy/policy.ts';
import type { SecretName } from './core/policy/providers.ts';
import type { Refusal } from './core/refusal.ts';
import type { ReviewRecord } from './core/review.ts';
import type { LeaseRecord, RunRecord, RunResult } from './core/run.ts';
import type { SignedStatement } from './core/statement.ts';

// ---------------------------------------------------------------------------------------------- records

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

export interface Versioned<T> {
  readonly value: T;
  /** Starts at 1 and grows by 1 with each replacement. */
  readonly version: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

export interface ListRequest {
  /** Only records listed under this (see `listing.ts`): an approval's votes, a chain's events, … */
  readonly under: string;
  readonly order: 'oldest_first' | 'newest_first';
  /** 1 to 1,000. */
  readonly limit: number;
  readonly after?: string | null;
}

/**
 * Records with compare-and-swap. One store belongs to one environment.
 * Every write is one conditional write on one item; there are no transactions.
 * A rejection leaves it open whether the write persisted.
 */
export interface Store {
  /** Strongly consistent. Never returns a record because a TTL sweep was late: callers check expiry. */
  get<K extends RecordKind>(kind: K, key: string): Promise<Versioned<Records[K]> | null>;
  /** One winner, ever: `exists` means that somebody's record (perhaps one's own, tried before) stands. */
  create<K extends RecordKind>(kind: K, key: string, value: Records[K]): Promise<'created' | 'exists'>;
  /** Replaces only if the record still has `version`. */
  replace<K extends RecordKind>(
    kind: K,
    key: string,
    version: number,
    value: Records[K],
  ): Promise<'replaced' | 'changed'>;
  /** For display and sweeps; may lag behind `get` in the cloud, never on one machine. */
  list<K extends RecordKind>(kind: K, request: ListRequest): Promise<Page<Records[K]>>;
  close(): Promise<void>;
}

/** Content-addressed bytes. Reading verifies the hash: bytes that no longer match reject with BlobTampered. */
export interface Blobs {
  put(bytes: Uint8Array): Promise<Digest>;
  /** Null where there is no such blob. */
  get(address: Digest): Promise<Uint8Array | null>;
}

/** The bytes at an address are not those that were put there. */
export class BlobTampered extends Error {
  readonly address: Digest;
  constructor(address: Digest) {
    super(`the stored bytes of ${address} do not match their hash`);
    this.name = 'BlobTampered';
    this.address = address;
  }
}

// ------------------------------------------------------------------------------------------------ audit

/**
 * Appends to this writer's own chain. Resolves once the event persists; a rejection means that the caller
 * must not go on (`audit_unavailable`).
 */
export interface AuditLog {
  append(body: EventBody): Promise<EventRef>;
}

// ----------------------------------------------------------------------------------------- keys and time

/** Signs with a key that agents' side must not hold (in the cloud it does not). */
export interface VoteSigner {
  /** Signature over `voteBytes(vote)`: ECDSA P-256, SHA-256, IEEE P1363, base64. */
  signVote(vote: VoteStatement): Promise<string>;
  /** The same over `statementBytes(signed)`, for whatever else humans decide. */
  signStatement(signed: SignedStatement): Promise<string>;
}

/** Public keys only; false for anything that does not verify, malformed input included. */
export interface VoteVerifier {
  verifyVote(vote: VoteRecord): boolean;
  verifyStatement(signed: SignedStatement, signature: string): boolean;
}

/** HMAC-SHA-256 with the environment's key: hides values that must still be comparable. `hmac:` and 64 hex digits. */
export interface Hasher {
  hmac(text: string): string;
}

export interface Clock {
  now(): Date;
}

export type Random = (count: number) => Uint8Array;

/** Who this process is, and whether another owner is still alive. */
export interface Liveness {
  readonly self: Owner;
  /** False only where it is certain that the owner is gone. */
  isAlive(owner: Owner): boolean;
}

// ---------------------------------------------------------------------------------------------- notices

/**
 * Tells people what happened. Resolves once the event is queued, without waiting for any provider. What is told
 * is a courtesy: a rejection never undoes what it was about, and callers go through `lifecycle/tell.ts`, which
 * reports it and goes on. The same event may be told twice (`noticeKey`); it is sent once.
 */
export interface Notices {
  tell(event: NoticeEvent): Promise<void>;
}

/**
 * Secrets of the operator, by where they are kept: an environment variable, an absolute path, the ARN of a
 * secret. Rejects with one sentence that names the place and never the value.
 */
export interface Secrets {
  read(name: SecretName): Promise<string>;
}

// --------------------------------------------------------------------------------------------- identity

/** Who is behind an Authorization header of the agent API, or why nobody is. */
export type Identified =
  | { readonly because: null; readonly caller: Caller }
  /** `why` of these is for the audit: a stranger is not told what was wrong. */
  | { readonly because: 'no_credentials' | 'invalid_token'; readonly why: string }
  /** Genuine, and not enough: more may be asked of the issuer for the same agent. */
  | { readonly because: 'insufficient_scope'; readonly why: string }
  /** Genuine, and of nobody whom the operator knows: nothing that the client could do helps. */
  | { readonly because: 'not_allowed'; readonly why: string }
  /** It cannot be found out now. */
  | { readonly because: 'unavailable'; readonly why: string; readonly retryAfterSeconds: number };

/** Rejects on bugs and broken stores only; whatever a stranger sends is an answer. */
export interface Callers {
  identify(authorization: string | null): Promise<Identified>;
}

// -------------------------------------------------------------------------------------------- execution

/**
 * Proof that this caller won the claims on a plan. Only `claim.ts` mints one; an executor takes nothing less.
 */
declare const leaseBrand: unique symbol;
export interface Lease {
  readonly [leaseBrand]: true;
  readonly run_id: RunId;
  readonly resource: string | null;
}

/**
 * Stops a run that is under way. Resolves once it has been asked to stop; how it ended is in its record. On one
 * machine there is nothing to do: whoever runs it looks for stop requests.
 */
export interface RunStopper {
  stop(run: Extract<RunRecord, { readonly state: 'running' }>): Promise<void>;
}

/** Runs an authorised plan in its lane. Resolves when the run is over (one machine) or handed over (cloud). */
export interface Executor {
  start(lease: Lease, plan: AuthorizedPlan, signal: AbortSignal): Promise<RunResult>;
}

/** Source files as they were frozen; paths are relative to the snapshot and `/`-separated. */
export interface Snapshot {
  readonly address: Digest;
  /** Folder of the root module inside the snapshot; empty where they are the same. */
  readonly rootModule: string;
  readonly files: ReadonlyMap<string, SnapshotFile>;
  /** Modules from elsewhere, among `files`; absent where none were downloaded (yet). */
  readonly modules?: FrozenModules;
}

/** Downloaded modules that are frozen together with the source that calls them. */
export interface FrozenModules {
  /** Address of the source without them. */
  readonly source: Digest;
  /** Address of them alone. */
  readonly address: Digest;
  /** Call path (`net`, `net.sub`) → folder in the snapshot, of every module of the configuration. */
  readonly installed: ReadonlyMap<string, string>;
}

export interface SnapshotFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode?: number;
}

/** What a saved terraform plan froze, and what it says. */
export interface TerraformPlanned {
  readonly frozen: TerraformFrozen;
  readonly digest: Digest;
  readonly digestParts: DigestParts;
  /** `terraform show -json` of the saved plan; holds secrets in clear. */
  readonly planJson: unknown;
  /** Terraform's own rendering for people; unredacted. */
  readonly text: string;
}

/** What stands between a frozen terraform plan and what its stored bytes say now. */
export interface TerraformReadBack {
  readonly digest: Digest;
  /** The workspace that the saved plan names. */
  readonly workspace: string;
  readonly planJson: unknown;
  readonly snapshot: Snapshot;
}

/** Terraform as the gateway needs it. Nothing here runs before the gateway has scanned and decided. */
export interface TerraformLane {
  /** What terraform runs is in a sandbox. */
  readonly confined: boolean;
  /** Freezes the source; runs nothing of it. */
  snapshot(target: TerraformTarget): Promise<Snapshot | Refusal>;
  /**
   * Downloads the modules that a frozen source takes from elsewhere and freezes them with it; neither they nor
   * a provider run. For sources that a human approved. A refusal carries what terraform printed, unredacted.
   */
  fetchModules(
    planId: PlanId,
    target: TerraformTarget,
    source: Digest,
    signal: AbortSignal,
  ): Promise<Snapshot | (Refusal & { readonly text: string })>;
  /** Plans from the frozen source. A refusal carries what terraform printed, unredacted. */
  plan(
    planId: PlanId,
    target: TerraformTarget & { readonly destroy: boolean },
    source: Digest,
    signal: AbortSignal,
  ): Promise<TerraformPlanned | (Refusal & { readonly text: string })>;
  /** Reads the frozen bytes of a plan back. Rejects with BlobTampered, or resolves null where they are gone. */
  readBack(plan: JudgedPlan): Promise<TerraformReadBack | null>;
  /** The frozen source of a plan that stopped at the scan; null where it is gone. */
  reopen(source: Digest): Promise<Snapshot | null>;
}

/** Inputs of an action that are too large, or too secret, to stand in the action itself. */
export interface ActionInput {
  /** Manifest text that was given as an argument. */
  readonly manifest: string | null;
}

/** What freezing an action gives: the inputs that it will run with, and what evaluators say of them. */
export interface FrozenAction {
  readonly frozen: Frozen;
  readonly digestParts: DigestParts;
  readonly findings: readonly Finding[];
  readonly evaluation: Evaluation | null;
  /** For the humans who decide: a diff, a command. Redacted. */
  readonly text: string | null;
}

/** A lane whose actions can be frozen without running anything that an agent wrote: kubectl, shell. */
export interface ActionLane {
  /** `policy` brings the operator's patterns; deciding is not the lane's. */
  freeze(action: Action, input: ActionInput, policy: Policy): Promise<FrozenAction | Refusal>;
  /** The same from the bytes that a plan froze. Rejects with BlobTampered; null where they are gone. */
  refreeze(plan: Pick<JudgedPlan, 'action' | 'frozen'>, policy: Policy): Promise<FrozenAction | null>;
}
