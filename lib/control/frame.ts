/** What frames every page of a session: who is there, where they are, and what is out of the ordinary. */
import type { Context } from 'hono';
import { answerProblem, refuseAttempt } from './answer.ts';
import { logIn } from './console.ts';
import type { ControlDeps } from './deps.ts';
import { type Session, sessionOf } from './identity.ts';
import { listOverrides } from './overrides.ts';
import type { Frame, Section } from './pages/layout.ts';
import { listReviews } from './reviews.ts';
import { named } from './who.ts';

export async function frameOf(deps: ControlDeps, session: Session, current: Section | null): Promise<Frame> {
  const { approver, csrf } = session;
  const acting = (await listOverrides(deps, true)).length;
  const { reviews } = await listReviews(deps, { openOnly: true, limit: 20, after: null });
  return { approver, csrf, environment: deps.environment, current, acting, reviews: reviews.length };
}

/** The session of whoever asks for a page, or the answer that tells them to log in. */
export async function visitor(deps: ControlDeps, c: Context): Promise<Session | Response> {
  const session = await sessionOf(deps, c.req.header('cookie'));
  if (session === null) return answerProblem(c, logIn(deps, c));
  const who = named(deps, session.approver);
  return typeof who === 'string' ? session : refuseAttempt(deps, c, who);
}
