/** The pages of the console. GET shows and changes nothing but the audit, in which what is looked at closely stands. */
import type { Context, Hono } from 'hono';
import { neverBrokenClass } from '../core/break-glass.ts';
import { isExpired, type PlanRecord } from '../core/plan.ts';
import { policyTables } from '../core/policy/explain.ts';
import { hasRole } from '../core/roles.ts';
import type { RunRecord } from '../core/run.ts';
import { AUDIT_UNAVAILABLE, answerProblem, NOT_FOUND, record, refuseAttempt } from './answer.ts';
import { NO_PLAN, NO_RUN } from './api-looking.ts';
import { type ApprovalView, findApproval, listApprovals } from './approvals.ts';
import { openCursor, sealCursor } from './cursor.ts';
import type { ControlDeps } from './deps.ts';
import { frameOf, visitor } from './frame.ts';
import { listGlass } from './glass-list.ts';
import type { Session } from './identity.ts';
import { byteOf, outputPage } from './output.ts';
import { listOverrides } from './overrides.ts';
import { exceptionsPage } from './pages/exceptions.ts';
import { pendingPage } from './pages/pending.ts';
import { planPage, plansPage } from './pages/plans.ts';
import { policyPage } from './pages/policy.ts';
import { runPage, runsPage } from './pages/runs.ts';
import { findPlan, listPlans, planView } from './plans.ts';
import { listReviews } from './reviews.ts';
import { findRun, listRuns, type RunView, runOf } from './runs.ts';

const ON_A_PAGE = 50;
const OUTPUT_BYTES = 131_072;

export function pageRoutes(app: Hono, deps: ControlDeps): void {
  const page =
    (show: (deps: ControlDeps, c: Context, session: Session) => Promise<Response>) => async (c: Context) => {
      const session = await visitor(deps, c);
      return session instanceof Response ? session : show(deps, c, session);
    };
  app.get('/console', page(pending));
  app.get('/console/plans', page(plans));
  app.get('/console/plans/:id', page(onePlan));
  app.get('/console/runs', page(runs));
  app.get('/console/runs/:id', page(oneRun));
  app.get('/console/exceptions', page(exceptions));
  app.get('/console/policy', page(policy));
}

async function pending(deps: ControlDeps, c: Context, session: Session): Promise<Response> {
  const pendingOnly = c.req.query('status') !== 'all';
  const found = await listApprovals(deps, { pendingOnly, limit: ON_A_PAGE, after: cursorOf(deps, c) });
  const page = { ...found, next: sealCursor(deps.hasher, found.next) };
  const running = pendingOnly ? await runningNow(deps) : [];
  const frame = await frameOf(deps, session, 'approvals');
  return c.html(pendingPage({ page, pendingOnly, running, now: deps.clock.now(), frame }));
}

async function runningNow(deps: ControlDeps): Promise<RunView[]> {
  const { items } = await deps.store.list('run', { under: 'running', order: 'newest_first', limit: 20 });
  const found = await Promise.all(items.map((run: RunRecord) => findRun(deps, run.run_id)));
  return found.flatMap((each) => (each?.view.state === 'running' ? [each.view] : []));
}

async function plans(deps: ControlDeps, c: Context, session: Session): Promise<Response> {
  const page = await listPlans(deps, { limit: ON_A_PAGE, after: cursorOf(deps, c) });
  const next = sealCursor(deps.hasher, page.next);
  return c.html(plansPage({ ...page, next }, deps.clock.now(), await frameOf(deps, session, 'plans')));
}

