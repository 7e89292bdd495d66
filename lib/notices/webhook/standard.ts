/**
 * Signatures of the Standard Webhooks scheme: HMAC-SHA-256 over id, timestamp and the raw body, in base64, in the
 * header `webhook-signature` behind `v1,`. Several may stand there, separated by spaces, while a secret changes.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Signed {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: string;
  readonly body: Uint8Array;
}

/** How far a timestamp may be from now, in either direction. */
export const TOLERANCE_SECONDS = 300;

/** Throws where the secret is too short to be one. */
export function signatureOf(secret: string, { id, timestamp, body }: Signed): string {
  const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body);
  return `v1,${hmac.digest('base64')}`;
}

/** In the time that a comparison takes, nothing shows of where it failed. */
export function isSignedWith(secret: string, signed: Signed, header: string): boolean {
  const wanted = Buffer.from(signatureOf(secret, signed));
  return header
    .split(' ')
    .slice(0, MAX_SIGNATURES)
    .map((given) => Buffer.from(given))
    .some((given) => given.length === wanted.length && timingSafeEqual(given, wanted));
}

/** `whsec_` and base64, as the scheme writes secrets; anything else is taken as it is. */
function keyOf(secret: string): Buffer {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  if (key.length < LEAST_KEY_BYTES)
    throw new Error(`a signing secret needs at least ${LEAST_KEY_BYTES} bytes`);
  return key;
}

const LEAST_KEY_BYTES = 16;
const MAX_SIGNATURES = 4;
