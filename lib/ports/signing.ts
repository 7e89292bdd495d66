/** Keys, and what is done with them. */
import type { VoteRecord, VoteStatement } from '../core/approval.ts';
import type { SignedStatement } from '../core/statement.ts';

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
