/** A Hasher from a key that is at hand. */
import { createHmac } from 'node:crypto';
import type { Hasher } from '../ports/signing.ts';

/** `key`: 32 bytes in hex. */
export function keyedHasher(key: string): Hasher {
  const secret = Buffer.from(key, 'hex');
  return { hmac: (text) => `hmac:${createHmac('sha256', secret).update(text).digest('hex')}` };
}
