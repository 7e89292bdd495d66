/**
 * Secret links and sessions. A token is 32 random bytes and a MAC over them and all that the link grants.
 * Only the token's SHA-256 is stored, so reading the store gives nobody a link; without the key of the MAC,
 * writing the store makes no link either, and changes none: what was granted is in the token itself.
 */
import { canonicalJson, type Digest, sha256 } from '../core/canonical.ts';
import type { ApprovalId } from '../core/ids.ts';
import { isExpired } from '../core/plan.ts';
import type { Clock, Random } from '../ports/process.ts';
import type { LinkRecord } from '../ports/records.ts';
import type { Hasher } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';

export interface LinkDeps {
  readonly store: Store;
  /** Its key must be out of reach of whoever else can write links. */
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a link is for: a one-time log-in, a browser's session, or one approval at one digest. */
export type LinkGrant =
  | { readonly purpose: 'console'; readonly approver: string }
  /** `groups`: those that the issuer named at log-in; none where it was no issuer that said who this is. */
  | { readonly purpose: 'session'; readonly approver: string; readonly groups?: readonly string[] }
  | {
      readonly purpose: 'approval';
      readonly approver: string;
      readonly approval_id: ApprovalId;
      readonly digest: Digest;
    };

export interface NewLink {
  /** `random.mac`, 43 characters of base64url each. Shown once, stored nowhere. */
  readonly token: string;
  readonly record: LinkRecord;
}

export async function createLink(deps: LinkDeps, grant: LinkGrant, ttlSeconds: number): Promise<NewLink> {
  const now = deps.clock.now();
  const granted = {
    purpose: grant.purpose,
    approval_id: grant.purpose === 'approval' ? grant.approval_id : null,
    digest: grant.purpose === 'approval' ? grant.digest : null,
    approver: grant.approver,
    ...(grant.purpose === 'session' && { groups: grant.groups ?? [] }),
    expires_at: new Date(now.getTime() + ttlSeconds * 1000).toISOString(),
  };
  const random = secretToken(deps.random);
  const token = `${random}.${macOf(deps.hasher, random, granted)}`;
  const record: LinkRecord = { ...granted, token_hash: sha256(token), created_at: now.toISOString() };
  if ((await deps.store.create('link', record.token_hash, record)) === 'exists') {
    throw new Error('a new link has the hash of an old one: the source of randomness is broken');
  }
  return { token, record };
}

export interface FoundLink {
  readonly record: LinkRecord;
  readonly used: boolean;
}

/**
 * Null for anything that is not a live link of this purpose: malformed, unknown, expired, of another purpose,
 * or with a record that is not the one it was made with.
 */
export async function findLink(
  deps: Pick<LinkDeps, 'store' | 'hasher' | 'clock'>,
  token: string,
  purpose: LinkRecord['purpose'],
): Promise<FoundLink | null> {
  const [, random = '', mac = ''] = TOKEN.exec(token) ?? [];
  const hash = sha256(token);
  const record = random === '' ? undefined : (await deps.store.get('link', hash))?.value;
  // Of what is stored, nothing is looked at before the token vouches for it.
  if (record === undefined || sha256(mac) !== sha256(macOf(deps.hasher, random, record))) return null;
  if (record.purpose !== purpose || record.token_hash !== hash || isExpired(record, deps.clock.now())) {
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

type Granted = Pick<LinkRecord, 'purpose' | 'approval_id' | 'digest' | 'approver' | 'groups' | 'expires_at'>;

function macOf(hasher: Hasher, random: string, granted: Granted): string {
  const { purpose, approval_id, digest, approver, groups, expires_at } = granted;
  const covered = { random, purpose, approval_id, digest, approver, groups, expires_at };
  const hex = hasher.hmac(`recourse.link.v1 ${canonicalJson(covered)}`).replace(/^hmac:/, '');
  return Buffer.from(hex, 'hex').toString('base64url');
}

const TOKEN = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/;
