/** Logging in to the console, and out of it, through the issuer; only where the operator configured one. */
import type { Context, Hono } from 'hono';
import { sha256 } from '../core/canonical.ts';
import { claimedHuman } from '../core/human.ts';
import { AUDIT_UNAVAILABLE, answerProblem, type Problem, record, refuseAttempt } from './answer.ts';
import type { ControlDeps } from './deps.ts';
import { sessionOf, startSession } from './identity.ts';
import { type Claims, type IssuerLogin, LoginFailed } from './issuer-login.ts';
import { useLink } from './links.ts';
import { beginLogin, begunLogin, endLogin, forgottenLogin } from './login-attempt.ts';
import { onwardPage } from './pages/onward.ts';
import { named } from './who.ts';

export interface OidcLogin {
  /** GET /console/login: to the issuer, and back here. */
  start(c: Context): Promise<Response>;
  /** Ends the answer to a log-out: at the issuer, where it has a place for that. Null where it has none. */
  leave(c: Context): Promise<Response | null>;
}

export function oidcRoutes(app: Hono, deps: ControlDeps, issuer: IssuerLogin): OidcLogin {
  app.get('/console/callback', (c) => callback(deps, issuer, c));
  return {
    start: (c) => start(deps, issuer, c),
    leave: async (c) => {
      const url = await issuer.logoutUrl();
      return url === null ? null : c.html(onwardPage('You are logged out here', url));
    },
  };
}

async function start(deps: ControlDeps, issuer: IssuerLogin, c: Context): Promise<Response> {
  const { login, cookie } = beginLogin(deps, ownPath(c.req.query('next')));
  try {
    const url = await issuer.authorizationUrl(login);
    c.header('Set-Cookie', cookie);
    return c.redirect(url, 303);
  } catch (failure) {
    return answerProblem(c, problemOf(deps, failure));
  }
}

/**
 * Answers with a page that goes on by itself, not with a redirect: the browser would count that as part of the
 * way back from the issuer, and keep the new session's cookie to itself.
 */
async function callback(deps: ControlDeps, issuer: IssuerLogin, c: Context): Promise<Response> {
  const login = begunLogin(deps, c.req.header('cookie'));
  c.header('Set-Cookie', forgottenLogin(deps.origin));
  const returned = new URL(c.req.url).searchParams;
  const states = returned.getAll('state');
  if (login === null || states.length !== 1 || sha256(states[0] ?? '') !== sha256(login.state)) {
    return refuseAttempt(deps, c, NOT_BEGUN);
  }
  if (!(await endLogin(deps, login))) return refuseAttempt(deps, c, NOT_BEGUN);
  let claims: Claims;
  try {
    claims = await issuer.redeem(returned, login);
  } catch (failure) {
    return refuseAttempt(deps, c, problemOf(deps, failure));
  }
  const approver = claimedHuman(claims, issuer.nameClaim);
  if (approver === null) return refuseAttempt(deps, c, nameless(issuer));
  const who = named(deps, approver);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const groups = groupsOf(claims[issuer.groupsClaim]);
  if (!(await record(deps, approver, 'console.login', { via: 'issuer', groups }))) {
    return answerProblem(c, AUDIT_UNAVAILABLE);
  }
  const before = await sessionOf(deps, c.req.header('cookie'));
  if (before !== null) await useLink(deps, before.record);
  c.header('Set-Cookie', await startSession(deps, approver, groups), { append: true });
  return c.html(onwardPage('You are logged in', login.next));
}

/** Where to go after logging in: a page of this console, and never an address. */
function ownPath(next: string | undefined): string {
  return next !== undefined && OWN_PAGE.test(next) ? next : '/console';
}

const OWN_PAGE = /^\/(?:console|a\/[A-Za-z0-9_]{1,64})$/;

const MAX_GROUPS = 100;

function groupsOf(claim: unknown): readonly string[] {
  const all = Array.isArray(claim) ? claim : [];
  return all
    .filter((each) => typeof each === 'string' && each !== '' && each.length <= 256)
    .slice(0, MAX_GROUPS);
}

function problemOf(deps: ControlDeps, failure: unknown): Problem {
  if (!(failure instanceof LoginFailed)) throw failure;
  deps.onError(failure);
  const { message, down } = failure;
  return down
    ? {
        status: 503,
        code: 'issuer_unavailable',
        why: `You cannot be logged in now: ${message}. Try again later.`,
      }
    : { status: 403, code: 'login_refused', why: `You were not logged in: ${message}. Try again.` };
}

function nameless({ nameClaim }: IssuerLogin): Problem {
  return {
    status: 403,
    code: 'login_refused',
    why: `The issuer names you by no verified e-mail address (${nameClaim}), so nobody would know who decided.`,
  };
}

const NOT_BEGUN: Problem = {
  status: 403,
  code: 'login_not_begun',
  why: 'This log-in was not begun in this browser, or too long ago, or it ended already. Log in again.',
};
