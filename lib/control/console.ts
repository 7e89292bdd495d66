/** The console's doors: logging in with a one-time link or through the issuer, and logging out. */
import type { Context, Hono } from 'hono';
import { AUDIT_UNAVAILABLE, answerProblem, type Problem, record, refuseAttempt } from './answer.ts';
import type { ControlDeps } from './deps.ts';
import { readForm } from './form.ts';
import { clearedCookie, csrfHolds, sessionOf, startSession } from './identity.ts';
import { findLink, useLink } from './links.ts';
import { type OidcLogin, oidcRoutes } from './oidc-login.ts';
import { loginPage } from './pages/login.ts';

export function consoleRoutes(app: Hono, deps: ControlDeps): void {
  const oidc = deps.oidc === null ? null : oidcRoutes(app, deps, deps.oidc);
  app.get('/console/login', (c) => {
    const token = c.req.query('t');
    if (token === undefined && oidc !== null) return oidc.start(c);
    return c.html(loginPage(token ?? '', deps.environment));
  });
  app.post('/console/login', (c) => login(deps, c));
  app.post('/console/logout', (c) => logout(deps, c, oidc));
}

/** Showing the log-in page changes nothing, so a mail scanner cannot use the link up; only this does. */
async function login(deps: ControlDeps, c: Context): Promise<Response> {
  const read = await readForm(c, ['t']);
  if ('problem' in read) return refuseAttempt(deps, c, read.problem);
  const link = await findLink(deps, read.form.t ?? '', 'console');
  if (link === null || link.used) return refuseAttempt(deps, c, DEAD_LINK);
  const { approver } = link.record;
  if (!(await record(deps, approver, 'console.login', {}))) return answerProblem(c, AUDIT_UNAVAILABLE);
  if (!(await useLink(deps, link.record))) return refuseAttempt(deps, c, DEAD_LINK);
  const before = await sessionOf(deps, c.req.header('cookie'));
  if (before !== null) await useLink(deps, before.record);
  c.header('Set-Cookie', await startSession(deps, approver));
  return c.redirect('/console', 303);
}

async function logout(deps: ControlDeps, c: Context, oidc: OidcLogin | null): Promise<Response> {
  const session = await sessionOf(deps, c.req.header('cookie'));
  if (session === null) return answerProblem(c, logIn(deps, c));
  const read = await readForm(c, ['csrf']);
  if ('problem' in read) return refuseAttempt(deps, c, read.problem, session.approver);
  if (!csrfHolds(session, read.form.csrf ?? '')) return refuseAttempt(deps, c, STALE_FORM, session.approver);
  if (!(await record(deps, session.approver, 'console.logout', {}))) {
    return answerProblem(c, AUDIT_UNAVAILABLE);
  }
  await useLink(deps, session.record);
  c.header('Set-Cookie', clearedCookie(deps.origin));
  return (await oidc?.leave(c)) ?? c.redirect('/console', 303);
}

/** For a page that wants a person: how that person logs in here. */
export function logIn(deps: ControlDeps, c: Context): Problem {
  const { status, code } = { status: 401, code: 'unauthenticated' } as const;
  if (deps.oidc === null) {
    const why =
      'You are not logged in here. Run “recourse console” on the machine of the gateway, or open the link you were sent.';
    return { status, code, why };
  }
  const login = `/console/login?next=${encodeURIComponent(c.req.path)}`;
  return { status, code, why: 'You are not logged in here. Log in, or open the link you were sent.', login };
}

export const STALE_FORM: Problem = {
  status: 403,
  code: 'csrf',
  why: 'This form is not of your session. Nothing was decided. Go back, reload the page and try again.',
};

const DEAD_LINK: Problem = {
  status: 403,
  code: 'dead_link',
  why: 'This link is not valid, or it was used already. “recourse console” gives a new one.',
};