async function onePlan(deps: ControlDeps, c: Context, session: Session): Promise<Response> {
  const plan = await findPlan(deps.store, deps.environment, c.req.param('id') ?? '');
  if (plan === null) return refuseAttempt(deps, c, NO_PLAN, session.approver);
  const seen = { plan_id: plan.plan_id, via: 'console' };
  if (!(await record(deps, session.approver, 'plan.viewed', seen)))
    return answerProblem(c, AUDIT_UNAVAILABLE);
  const run = await runOf(deps, plan);
  const address = 'outputBlob' in plan ? plan.outputBlob : null;
  return c.html(
    planPage({
      plan: planView(plan, deps.clock.now()),
      run,
      approval: await requestFor(deps, plan),
      output: await outputPage(deps.blobs, address, byteOf(c.req.query('out')), OUTPUT_BYTES),
      now: deps.clock.now(),
      mayBreak: run === null && mayBreak(deps, plan, session.approver),
      frame: await frameOf(deps, session, 'plans'),
    }),
  );
}

async function requestFor(deps: ControlDeps, plan: PlanRecord): Promise<ApprovalView | null> {
  const pointer = 'digest' in plan ? await deps.store.get('approval_pointer', plan.digest) : null;
  return pointer === null ? null : findApproval(deps, pointer.value.approval_id);
}

/** Whether to offer it; what it takes is judged when it is asked for. */
function mayBreak(deps: ControlDeps, plan: PlanRecord, name: string): boolean {
  return (
    (plan.state === 'blocked' || plan.state === 'needs_approval') &&
    !isExpired(plan, deps.clock.now()) &&
    neverBrokenClass(plan.classes) === null &&
    hasRole('break_glass', name, deps.policy)
  );
}

async function runs(deps: ControlDeps, c: Context, session: Session): Promise<Response> {
  const page = await listRuns(deps, { limit: ON_A_PAGE, after: cursorOf(deps, c) });
  const next = sealCursor(deps.hasher, page.next);
  return c.html(runsPage({ ...page, next }, deps.clock.now(), await frameOf(deps, session, 'runs')));
}

async function oneRun(deps: ControlDeps, c: Context, session: Session): Promise<Response> {
  const found = await findRun(deps, c.req.param('id') ?? '');
  if (found === null) return refuseAttempt(deps, c, NO_RUN, session.approver);
  const { view: run, record: stored } = found;
  const seen = { run_id: run.run_id, via: 'console' };
  if (!(await record(deps, session.approver, 'run.viewed', seen))) return answerProblem(c, AUDIT_UNAVAILABLE);
  const result = stored.state === 'running' ? null : stored.result;
  const { blobs } = deps;
  return c.html(
    runPage({
      run,
      output: await outputPage(blobs, result?.output ?? null, byteOf(c.req.query('out')), OUTPUT_BYTES),
      stderr: await outputPage(blobs, result?.stderr ?? null, byteOf(c.req.query('err')), OUTPUT_BYTES),
      now: deps.clock.now(),
      mayStop: hasRole('operator', session.approver, deps.policy),
      frame: await frameOf(deps, session, 'runs'),
    }),
  );
}

async function exceptions(deps: ControlDeps, c: Context, session: Session): Promise<Response> {
  const { policy } = deps;
  const name = session.approver;
  const { reviews } = await listReviews(deps, { openOnly: false, limit: ON_A_PAGE, after: null });
  const override = hasRole('override', name, policy);
  return c.html(
    exceptionsPage({
      overrides: await listOverrides(deps, false),
      glass: await listGlass(deps, 20),
      reviews,
      now: deps.clock.now(),
      may: {
        override,
        revoke: override || hasRole('operator', name, policy),
        review: (['approver', 'auditor', 'operator', 'break_glass'] as const).some((role) =>
          hasRole(role, name, policy),
        ),
      },
      frame: await frameOf(deps, session, 'exceptions'),
    }),
  );
}

async function policy(deps: ControlDeps, c: Context, session: Session): Promise<Response> {
  const tables = policyTables(deps.policy, deps.environment, deps.provenance);
  if (tables === null) return answerProblem(c, NOT_FOUND);
  return c.html(policyPage(tables, await frameOf(deps, session, 'policy')));
}

/** A cursor that is not ours shows the first page. */
function cursorOf(deps: ControlDeps, c: Context): string | null {
  const cursor = c.req.query('after');
  return cursor === undefined ? null : openCursor(deps.hasher, cursor);
}
