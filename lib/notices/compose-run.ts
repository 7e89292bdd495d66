/** What people are told of runs that ended. */
import { clockTime } from '../control/pages/text.ts';
import type { PlanView } from '../control/plans.ts';
import type { NoticeEvent } from '../core/notice.ts';
import type { RunRecord } from '../core/run.ts';
import { blankContent } from './blank-content.ts';
import type { Composing } from './composing.ts';
import type { Fact, NoticeContent, Tone } from './content.ts';
import { planWords } from './plan-words.ts';

export type RunEvent = Extract<NoticeEvent, { readonly run_id: unknown }>;
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
    ...blankContent(
      event.kind,
      environment,
      `${warned ? 'Ran with a warning' : ended.subject}: ${plan.does}`,
    ),
    title: warned
      ? `An agent was let to ${plan.does} in ${environment}, with a warning`
      : `${ended.subject} in ${environment}: ${plan.does}`,
    alarm: { text: ended.text, tone: warned && ended.tone === 'calm' ? 'wary' : ended.tone },
    command: plan.command,
    facts,
    changes: plan.changes,
    reasons: warned ? plan.reasons : [],
    plan_id: run.plan_id,
    run_id: run.run_id,
    page: `/console/runs/${run.run_id}`,
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
