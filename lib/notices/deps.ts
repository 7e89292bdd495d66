import type { Policy } from '../core/policy/policy.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Clock, Random } from '../ports/process.ts';
import type { Hasher, VoteVerifier } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';
import type { Provider } from './provider.ts';

/** All that telling people needs of the outside. */
export interface NoticeDeps {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly verifier: VoteVerifier;
  /** With the key by which links are made. */
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: Policy;
  readonly environment: string;
  readonly providers: readonly Provider[];
  /** Where people reach the console, such as `https://gateway.example.com`; null: links lead nowhere, so there are none. */
  readonly origin: string | null;
  /** Removes what a secret scanner finds. Rejects where it cannot look. */
  readonly sweep: (text: string) => Promise<string>;
  /** Told of what nobody waits for. */
  readonly report: (message: string) => void;
}
