/** Approvals for people at a terminal. Everything that agents wrote is made visible and comes last. */
import type { ApprovalView } from '../../lib/control/approvals.ts';
import { actionWords } from '../../lib/control/pages/action.ts';
import { clockTime, fromNow, visible, visibleLines } from '../../lib/control/pages/text.ts';
import { waitingWords } from '../../lib/core/approval-rules.ts';
import { decisionText, evaluationText } from './evaluation-text.ts';
import { table } from './table.ts';

export function approvalLines(approvals: readonly ApprovalView[], now: Date): string {
  if (approvals.length === 0) return 'nothing waits for approval';
  const rows = approvals.map((each) => {
    const evaluation = each.plan !== null && 'evaluation' in each.plan ? each.plan.evaluation : null;
    return [
      each.approval_id,
      each.status,
      each.plan === null ? 'its plan is gone' : describe(each.plan.action),
      evaluation === null ? 'not evaluated' : `${evaluation.worst_tier} ${evaluation.worst_tier_label}`,
      visible(each.requested_by.agent),
      fromNow(each.expires_at, now),
    ];
  });
  return table(
    [
      { title: 'approval' },
      { title: 'status' },
      { title: 'what', flexible: true },
      { title: 'worst', flexible: true },
      { title: 'agent', flexible: true },
      { title: 'expires' },
    ],
    rows,
  );
}

/** `output`: what terraform or the cluster printed, or the command's or configuration's own text; redacted. */
export function approvalText(approval: ApprovalView, output: string | null): string {
  const { plan, requested_by } = approval;
  const asker =
    requested_by.human === null ? requested_by.agent : `${requested_by.agent} for ${requested_by.human}`;
  const judged = plan !== null && 'evaluation' in plan ? plan : null;
  return [
    `approval ${approval.approval_id}: ${approval.status}`,
    `environment  ${approval.environment}`,
    ...whatLines(plan),
    `asked by     ${visible(asker)}`,
    `expires      ${clockTime(approval.expires_at)}`,
    ...needsLines(approval),
    `digest       ${approval.digest}`,
    ...(approval.plan_matches
      ? []
      : ['! the stored plan is not what this approval covers: it cannot be approved']),
    '',
    ...(judged === null ? [] : [decisionText(judged.decision, judged.reasons)]),
    ...(judged?.evaluation ? ['', evaluationText(judged.evaluation)] : []),
    ...(output === null || output === '' ? [] : ['', visibleLines(output)]),
    '',
    `The agent's own words: ${visible(approval.agent_words.reason)}`,
    ...approval.votes.map(
      (vote) => `vote: ${vote.verdict} by ${visible(vote.approver)} ${visible(vote.reason)}`,
    ),
  ].join('\n');
}

function needsLines({ state }: ApprovalView): string[] {
  if (state.state === 'withdrawn') return [`withdrawn    ${visible(state.why)}`];
  if (state.state !== 'pending') return [];
  return [`needs        ${state.have} of ${state.need} approvals so far; ${waitingWords(state.waiting)}`];
}

/** The same facts as on the page: what, where, with which arguments, and the command as it would run. */
function whatLines(plan: ApprovalView['plan']): string[] {
  if (plan === null) return ['what         its plan is gone'];
  const { does, facts, command } = actionWords(plan.action);
  const grants = 'grants' in plan ? plan.grants : null;
  return [
    `what         ${visible(does)}`,
    ...facts.map(([label, value]) => `${label.toLowerCase().padEnd(12)} ${visible(value)}`),
    ...(command === null ? [] : [`command      ${visible(command)}`]),
    ...(grants === null
      ? []
      : [`runs in      lane ${grants.lane}, ${grants.network ? 'with network' : 'without network'}`]),
  ];
}

function describe(action: NonNullable<ApprovalView['plan']>['action']): string {
  const { does, where } = actionWords(action);
  return visible(where === '' ? does : `${does} (${where})`);
}
