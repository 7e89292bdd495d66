/**
 * Checking signatures and MACs, the same wherever the keys lie. ECDSA P-256 with SHA-256, IEEE P1363, base64;
 * HMAC-SHA-256.
 */
import { createHmac, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** 64 bytes in base64 and nothing else; what cannot be encoded has no signature. Never throws. */
export function verifiesP256(publicKey: KeyObject, bytes: () => Uint8Array, signature: unknown): boolean {
  if (typeof signature !== 'string' || !/^[A-Za-z0-9+/]{86}==$/.test(signature)) return false;
  try {
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    return verify('sha256', bytes(), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/** Of a SubjectPublicKeyInfo in DER. Null for anything but a P-256 key. */
export function publicP256(der: Uint8Array): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    return isP256(key) ? key : null;
  } catch {
    return null;
  }
}

/** `hmac:` and 64 hex digits. */
export function hmacText(secret: Uint8Array, text: string): string {
  return `hmac:${createHmac('sha256', secret).update(text).digest('hex')}`;
}
