/** The JSON side of control: for the CLI, scripts and other front ends. */
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { AUDIT_UNAVAILABLE, answerProblem, type Problem, record, refuseAttempt } from './answer.ts';
import { findApproval, listApprovals } from './approvals.ts';
import { auditPage } from './audit-events.ts';
import { bodyText, hasMediaType, TOO_LARGE } from './body.ts';
import { openCursor, sealCursor } from './cursor.ts';
import type { ControlDeps } from './deps.ts';
import { createLink } from './links.ts';
import { findPlan, planOutput, planView } from './plans.ts';
import { castVote } from './vote.ts';
import { credentialled, reader, writer } from './who.ts';

/** How long a one-time log-in link for the console lives. */
export const LOGIN_SECONDS = 300;
const OUTPUT_BYTES = 65_536;

export function apiRoutes(app: Hono, deps: ControlDeps): void {
  app.get('/api/approvals', (c) => listing(deps, c));
  app.get('/api/approvals/:id', (c) => oneApproval(deps, c, c.req.param('id')));
  app.post('/api/approvals/:id/decision', (c) => decision(deps, c, c.req.param('id')));
  app.get('/api/plans/:id', (c) => onePlan(deps, c, c.req.param('id')));
  app.get('/api/audit', (c) => audit(deps, c));
  app.post('/api/console-links', (c) => consoleLink(deps, c));
}

async function listing(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const query = ListingQuery.safeParse(c.req.query());
  if (!query.success) return answerProblem(c, invalid(query.error));
  const { status, limit, cursor } = query.data;
  const after = cursor === null ? null : openCursor(deps.hasher, cursor);
  if (cursor !== null && after === null) return answerProblem(c, BAD_CURSOR);
  const page = await listApprovals(deps, { pendingOnly: status === 'pending', limit, after });
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
  return c.json({ approval_id, approver, verdict, voted_at, status: state.state, state, repeated });
}

async function onePlan(deps: ControlDeps, c: Context, id: string): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const plan = await findPlan(deps.store, deps.environment, id);
  if (plan === null) return refuseAttempt(deps, c, NO_PLAN, who);
  const noted = await record(deps, who, 'plan.viewed', { plan_id: plan.plan_id, via: 'api' });
  if (!noted) return answerProblem(c, AUDIT_UNAVAILABLE);
  const output = await planOutput(deps.blobs, plan, OUTPUT_BYTES);
  return c.json({ ...planView(plan, deps.clock.now()), output });
}

async function audit(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const query = AuditQuery.safeParse(c.req.query());
  if (!query.success) return answerProblem(c, invalid(query.error));
  const { limit, cursor } = query.data;
  const after = cursor === null ? null : openCursor(deps.hasher, cursor);
  if (cursor !== null && after === null) return answerProblem(c, BAD_CURSOR);
  const page = await auditPage(deps.store, limit, after);
  return c.json({ ...page, next: sealCursor(deps.hasher, page.next) });
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

async function jsonBody<T>(c: Context, shape: z.ZodType<T>): Promise<{ value: T } | { problem: Problem }> {
  if (!hasMediaType(c, 'application/json')) return { problem: NOT_JSON };
  const text = await bodyText(c);
  if (text === null) return { problem: TOO_LARGE };
  const read = parsedJson(text);
  if (read === null) return { problem: bad('The body is not JSON.') };
  const parsed = shape.safeParse(read.value);
  return parsed.success ? { value: parsed.data } : { problem: invalid(parsed.error) };
}

function parsedJson(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function invalid(error: z.ZodError): Problem {
  const [first] = error.issues;
  const where = first?.path.join('.') ?? '';
  return bad(where === '' ? (first?.message ?? 'bad input') : `${where}: ${first?.message ?? 'bad input'}`);
}

function bad(why: string): Problem {
  return { status: 400, code: 'invalid_arguments', why };
}

const limit = z.coerce.number().int().min(1).max(200).default(50);
const cursor = z.string().min(1).max(2000).nullable().default(null);
const ListingQuery = z.strictObject({ status: z.enum(['pending', 'all']).default('pending'), limit, cursor });
const AuditQuery = z.strictObject({ limit, cursor });
const Decision = z.strictObject({ verdict: z.enum(['approve', 'reject']), reason: z.string().default('') });

const BAD_CURSOR = bad('cursor: not one that this API gave');
const NO_APPROVAL: Problem = { status: 404, code: 'approval_not_found', why: 'There is no such approval.' };
const NO_PLAN: Problem = { status: 404, code: 'plan_not_found', why: 'There is no such plan.' };
const NOT_JSON: Problem = { status: 415, code: 'not_json', why: 'Content-Type must be application/json.' };
