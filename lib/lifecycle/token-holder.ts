/** Whose bearer token this is. Both sides ask it; minting and revoking are the control side's alone. */
import { sha256 } from '../core/canonical.ts';
import type { TokenRecord } from '../ports/records.ts';
import type { Store } from '../ports/store.ts';

export type TokenHolder = TokenRecord['holder'];

/** Whose token this is; null for anything unknown, malformed or revoked. */
export async function tokenHolder(store: Store, token: string): Promise<TokenHolder | null> {
  if (!BEARER.test(token)) return null;
  const hash = sha256(token);
  const record = (await store.get('token', hash))?.value;
  return record && record.token_hash === hash && record.revoked_at === null ? record.holder : null;
}

const BEARER = /^rgw_[A-Za-z0-9_-]{43}$/;
