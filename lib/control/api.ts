/** The JSON side of control: for the CLI, scripts and other front ends. */
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { AUDIT_UNAVAILABLE, answerProblem, type Problem, record, refuseAttempt } from './answer.ts';
import { jsonBody, pageQuery } from './api-body.ts';
import { deedRoutes } from './api-deeds.ts';
import { lookingRoutes } from './api-looking.ts';
import { findApproval, listApprovals } from './approvals.ts';
import { sealCursor } from './cursor.ts';
import type { ControlDeps } from './deps.ts';
import { createLink } from './links.ts';
import { castVote } from './vote.ts';
import { credentialled, reader, writer } from './who.ts';

/** How long a one-time log-in link for the console lives. */
export const LOGIN_SECONDS = 300;

export function apiRoutes(app: Hono, deps: ControlDeps): void {
  app.get('/api/approvals', (c) => listing(deps, c));
  app.get('/api/approvals/:id', (c) => oneApproval(deps, c, c.req.param('id')));
  app.post('/api/approvals/:id/decision', (c) => decision(deps, c, c.req.param('id')));
  app.post('/api/console-links', (c) => consoleLink(deps, c));
  lookingRoutes(app, deps);
  deedRoutes(app, deps);
}

async function listing(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const asked = pageQuery(deps, c, { status: z.enum(['pending', 'all']).default('pending') });
  if ('problem' in asked) return answerProblem(c, asked.problem);
  const { query, limit, after } = asked;
  const page = await listApprovals(deps, { pendingOnly: query.status === 'pending', limit, after });
  return c.json({ ...page, next: sealCursor(deps.hasher, page.next) });
}

async function oneApproval(deps: ControlDeps, c: Context, id: string): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const found = await findApproval(deps, id);
  if (found === null) return refuseAttempt(deps, c, NO_APPROVAL, who);
  const noted = await record(deps, who, 'approval.viewed', { approval_id: found.approval_id, via: 'api' });
  return noted ? c.json(found) : answerProblem(c, AUDIT_UNAVAILABLE);
}

async function decision(deps: ControlDeps, c: Context, id: string): Promise<Response> {
  const who = await writer(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const body = await jsonBody(c, Decision);
  if ('problem' in body) return refuseAttempt(deps, c, body.problem, who);
  const { verdict, reason } = body.value;
  const cast = await castVote(deps, { approval_id: id, verdict, reason, approver: who, via: 'api' });
  if (cast.refused) return answerProblem(c, cast);
  const { approval_id, approver, voted_at } = cast.vote;
  const { state, repeated } = cast;
  // Whoever votes again while others are still asked hears where it stands; afterwards there is nothing to decide.
  if (repeated && state.state !== 'pending') return answerProblem(c, DECIDED);
  return c.json({ approval_id, approver, verdict, voted_at, status: state.state, state, repeated });
}

/** A one-time link that opens the console in a browser as the caller. Not for browsers, which need none. */
async function consoleLink(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await credentialled(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const body = await jsonBody(c, z.strictObject({}));
  if ('problem' in body) return refuseAttempt(deps, c, body.problem, who);
  if (!(await record(deps, who, 'link.created', { purpose: 'console' }))) {
    return answerProblem(c, AUDIT_UNAVAILABLE);
  }
  const made = await createLink(deps, { purpose: 'console', approver: who }, LOGIN_SECONDS);
  return c.json({ url: `${deps.origin}/console/login?t=${made.token}`, expires_at: made.record.expires_at });
}

const Decision = z.strictObject({ verdict: z.enum(['approve', 'reject']), reason: z.string().default('') });

const DECIDED: Problem = {
  status: 409,
  code: 'already_decided',
  why: 'You have decided this already, and the same way.',
};
const NO_APPROVAL: Problem = { status: 404, code: 'approval_not_found', why: 'There is no such approval.' };
