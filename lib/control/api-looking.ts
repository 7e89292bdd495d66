/** The JSON side of looking: plans, runs, the audit. What is looked at closely is in the audit. */
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { mayReadAudit } from '../core/roles.ts';
import { AUDIT_UNAVAILABLE, answerProblem, type Problem, record, refuseAttempt } from './answer.ts';
import { pageQuery } from './api-body.ts';
import { AuditFilterShape, auditPage, filterOf } from './audit-events.ts';
import { sealCursor } from './cursor.ts';
import type { ControlDeps } from './deps.ts';
import { outputPage } from './output.ts';
import { findPlan, listPlans, planOutput, planView } from './plans.ts';
import { findRun, listRuns, runOf } from './runs.ts';
import { reader } from './who.ts';

const OUTPUT_BYTES = 65_536;

export function lookingRoutes(app: Hono, deps: ControlDeps): void {
  app.get('/api/plans', (c) => plans(deps, c));
  app.get('/api/plans/:id', (c) => onePlan(deps, c, c.req.param('id')));
  app.get('/api/runs', (c) => runs(deps, c));
  app.get('/api/runs/:id', (c) => oneRun(deps, c, c.req.param('id')));
  app.get('/api/audit', (c) => audit(deps, c));
  app.get('/api/audit/verification', (c) => verification(deps, c));
}

async function plans(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const asked = pageQuery(deps, c, {});
  if ('problem' in asked) return answerProblem(c, asked.problem);
  const page = await listPlans(deps, asked);
  return c.json({ ...page, next: sealCursor(deps.hasher, page.next) });
}

async function onePlan(deps: ControlDeps, c: Context, id: string): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const plan = await findPlan(deps.store, deps.environment, id);
  if (plan === null) return refuseAttempt(deps, c, NO_PLAN, who);
  const seen = await record(deps, who, 'plan.viewed', { plan_id: plan.plan_id, via: 'api' });
  if (!seen) return answerProblem(c, AUDIT_UNAVAILABLE);
  const output = await planOutput(deps.blobs, plan, OUTPUT_BYTES);
  const run = await runOf(deps, plan);
  return c.json({ ...planView(plan, deps.clock.now()), output, run: run && { ...run, plan: undefined } });
}

async function runs(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const asked = pageQuery(deps, c, {});
  if ('problem' in asked) return answerProblem(c, asked.problem);
  const page = await listRuns(deps, asked);
  return c.json({ ...page, next: sealCursor(deps.hasher, page.next) });
}

async function oneRun(deps: ControlDeps, c: Context, id: string): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  const from = z.coerce.number().int().min(0).default(0).safeParse(c.req.query('from'));
  if (!from.success)
    return answerProblem(c, { status: 400, code: 'invalid_arguments', why: 'from: not a place' });
  const found = await findRun(deps, id);
  if (found === null) return refuseAttempt(deps, c, NO_RUN, who);
  const { view, record: run } = found;
  const seen = await record(deps, who, 'run.viewed', { run_id: view.run_id, via: 'api' });
  if (!seen) return answerProblem(c, AUDIT_UNAVAILABLE);
  const result = run.state === 'running' ? null : run.result;
  const output = await outputPage(deps.blobs, result?.output ?? null, from.data, OUTPUT_BYTES);
  const stderr = await outputPage(deps.blobs, result?.stderr ?? null, 0, OUTPUT_BYTES);
  return c.json({ ...view, output, stderr });
}

async function audit(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  if (!mayReadAudit(who, deps.policy)) return refuseAttempt(deps, c, NOT_FOR_YOU, who);
  const asked = pageQuery(deps, c, AuditFilterShape);
  if ('problem' in asked) return answerProblem(c, asked.problem);
  const page = await auditPage(deps.store, asked.limit, asked.after, filterOf(asked.query));
  return c.json({ ...page, next: sealCursor(deps.hasher, page.next) });
}

/** Looks at all of the audit anew. What cannot be read is an error, and no answer either way. */
async function verification(deps: ControlDeps, c: Context): Promise<Response> {
  const who = await reader(deps, c);
  if (typeof who !== 'string') return refuseAttempt(deps, c, who);
  if (!mayReadAudit(who, deps.policy)) return refuseAttempt(deps, c, NOT_FOR_YOU, who);
  if (deps.verifyAudit === null) return answerProblem(c, NOT_VERIFIED_HERE);
  const seen = await record(deps, who, 'audit.viewed', { via: 'api', verified: true });
  if (!seen) return answerProblem(c, AUDIT_UNAVAILABLE);
  return c.json(await deps.verifyAudit());
}

export const NOT_FOR_YOU: Problem = {
  status: 403,
  code: 'not_allowed',
  why: 'The policy names who may read the audit (roles.auditor), and you have no role in it.',
};
const NOT_VERIFIED_HERE: Problem = {
  status: 404,
  code: 'not_verified_here',
  why: 'This gateway has nothing to verify the audit with.',
};
export const NO_PLAN: Problem = { status: 404, code: 'plan_not_found', why: 'There is no such plan.' };
export const NO_RUN: Problem = { status: 404, code: 'run_not_found', why: 'There is no such run.' };
