/** What people are told about a request for approval, from the first question to how it ended. */
import type { ApprovalView } from '../control/approvals.ts';
import { clockTime, fromNow } from '../control/pages/text.ts';
import type { ApprovalState } from '../core/approval.ts';
import { waitingWords } from '../core/approval-rules.ts';
import type { NoticeEvent } from '../core/notice.ts';
import { cut } from './clean.ts';
import type { Composing } from './composing.ts';
import type { AboutApproval, AgentWords, Fact, NoticeContent, Said } from './content.ts';
import { planWords } from './plan-words.ts';

export type ApprovalEvent = Extract<NoticeEvent, { readonly approval_id: unknown }>;

export async function approvalContent(
  by: Composing,
  event: ApprovalEvent,
  view: ApprovalView,
): Promise<NoticeContent | { readonly skip: string }> {
  const asks = event.kind === 'approval_requested' || event.kind === 'approval_expiring';
  if (asks && !isOpen(view))
    return { skip: `the request is ${view.stands ? view.status : 'replaced'} by now` };
  const { clean } = by;
  const plan = await planWords(clean, view.plan);
  const told = await outcomeOf(by, event, view);
  const { environment } = view;
  const subject = `[${environment}] ${told?.subject ?? (asks && event.kind === 'approval_expiring' ? 'Still to decide' : 'Decide')}: ${plan.does} (${plan.gravity})`;
  const question = `May this agent ${plan.does} in ${environment}?`;
  return {
    kind: event.kind,
    environment,
    subject: cut(subject, 150),
    title: told?.title ?? question,
    alarm: told === null ? plan.alarm : told.alarm,
    command: plan.command,
    facts: [
      await askedBy(by, view),
      ...(told === null ? [] : [{ label: 'Asked for', value: `to ${plan.does}` }]),
      ...plan.facts,
      ...votes(view),
      {
        label: view.status === 'expired' ? 'Expired' : 'Decide until',
        value: `${clockTime(view.expires_at)}, ${lifetime(view)} after it was asked`,
      },
      { label: 'Digest', value: view.digest.slice('sha256:'.length).slice(0, 12) },
    ].filter(({ label }) => told === null || label !== 'Decide until'),
    changes: told === null ? plan.changes : null,
    reasons: told === null ? plan.reasons : [],
    said: await saidBy(by, view),
    agentWords: told === null ? await agentWords(by, view) : null,
    approval: aboutApproval(view),
    plan_id: event.plan_id,
    run_id: null,
    page: `/a/${view.approval_id}`,
  };
}

function isOpen(view: ApprovalView): boolean {
  return view.status === 'pending' && view.stands;
}

function aboutApproval(view: ApprovalView): AboutApproval {
  const { approval_id, digest, created_at, expires_at, status } = view;
  return { approval_id, digest, created_at, expires_at, state: status, open: isOpen(view) };
}

/** Who asked: the agent, and the human it acts for where one is known. */
async function askedBy({ clean }: Composing, view: ApprovalView): Promise<Fact> {
  const { agent, human } = view.requested_by;
  const whose = human === null ? 'for no known person' : `for ${human}`;
  return {
    label: 'Asked by',
    value: `agent ${await clean.line(agent, 80)}, ${await clean.line(whose, 120)}, at ${clockTime(view.created_at)}`,
  };
}

/** A mail is read later than it is sent, so no time in it is counted from now. */
function lifetime({ created_at, expires_at }: ApprovalView): string {
  return fromNow(expires_at, new Date(created_at)).replace(/^in /, '');
}

function votes({ state }: ApprovalView): Fact[] {
  if (state.state !== 'pending' || state.need < 2) return [];
  return [{ label: 'Needs', value: `${waitingWords(state.waiting)}; ${state.have} so far` }];
}

async function saidBy({ clean }: Composing, view: ApprovalView): Promise<Said[]> {
  const counted = view.votes.filter((vote) => vote.signature_holds).slice(0, 10);
  return Promise.all(
    counted.map(async (vote) => ({
      who: await clean.line(vote.approver, 120),
      did: vote.verdict === 'approve' ? 'approved' : 'rejected',
      reason: await clean.line(vote.reason, 500),
    })),
  );
}

async function agentWords({ clean }: Composing, view: ApprovalView): Promise<AgentWords> {
  const { reason, operation, target } = view.agent_words;
  return {
    reason: await clean.lines(reason, 800),
    operation: operation === null ? null : await clean.line(operation, 200),
    target: target === null ? null : await clean.line(target, 200),
  };
}

interface Told {
  readonly subject: string;
  readonly title: string;
  readonly alarm: NoticeContent['alarm'];
}

/** How it ended, or where it stands; null while it is still the question that matters. */
async function outcomeOf(
  { clean }: Composing,
  event: ApprovalEvent,
  view: ApprovalView,
): Promise<Told | null> {
  switch (event.kind) {
    case 'approval_requested':
    case 'approval_expiring':
      return null;
    case 'approval_expired':
    case 'approval_withdrawn':
    case 'approval_decided':
      return stands(view.state, view.environment, (text) => clean.line(text, 120));
  }
}

async function stands(
  state: ApprovalState,
  environment: string,
  line: (text: string) => Promise<string>,
): Promise<Told | null> {
  switch (state.state) {
    case 'pending':
      return null;
    case 'approved':
      return {
        subject: 'Approved',
        title: `Approved in ${environment}`,
        alarm: {
          text: `Approved by ${await line(state.approvers.join(', '))}. The agent may run exactly this plan, once.`,
          tone: 'calm',
        },
      };
    case 'rejected':
      return {
        subject: 'Rejected',
        title: `Rejected in ${environment}`,
        alarm: { text: `Rejected by ${await line(state.by)}. Nothing runs.`, tone: 'grave' },
      };
    case 'expired':
      return {
        subject: 'Expired',
        title: `Nobody decided in time in ${environment}`,
        alarm: { text: 'The request expired. Nothing runs; the agent can ask again.', tone: 'wary' },
      };
    case 'withdrawn':
      return {
        subject: 'Withdrawn',
        title: `Nothing to decide any more in ${environment}`,
        alarm: { text: `The request was withdrawn: ${await line(state.why)}`, tone: 'calm' },
      };
    case 'spent':
      return {
        subject: 'Approved and used',
        title: `Approved and used in ${environment}`,
        alarm: { text: `The approval was used by ${state.run_id}; it cannot be used again.`, tone: 'calm' },
      };
  }
}
