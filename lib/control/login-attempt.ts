/**
 * One log-in under way, kept by the browser that began it: a cookie with a MAC, for ten minutes. Only where it
 * is may the log-in end, so nobody can end one in another's browser.
 */
import { sha256 } from '../core/canonical.ts';
import { cookieOf, setCookie } from './cookies.ts';
import type { ControlDeps } from './deps.ts';
import type { Attempt } from './issuer-login.ts';
import { secretToken, useLink } from './links.ts';

export interface BegunLogin extends Attempt {
  /** A path of this console. */
  readonly next: string;
}

const ATTEMPT_SECONDS = 600;

/** A fresh one, and the Set-Cookie value that carries it. */
export function beginLogin(deps: ControlDeps, next: string): { login: BegunLogin; cookie: string } {
  const [state, nonce, verifier] = [0, 1, 2].map(() => secretToken(deps.random));
  const login = { state: state ?? '', nonce: nonce ?? '', verifier: verifier ?? '', next };
  const until = deps.clock.now().getTime() + ATTEMPT_SECONDS * 1000;
  const body = Buffer.from(JSON.stringify({ ...login, until })).toString('base64url');
  const cookie = setCookie(deps.origin, 'login', `${body}.${macOf(deps, body)}`, ATTEMPT_SECONDS);
  return { login, cookie };
}

/** The one that this browser began; null where it began none, or too long ago. */
export function begunLogin(deps: ControlDeps, cookies: string | undefined): BegunLogin | null {
  const [body = '', mac = '', ...more] = (cookieOf(deps.origin, 'login', cookies) ?? '').split('.');
  if (more.length > 0 || sha256(mac) !== sha256(macOf(deps, body))) return null;
  // It is ours, as the MAC shows, so it has the shape that `beginLogin` gave it.
  const { until, ...login } = JSON.parse(Buffer.from(body, 'base64url').toString()) as BegunLogin & {
    readonly until: number;
  };
  return until > deps.clock.now().getTime() ? login : null;
}

/** One end, ever, for each beginning. */
export function endLogin(deps: ControlDeps, login: BegunLogin): Promise<boolean> {
  return useLink(deps, { token_hash: sha256(`recourse.login.v1 ${login.state}`) });
}

export function forgottenLogin(origin: string): string {
  return setCookie(origin, 'login', '', 0);
}

function macOf(deps: ControlDeps, body: string): string {
  return deps.hasher.hmac(`recourse.login.v1 ${body}`).replace(/^hmac:/, '');
}
