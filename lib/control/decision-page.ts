/** One approval in a browser: GET shows and never decides, POST decides. By secret link or by session. */
import type { Context, Hono } from 'hono';
import { mayVote } from '../core/approval.ts';
import { approvalRules } from '../core/approval-rules.ts';
import { classesOf } from '../core/plan.ts';
import { voteKey } from '../lifecycle/votes.ts';
import { AUDIT_UNAVAILABLE, answerProblem, type Problem, record, refuseAttempt } from './answer.ts';
import { type ApprovalView, findApproval } from './approvals.ts';
import { logIn, STALE_FORM } from './console.ts';
import type { ControlDeps } from './deps.ts';
import { type Form, readForm } from './form.ts';
import { frameOf } from './frame.ts';
import { csrfHolds, type Session, sessionOf } from './identity.ts';
import { type FoundLink, findLink, useLink } from './links.ts';
import { byteOf, outputPage } from './output.ts';
import { type Asking, approvalPage } from './pages/approval.ts';
import { findPlan } from './plans.ts';
import { castVote } from './vote.ts';
import { named } from './who.ts';

/** How much of a plan's text a page shows. */
const OUTPUT_BYTES = 262_144;

export function decisionRoutes(app: Hono, deps: ControlDeps): void {
  app.get('/a/:id', (c) => show(deps, c, c.req.param('id')));
  app.post('/a/:id', (c) => decide(deps, c, c.req.param('id')));
}

/** Who came, and with what in hand. */
type Entry =
  | { readonly by: 'link'; readonly approver: string; readonly link: FoundLink; readonly token: string }
  | { readonly by: 'session'; readonly approver: string; readonly session: Session };

async function show(deps: ControlDeps, c: Context, id: string): Promise<Response> {
  const entry = await enter(deps, c, c.req.query('t'), id);
  if ('status' in entry) return refuseAttempt(deps, c, entry);
  const view = await approvalFor(deps, entry, id);
  if (view === null) return refuseAttempt(deps, c, GONE, entry.approver);
  const data = { approval_id: view.approval_id, via: entry.by, method: c.req.method };
  if (!(await record(deps, entry.approver, 'approval.viewed', data))) {
    return answerProblem(c, AUDIT_UNAVAILABLE);
  }
  return c.html(await page(deps, view, entry, null, byteOf(c.req.query('out'))));
}

async function decide(deps: ControlDeps, c: Context, id: string): Promise<Response> {
  const read = await readForm(c, FIELDS);
  if ('problem' in read) return refuseAttempt(deps, c, read.problem);
  const { form } = read;
  const entry = await enter(deps, c, form.t, id);
  if ('status' in entry) return refuseAttempt(deps, c, entry);
  if (entry.by === 'session' && !csrfHolds(entry.session, form.csrf ?? '')) {
    return refuseAttempt(deps, c, STALE_FORM, entry.approver);
  }
  const view = await approvalFor(deps, entry, id);
  if (view === null) return refuseAttempt(deps, c, GONE, entry.approver);
  const problem = await formProblem(deps, entry, form, view);
  if (problem !== null) return refuseAttempt(deps, c, problem, entry.approver);
  const { verdict, reason = '' } = form;
  if (verdict !== 'approve' && verdict !== 'reject')
    return refuseAttempt(deps, c, NO_VERDICT, entry.approver);

  const asked = { approval_id: id, verdict, reason, approver: entry.approver, via: entry.by } as const;
  const cast = await castVote(deps, asked);
  if (!cast.refused && entry.by === 'link') await useLink(deps, entry.link.record);
  const after = await findApproval(deps, id);
  if (after === null || (cast.refused && cast.status === 404)) return answerProblem(c, GONE);
  const said: Asking['said'] = cast.refused
    ? { kind: 'refused', why: cast.why, reason }
    : { kind: 'voted', verdict: cast.vote.verdict };
  return c.html(await page(deps, after, entry, said), cast.refused ? cast.status : 200);
}

/** A token in hand decides who it is; without one, the session. A dead link looks alike whatever it was for. */
async function enter(
  deps: ControlDeps,
  c: Context,
  token: string | undefined,
  id: string,
): Promise<Entry | Problem> {
  if (token !== undefined) {
    const link = await findLink(deps, token, 'approval');
    if (link?.record.approval_id !== id) return GONE;
    return { by: 'link', approver: link.record.approver, link, token };
  }
  const session = await sessionOf(deps, c.req.header('cookie'));
  if (session === null) return logIn(deps, c);
  const who = named(deps, session.approver);
  return typeof who === 'string' ? { by: 'session', approver: who, session } : who;
}

/** A link is bound to the digest that its approval had when it was made. */
async function approvalFor(deps: ControlDeps, entry: Entry, id: string): Promise<ApprovalView | null> {
  const view = await findApproval(deps, id);
  return entry.by === 'link' && entry.link.record.digest !== view?.digest ? null : view;
}

async function formProblem(
  deps: ControlDeps,
  entry: Entry,
  form: Form<(typeof FIELDS)[number]>,
  view: ApprovalView,
): Promise<Problem | null> {
  if (form.digest !== undefined && form.digest !== view.digest) return OTHER_DIGEST;
  if (entry.by === 'link' && entry.link.used) {
    // A used link gets through only to be told of the vote that it cast.
    const own = await deps.store.get('vote', voteKey(view.approval_id, entry.approver));
    if (own === null) return USED_LINK;
  }
  return null;
}

async function page(deps: ControlDeps, view: ApprovalView, entry: Entry, said: Asking['said'], from = 0) {
  const plan = await findPlan(deps.store, deps.environment, view.plan_id);
  const address = plan !== null && 'outputBlob' in plan ? plan.outputBlob : null;
  const output = await outputPage(deps.blobs, address, from, OUTPUT_BYTES);
  const rules = approvalRules(deps.policy, deps.environment, classesOf(plan));
  const asked = (await deps.store.get('approval', view.approval_id))?.value ?? null;
  return approvalPage({
    view,
    output,
    now: deps.clock.now(),
    said,
    approver: entry.approver,
    mayVote: asked !== null && mayVote(entry.approver, asked, rules),
    proof:
      entry.by === 'link'
        ? { kind: 'link', token: entry.token, used: entry.link.used || said?.kind === 'voted' }
        : { kind: 'session', frame: await frameOf(deps, entry.session, 'approvals') },
  });
}

const FIELDS = ['verdict', 'reason', 't', 'csrf', 'digest'] as const;

const GONE: Problem = {
  status: 404,
  code: 'approval_not_found',
  why: 'There is no such request, or this link is not for it or no longer valid.',
};
const NO_VERDICT: Problem = {
  status: 400,
  code: 'invalid_arguments',
  why: 'The verdict is either approve or reject. Nothing was decided.',
};
const OTHER_DIGEST: Problem = {
  status: 409,
  code: 'digest_mismatch',
  why: 'This form was made for another plan than the one waiting now. Reload the page and look again.',
};
const USED_LINK: Problem = { status: 409, code: 'link_used', why: 'This link has been used already.' };
