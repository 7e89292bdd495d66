/**
 * An event as a reader meets it, from the records as they are when it is sent. Facts come from the gateway;
 * words of agents and humans are kept apart. Nothing secret: every text passes `clean.ts`.
 */
import { findApproval } from '../control/approvals.ts';
import { clockTime } from '../control/pages/text.ts';
import { findPlan, type PlanView, planView } from '../control/plans.ts';
import type { PlanId } from '../core/ids.ts';
import type { NoticeEvent } from '../core/notice.ts';
import type { PlanRecord } from '../core/plan.ts';
import { blankContent } from './blank-content.ts';
import { cleaner } from './clean.ts';
import { actContent } from './compose-act.ts';
import { approvalContent } from './compose-approval.ts';
import { runContent } from './compose-run.ts';
import type { Composing } from './composing.ts';
import type { NoticeContent } from './content.ts';
import type { NoticeDeps } from './deps.ts';
import { readAct } from './human-act.ts';

/** The content, or why there is nothing to tell any more. */
export async function compose(
  deps: NoticeDeps,
  event: NoticeEvent,
): Promise<NoticeContent | { readonly skip: string }> {
  if (event.environment !== deps.environment) return { skip: 'it is of another environment' };
  const by: Composing = { deps, clean: cleaner(deps.sweep), now: deps.clock.now() };
  switch (event.kind) {
    case 'approval_requested':
    case 'approval_decided':
    case 'approval_expiring':
    case 'approval_expired':
    case 'approval_withdrawn': {
      const view = await findApproval(deps, event.approval_id);
      return view === null ? { skip: 'the request is not stored' } : approvalContent(by, event, view);
    }
    case 'run_ended':
    case 'warned_action_ran': {
      const run = (await deps.store.get('run', event.run_id))?.value ?? null;
      if (run === null || run.state === 'running') return { skip: 'the run is not stored as ended' };
      return runContent(by, event, run, await planOf(deps, run.plan_id));
    }
    case 'test':
      return testContent(by, event.who);
    case 'break_glass_used':
    case 'review_open':
    case 'override_made': {
      const act = await readAct(deps, event);
      if ('skip' in act) return act;
      return actContent(by, act, act.kind === 'override_made' ? null : await planOf(deps, act.plan_id));
    }
  }
}

async function testContent({ clean, deps, now }: Composing, by: string): Promise<NoticeContent> {
  const who = await clean.line(by, 120);
  return {
    ...blankContent('test', deps.environment, 'A test of the gateway’s notices'),
    title: `Notices of ${deps.environment} reach you here`,
    alarm: { text: 'This is a test. Nothing happened and nothing waits for you.', tone: 'calm' },
    facts: [{ label: 'Sent by', value: `${who}, at ${clockTime(now.toISOString())}` }],
    page: '/console',
  };
}

async function planOf(deps: NoticeDeps, id: PlanId): Promise<PlanView | null> {
  const plan: PlanRecord | null = await findPlan(deps.store, deps.environment, id);
  return plan && planView(plan, deps.clock.now());
}
