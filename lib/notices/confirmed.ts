/**
 * An event that somebody else tells, as the records have it. Whoever may have people told could otherwise tell of what
 * did not happen, tell one run's end with another's plan, or tell too early, so that nobody is told when it happens.
 */
import { findApproval } from '../control/approvals.ts';
import { parsePlanId } from '../core/ids.ts';
import type { NoticeEvent } from '../core/notice.ts';
import type { NoticeDeps } from './deps.ts';
import { readAct } from './human-act.ts';

/** Null where the records do not say so (yet). */
export async function confirmed(deps: NoticeDeps, event: NoticeEvent): Promise<NoticeEvent | null> {
  if (event.environment !== deps.environment) return null;
  switch (event.kind) {
    // Told by this side itself, when it asks and by the clock.
    case 'approval_requested':
    case 'approval_expiring':
    case 'approval_expired':
    case 'test':
      return null;
    case 'approval_decided':
      return decidedNow(deps, event);
    case 'approval_withdrawn': {
      const view = await findApproval(deps, event.approval_id);
      const plan_id = parsePlanId(view?.plan_id ?? '');
      if (view?.state.state !== 'withdrawn' || plan_id === null) return null;
      return { ...event, plan_id, why: view.state.why };
    }
    case 'run_ended':
    case 'warned_action_ran': {
      const run = (await deps.store.get('run', event.run_id))?.value;
      if (run === undefined || run.state === 'running') return null;
      const { run_id, plan_id, environment, state, finished_at: at } = run;
      if (event.kind === 'run_ended') return { kind: event.kind, at, environment, run_id, plan_id, state };
      return run.decision === 'warn' ? { kind: event.kind, at, environment, run_id, plan_id } : null;
    }
    case 'break_glass_used': {
      const act = await readAct(deps, event);
      if ('skip' in act || act.kind !== event.kind) return null;
      const { by, reason, at, plan_id, expires_at } = act;
      return { ...event, by, reason, at, plan_id, expires_at };
    }
    case 'review_open': {
      const act = await readAct(deps, event);
      if ('skip' in act || act.kind !== event.kind) return null;
      return { ...event, by: act.by, at: act.at, plan_id: act.plan_id };
    }
    case 'override_made': {
      const act = await readAct(deps, event);
      if ('skip' in act || act.kind !== event.kind) return null;
      const { by, reason, at, expires_at } = act;
      return { ...event, by, reason, at, expires_at };
    }
  }
}

async function decidedNow(
  deps: NoticeDeps,
  event: Extract<NoticeEvent, { kind: 'approval_decided' }>,
): Promise<NoticeEvent | null> {
  const view = await findApproval(deps, event.approval_id);
  const vote = view?.votes.find(
    (each) => each.signature_holds && each.approver.toLowerCase() === event.approver.toLowerCase(),
  );
  const plan_id = parsePlanId(view?.plan_id ?? '');
  if (view === null || vote === undefined || plan_id === null) return null;
  const { approver, verdict, voted_at: at } = vote;
  const { status } = view;
  const state = status === 'spent' ? 'approved' : status;
  if (state !== 'approved' && state !== 'rejected' && state !== 'pending') return null;
  return { ...event, at, plan_id, approver, verdict, state };
}
