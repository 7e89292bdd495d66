/** What people are told beside requests: runs that ended, and what humans let through by themselves. */
import { clockTime, fromNow } from '../control/pages/text.ts';
import type { PlanView } from '../control/plans.ts';
import type { NoticeEvent } from '../core/notice.ts';
import type { RunRecord } from '../core/run.ts';
import { cut } from './clean.ts';
import type { Composing } from './compose.ts';
import type { Fact, NoticeContent, Tone } from './content.ts';
import { planWords } from './plan-words.ts';

export type RunEvent = Extract<NoticeEvent, { readonly run_id: unknown }>;
export type HumanEvent = Extract<NoticeEvent, { readonly by: unknown }>;
type EndedRun = Exclude<RunRecord, { readonly state: 'running' }>;

/** No output: what a program printed stays in the console, behind its log-in. */
export async function runContent(
  by: Composing,
  event: RunEvent,
  run: EndedRun,
  view: PlanView | null,
): Promise<NoticeContent> {
  const { clean } = by;
  const plan = await planWords(clean, view);
  const { environment } = event;
  const ended = ENDS[run.state];
  const warned = event.kind === 'warned_action_ran';
  const agent = await clean.line(run.caller.agent, 80);
  const human = run.caller.human === null ? '' : `, for ${await clean.line(run.caller.human, 120)}`;
  const seconds = Math.round((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000);
  const facts: Fact[] = [
    { label: 'Run', value: run.run_id },
    { label: 'By', value: `agent ${agent}${human}` },
    ...plan.facts,
    { label: 'Ended', value: `${clockTime(run.finished_at)}, after ${seconds} s` },
    ...(run.result.exit_code === null ? [] : [{ label: 'Exit code', value: String(run.result.exit_code) }]),
    ...(run.result.error === null ? [] : [{ label: 'Error', value: run.result.error.code }]),
  ];
  return {
    ...base(event.kind, environment, `${warned ? 'Ran with a warning' : ended.subject}: ${plan.does}`),
    title: warned
      ? `An agent was let to ${plan.does} in ${environment}, with a warning`
      : `${ended.subject} in ${environment}: ${plan.does}`,
    alarm: { text: ended.text, tone: warned && ended.tone === 'calm' ? 'wary' : ended.tone },
    command: plan.command,
    facts,
    changes: plan.changes,
    reasons: warned ? plan.reasons : [],
    plan_id: event.plan_id,
    run_id: run.run_id,
    page: run.approval_id === null ? '/console' : `/a/${run.approval_id}`,
  };
}

const ENDS: Readonly<Record<EndedRun['state'], { subject: string; text: string; tone: Tone }>> = {
  succeeded: { subject: 'Succeeded', text: 'It ran to its end.', tone: 'calm' },
  failed: {
    subject: 'Failed',
    text: 'It failed. What it had changed by then is in the state; the run’s page shows what it printed.',
    tone: 'grave',
  },
  interrupted: {
    subject: 'Interrupted',
    text: 'It was interrupted. What had changed by then is not known here: plan again and look.',
    tone: 'grave',
  },
  cancelled: {
    subject: 'Cancelled',
    text: 'A human stopped it. What had changed by then stays changed: plan again and look.',
    tone: 'wary',
  },
};

/** Break-glass, its review, and overrides. */
export async function actOfAHuman(
  by: Composing,
  event: HumanEvent,
  view: PlanView | null,
): Promise<NoticeContent> {
  const { clean } = by;
  const plan = await planWords(clean, view);
  const who = await clean.line(event.by, 120);
  const { environment } = event;
  const whose: Fact = { label: 'By', value: who };
  const until = (iso: string): Fact => ({
    label: 'Until',
    value: `${clockTime(iso)}, ${spanFrom(event.at, iso)}`,
  });
  switch (event.kind) {
    case 'break_glass_used':
      return {
        ...base(event.kind, environment, `BREAK-GLASS used: ${plan.does}`),
        title: `Break-glass was used in ${environment}`,
        alarm: {
          text: 'A human lets one plan run now that policy or the approvers had not let through.',
          tone: 'grave',
        },
        command: plan.command,
        facts: [
          whose,
          until(event.expires_at),
          { label: 'Lets', value: `the agent ${plan.does}` },
          ...plan.facts,
        ],
        changes: plan.changes,
        said: [{ who, did: 'used break-glass', reason: await clean.line(event.reason, 500) }],
        plan_id: event.plan_id,
        page: '/console',
      };
    case 'review_open':
      return {
        ...base(event.kind, environment, `Review needed: break-glass by ${who}`),
        title: `A use of break-glass in ${environment} waits for its review`,
        alarm: {
          text: `${who} used break-glass. Somebody else must look at it and close the review.`,
          tone: 'wary',
        },
        command: plan.command,
        facts: [whose, { label: 'Let', value: `the agent ${plan.does}` }, ...plan.facts],
        changes: plan.changes,
        plan_id: event.plan_id,
        page: '/console',
      };
    case 'override_made':
      return {
        ...base(event.kind, environment, `Policy override made by ${who}`),
        title: `The policy of ${environment} was loosened for a time`,
        alarm: { text: 'An override lets something through that policy would stop.', tone: 'wary' },
        facts: [whose, until(event.expires_at), { label: 'Override', value: event.override_id }],
        said: [{ who, did: 'made an override', reason: await clean.line(event.reason, 500) }],
        page: '/console',
      };
  }
}

/** A mail is read later than it is sent, so no time in it is counted from now. */
function spanFrom(start: string, end: string): string {
  return `${fromNow(end, new Date(start)).replace(/^in /, '')} from its start`;
}

function base(kind: NoticeContent['kind'], environment: string, subject: string) {
  return {
    kind,
    environment,
    subject: cut(`[${environment}] ${subject}`, 150),
    command: null,
    changes: null,
    reasons: [],
    said: [],
    agentWords: null,
    approval: null,
    plan_id: null,
    run_id: null,
  };
}
