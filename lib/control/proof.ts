/** How a console shows, before anybody sends it a secret, that it is the one of this state folder. */
import type { Hasher } from '../ports/signing.ts';

/** 64 hex digits, drawn anew by whoever asks. */
export const NONCE = /^[0-9a-f]{64}$/;

/** Binds the key to the address that was asked, so that nobody can pass the question on to the real one. */
export function proofOf(hasher: Hasher, origin: string, nonce: string): string {
  return hasher.hmac(`recourse.control-proof.v1 ${origin} ${nonce}`);
}
