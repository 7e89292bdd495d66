/**
 * Who asks the JSON side: by bearer token or a browser's session; under `/iam`, by nothing but the signature
 * that AWS IAM checked before the request came here.
 */
import type { Context } from 'hono';
import type { AwsSigner } from '../core/aws-principal.ts';
import { mayLook } from '../core/roles.ts';
import type { Problem } from './answer.ts';
import type { ControlDeps } from './deps.ts';
import { bearerApprover, csrfHolds, sessionOf } from './identity.ts';

/** What a listener gives to `fetch` beside the request; nothing of it is from the request itself. */
export interface ControlBindings {
  readonly signer: AwsSigner | null;
}

/** Who may read. A bad Authorization header is never made good by a cookie. */
export async function reader(deps: ControlDeps, c: Context): Promise<string | Problem> {
  if (isSigned(c) || c.req.header('authorization') !== undefined) return credentialled(deps, c);
  const session = await sessionOf(deps, c.req.header('cookie'));
  return session === null ? UNKNOWN : named(deps, session.approver);
}

/** As `reader`, and a browser must show that the request comes from a page of its session. */
export async function writer(deps: ControlDeps, c: Context): Promise<string | Problem> {
  if (isSigned(c) || c.req.header('authorization') !== undefined) return credentialled(deps, c);
  const session = await sessionOf(deps, c.req.header('cookie'));
  if (session === null) return UNKNOWN;
  if (!csrfHolds(session, c.req.header('x-csrf-token') ?? '')) return NO_CSRF;
  return named(deps, session.approver);
}

/** Who holds a credential of their own, which a browser does not. */
export async function credentialled(deps: ControlDeps, c: Context): Promise<string | Problem> {
  if (isSigned(c)) return signedApprover(deps, c);
  const approver = await bearerApprover(deps, c.req.header('authorization') ?? '');
  return approver === null ? UNKNOWN : named(deps, approver);
}

/** Whoever the policy names nowhere is shown nothing, and does nothing here. */
export function named({ policy }: Pick<ControlDeps, 'policy'>, who: string): string | Problem {
  return mayLook(who, policy) ? who : notNamed(who);
}

function signedApprover(deps: ControlDeps, c: Context): string | Problem {
  // Where a listener gives no bindings, nobody signed anything.
  const { signer = null }: Partial<ControlBindings> = c.env ?? {};
  if (signer === null || deps.signers === null) return UNSIGNED;
  const approver = deps.signers(signer);
  return approver === null ? unknownSigner(signer) : named(deps, approver);
}

function isSigned(c: Context): boolean {
  return c.req.path.startsWith('/iam/');
}

const UNKNOWN: Problem = {
  status: 401,
  code: 'unauthenticated',
  why: "A bearer token of this console or of a named approver is needed. Agents' tokens open nothing here.",
};
const NO_CSRF: Problem = {
  status: 403,
  code: 'csrf',
  why: 'A browser session decides only with its X-CSRF-Token header.',
};
const UNSIGNED: Problem = {
  status: 403,
  code: 'not_an_approver',
  why: 'Only requests that AWS IAM authorized are served here.',
};

function notNamed(who: string): Problem {
  return {
    status: 403,
    code: 'no_role',
    why: `The policy names ${who} nowhere, so nothing is shown here. Its owner can do so under roles.viewer.`,
    who,
  };
}

function unknownSigner({ arn }: AwsSigner): Problem {
  return {
    status: 403,
    code: 'not_an_approver',
    why: `${arn} is no approver here; the operator names the principals that are (approver_principals).`,
  };
}
