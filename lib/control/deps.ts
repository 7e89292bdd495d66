import type { AwsSigner } from '../core/aws-principal.ts';
import type { Digest } from '../core/canonical.ts';
import type { RunId } from '../core/ids.ts';
import type { JudgedPlan } from '../core/plan.ts';
import type { Provenance } from '../core/policy/parse.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Refusal } from '../core/refusal.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { RunStopper } from '../ports/lanes.ts';
import type { Notices } from '../ports/people.ts';
import type { Clock, Random } from '../ports/process.ts';
import type { Hasher, VoteSigner, VoteVerifier } from '../ports/signing.ts';
import type { Blobs, Store } from '../ports/store.ts';
import type { IssuerLogin } from './issuer-login.ts';
import type { RefusalBudget } from './refusals.ts';

/** What is known of the audit as a whole. */
export interface AuditState {
  readonly holds: boolean;
  /** What was checked, or the first thing that does not hold. */
  readonly what: string;
  /** When it was looked at. */
  readonly at: string;
}

/** All that the human side needs of the outside. */
export interface ControlDeps {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly audit: AuditLog;
  readonly signer: VoteSigner;
  readonly verifier: VoteVerifier;
  readonly hasher: Hasher;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly random: Random;
  /** What strangers may write into the audit. */
  readonly refusals: RefusalBudget;
  readonly policy: Policy;
  readonly environment: string;
  /** Scheme, host and port under which browsers and clients reach this listener, and nothing else. */
  readonly origin: string;
  /** The token of `control.json` by its hash, and as whom it votes (`local:<user>`); null in the cloud. */
  readonly local: { readonly token_hash: Digest; readonly approver: string } | null;
  /** Through whom people log in to the console; null on one machine, where a one-time link does. */
  readonly oidc: IssuerLogin | null;
  /** Whose requests that AWS IAM authorized are served under `/iam`, and as whom; null: there is no `/iam`. */
  readonly signers: ((signer: AwsSigner) => string | null) | null;
  /** Where each value of the policy stands in its file. */
  readonly provenance: Provenance;
  readonly stopper: RunStopper;
  /** Starts a plan as its agent's call would; null where this side must start nothing. */
  readonly startRun: ((plan: JudgedPlan) => Promise<{ readonly run_id: RunId } | Refusal>) | null;
  /** Whether the audit holds; null where another place says so. Rejects where it cannot be read. */
  readonly verifyAudit: (() => Promise<AuditState>) | null;
  /** Told of every bug and broken adapter; the client is told nothing of it. */
  readonly onError: (error: unknown) => void;
}
