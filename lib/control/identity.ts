/** Which human is asking: by bearer token, or by the session cookie of a browser. */
import { sha256 } from '../core/canonical.ts';
import { tokenHolder } from '../lifecycle/token-holder.ts';
import type { LinkRecord } from '../ports/records.ts';
import { cookieOf, setCookie } from './cookies.ts';
import type { ControlDeps } from './deps.ts';
import { createLink, findLink } from './links.ts';

export interface Session {
  readonly approver: string;
  /** Groups that the issuer named when this person logged in. */
  readonly groups: readonly string[];
  readonly record: LinkRecord;
  /** What every form of this session carries; nobody without the cookie can know it. */
  readonly csrf: string;
}

export const SESSION_SECONDS = 8 * 3600;

/** The approver behind an Authorization header; null for agents' tokens too. */
export async function bearerApprover(deps: ControlDeps, header: string): Promise<string | null> {
  const token = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header)?.[1];
  if (token === undefined) return null;
  if (deps.local !== null && sha256(token) === deps.local.token_hash) return deps.local.approver;
  const holder = await tokenHolder(deps.store, token);
  return holder?.kind === 'approver' ? holder.email : null;
}

/** Null for no session, an expired or ended one, and for two cookies of the name: which is ours is unknown. */
export async function sessionOf(deps: ControlDeps, cookies: string | undefined): Promise<Session | null> {
  const token = cookieOf(deps.origin, 'session', cookies);
  if (token === null) return null;
  const found = await findLink(deps, token, 'session');
  if (found === null || found.used) return null;
  const { approver, groups = [] } = found.record;
  return { approver, groups, record: found.record, csrf: csrfOf(deps, token) };
}

/** Starts a session under a fresh secret, whatever cookie the browser sent; returns the Set-Cookie value. */
export async function startSession(
  deps: ControlDeps,
  approver: string,
  groups: readonly string[] = [],
): Promise<string> {
  const { token } = await createLink(deps, { purpose: 'session', approver, groups }, SESSION_SECONDS);
  return setCookie(deps.origin, 'session', token, SESSION_SECONDS);
}

export function clearedCookie(origin: string): string {
  return setCookie(origin, 'session', '', 0);
}

/** Compares hashes, so that time tells nothing about the token. */
export function csrfHolds(session: Session, given: string): boolean {
  return sha256(given) === sha256(session.csrf);
}

function csrfOf(deps: ControlDeps, token: string): string {
  return deps.hasher.hmac(`recourse.csrf.v1 ${token}`).replace(/^hmac:/, '');
}
