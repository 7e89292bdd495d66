/**
 * Secret links and sessions. The secret is 32 random bytes; only its SHA-256 is stored, so reading the
 * store gives nobody a link, and a lookup by hash compares nothing byte by byte.
 */
import { type Digest, sha256 } from '../core/canonical.ts';
import type { ApprovalId } from '../core/ids.ts';
import { isExpired } from '../core/plan.ts';
import type { Clock, LinkRecord, Random, Store } from '../ports.ts';

export interface LinkDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a link is for: a one-time log-in, a browser's session, or one approval at one digest. */
export type LinkGrant =
  | { readonly purpose: 'console' | 'session'; readonly approver: string }
  | {
      readonly purpose: 'approval';
      readonly approver: string;
      readonly approval_id: ApprovalId;
      readonly digest: Digest;
    };

export interface NewLink {
  /** 43 characters of base64url. Shown once, stored nowhere. */
  readonly token: string;
  readonly record: LinkRecord;
}

export async function createLink(deps: LinkDeps, grant: LinkGrant, ttlSeconds: number): Promise<NewLink> {
  const token = secretToken(deps.random);
  const now = deps.clock.now();
  const record: LinkRecord = {
    token_hash: sha256(token),
    purpose: grant.purpose,
    approval_id: grant.purpose === 'approval' ? grant.approval_id : null,
    digest: grant.purpose === 'approval' ? grant.digest : null,
    approver: grant.approver,
    created_at: now.toISOString(),
    expires_at: new Date(now.getTime() + ttlSeconds * 1000).toISOString(),
  };
  if ((await deps.store.create('link', record.token_hash, record)) === 'exists') {
    throw new Error('a new link has the hash of an old one: the source of randomness is broken');
  }
  return { token, record };
}

export interface FoundLink {
  readonly record: LinkRecord;
  readonly used: boolean;
}

/** Null for anything that is not a live link of this purpose: malformed, unknown, expired, of another purpose. */
export async function findLink(
  deps: Pick<LinkDeps, 'store' | 'clock'>,
  token: string,
  purpose: LinkRecord['purpose'],
): Promise<FoundLink | null> {
  if (!TOKEN.test(token)) return null;
  const hash = sha256(token);
  const record = (await deps.store.get('link', hash))?.value;
  if (record?.purpose !== purpose || record.token_hash !== hash || isExpired(record, deps.clock.now())) {
    return null;
  }
  return { record, used: (await deps.store.get('link_use', hash)) !== null };
}

/** One winner, ever: `false` means that the link had been used. Also ends a session. */
export async function useLink(
  deps: Pick<LinkDeps, 'store' | 'clock'>,
  record: Pick<LinkRecord, 'token_hash'>,
): Promise<boolean> {
  const use = { token_hash: record.token_hash, used_at: deps.clock.now().toISOString() };
  return (await deps.store.create('link_use', record.token_hash, use)) === 'created';
}

/** 32 random bytes as base64url. */
export function secretToken(random: Random): string {
  return Buffer.from(random(32)).toString('base64url');
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
