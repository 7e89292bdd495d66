/**
 * Paging cursors as clients see them: a store's own cursor with a MAC, so that a store is only ever given
 * back what it gave.
 */
import { sha256 } from '../core/canonical.ts';
import type { Hasher } from '../ports/signing.ts';

export function sealCursor(hasher: Hasher, cursor: string | null): string | null {
  return cursor && `${Buffer.from(cursor).toString('base64url')}.${mac(hasher, cursor)}`;
}

/** Null where this side did not make it. */
export function openCursor(hasher: Hasher, sealed: string): string | null {
  const [body = '', given = ''] = sealed.split('.');
  const cursor = Buffer.from(body, 'base64url').toString();
  return sha256(given) === sha256(mac(hasher, cursor)) ? cursor : null;
}

function mac(hasher: Hasher, cursor: string): string {
  return hasher
    .hmac(`recourse.cursor.v1 ${cursor}`)
    .replace(/^hmac:/, '')
    .slice(0, 32);
}
