/** The JSON side of what humans do beside voting: break-glass, overrides, reviews, stopping a run. */
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { ACTION_KINDS } from '../core/action.ts';
import { FINDING_CLASSES } from '../core/finding.ts';
import { answerProblem, type Problem, refuseAttempt } from './answer.ts';
import { jsonBody, pageQuery } from './api-body.ts';
import { breakGlass } from './break-glass.ts';
import { startBroken } from './broken-run.ts';
import { cancelRun } from './cancel.ts';
import { sealCursor } from './cursor.ts';
import { isDenied } from './deed.ts';
import type { ControlDeps } from './deps.ts';
import { listOverrides, makeOverride, revokeOverride } from './overrides.ts';
import { closeReview, listReviews } from './reviews.ts';
import { reader, writer } from './who.ts';

export function deedRoutes(app: Hono, deps: ControlDeps): void {
  app.post('/api/break-glass', (c) => doing(deps, c, BreakGlass, (by, body) => broken(deps, by, body)));
  app.get('/api/overrides', (c) => overrides(deps, c));
  app.post('/api/overrides', (c) =>
    doing(deps, c, Override, (by, { scope, reason, ttl_seconds }) =>
      makeOverride(deps, { scope, reason, ttlSeconds: ttl_seconds, by, via: 'api' }),
    ),
  );
  app.delete('/api/overrides', (c) =>
    doing(deps, c, Revoke, (by, { override_id, reason }) =>
      revokeOverride(deps, override_id, { by, reason, via: 'api' }),
    ),
  );
  app.delete('/api/overrides/:id', (c) =>
    doing(deps, c, Reason, (by, { reason }) =>
      revokeOverride(deps, c.req.param('id'), { by, reason, via: 'api' }),
    ),
  );
  app.get('/api/reviews', (c) => reviews(deps, c));
  app.post('/api/reviews/:id/close', (c) =>
    doing(deps, c, Comment, (by, { comment }) =>
      closeReview(deps, c.req.param('id'), { by, comment, via: 'api' }),
    ),
  );
  app.post('/api/runs/:id/cancel', (c) =>
    doing(deps, c, Reason, (by, { reason }) =>
      cancelRun(deps, c.req.param('id'), { by, reason, via: 'api' }),
    ),
  );
}

/** Who, what, and then the deed; a refused deed has put itself on record. */
async function doing<T>(
  deps: ControlDeps,
  c: Context,
  shape: z.ZodType<T>,
  deed: (by: string, body: T) => Promise<object>,
): Promise<Response> {
  const who = await writer(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const body = await jsonBody(c, shape);
  if ('problem' in body) return refuseAttempt(deps, c, body.problem, who);
  const done = await deed(who, body.value);
  return isDenied(done) ? answerProblem(c, done satisfies Problem) : c.json(done);
}

async function broken(deps: ControlDeps, by: string, body: z.output<typeof BreakGlass>): Promise<object> {
  const { plan_id, reason, ttl_seconds: ttlSeconds } = body;
  const done = await breakGlass(deps, { plan_id, reason, ttlSeconds, by, via: 'api' });
  return isDenied(done) ? done : startBroken(deps, done);
}

async function overrides(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const asked = pageQuery(deps, c, { status: z.enum(['active', 'all']).default('active') });
  if ('problem' in asked) return answerProblem(c, asked.problem);
  return c.json({ overrides: await listOverrides(deps, asked.query.status === 'active') });
}

async function reviews(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const asked = pageQuery(deps, c, { status: z.enum(['open', 'all']).default('open') });
  if ('problem' in asked) return answerProblem(c, asked.problem);
  const { query, limit, after } = asked;
  const page = await listReviews(deps, { openOnly: query.status === 'open', limit, after });
  return c.json({ ...page, next: sealCursor(deps.hasher, page.next) });
}

const Reason = z.strictObject({ reason: z.string() });
const Comment = z.strictObject({ comment: z.string() });
const Revoke = z.strictObject({ override_id: z.string(), reason: z.string() });
const BreakGlass = z.strictObject({
  plan_id: z.string(),
  reason: z.string(),
  ttl_seconds: z.number().int().optional(),
});

/** Printable, so that what is signed is what is seen. */
export const AddressPattern = z
  .string()
  .max(300)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'must be one line of visible characters');
export const AgentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be the name of an agent');

const Override = z.strictObject({
  scope: z.strictObject({
    action: z.enum(ACTION_KINDS).nullable().default(null),
    class: z.enum(FINDING_CLASSES).nullable().default(null),
    address: AddressPattern.nullable().default(null),
    agent: AgentName.nullable().default(null),
  }),
  reason: z.string(),
  ttl_seconds: z.number().int(),
});
