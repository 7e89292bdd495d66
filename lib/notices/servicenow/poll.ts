/**
 * Looking up who approved or rejected in ServiceNow, where it does not call back. Only records of named
 * approvers count; the state of a change as a whole, which we write ourselves, does not.
 */
import { approvalNow } from '../../control/approvals.ts';
import type { InboundDecision, InboundOutcome } from '../../control/inbound.ts';
import type { ApprovalRecord } from '../../core/approval.ts';
import { sha256 } from '../../core/canonical.ts';
import { noticeId } from '../../core/delivery.ts';
import { isExpired } from '../../core/plan.ts';
import type { ServiceNowSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import type { Page } from '../../ports/store.ts';
import { approverOf } from '../approver-of.ts';
import type { NoticeDeps } from '../deps.ts';
import { type Row, SYS_ID, tables } from './api.ts';
import { CHANGES } from './provider.ts';

/** The part of it that looking needs; the human side has it too. */
export type PollDeps = Pick<NoticeDeps, 'store' | 'verifier' | 'clock' | 'policy' | 'environment'>;

export type Take = (decision: InboundDecision) => Promise<InboundOutcome>;

/** Gives how many decisions were taken up. Rejects with one sentence where ServiceNow cannot be asked. */
export async function pollServiceNow(
  deps: PollDeps,
  settings: ServiceNowSettings,
  secrets: Secrets,
  take: Take,
): Promise<number> {
  const open = await openChanges(deps);
  if (open.size === 0) return 0;
  const query = `sysapprovalIN${[...open.keys()].join(',')}^stateINapproved,rejected`;
  const fields = ['sys_id', 'state', 'sysapproval', 'approver.user_name', 'comments', 'sys_updated_on'];
  const answer = await tables(settings, secrets).find('sysapproval_approver', query, fields, 200);
  if (!answer.ok) throw new Error(answer.why);
  let taken = 0;
  for (const row of answer.rows) {
    const approval = open.get(row.sysapproval ?? '');
    if (approval !== undefined && (await takeOnce(deps, settings, row, approval, take))) taken += 1;
  }
  return taken;
}

const MOST = 100;

/** Requests that wait for somebody and have a change, by its id. */
async function openChanges(deps: PollDeps): Promise<Map<string, ApprovalRecord>> {
  const found = new Map<string, ApprovalRecord>();
  const page: Page<ApprovalRecord> = await deps.store.list('approval', {
    under: 'approvals',
    order: 'newest_first',
    limit: 1000,
  });
  for (const approval of page.items) {
    if (found.size >= MOST) break;
    if (approval.environment !== deps.environment || isExpired(approval, deps.clock.now())) continue;
    const sysId = await changeOf(deps, approval);
    if (sysId === null) continue;
    const plan = (await deps.store.get('plan', approval.plan_id))?.value ?? null;
    if ((await approvalNow(deps, approval, plan)).state.state === 'pending') found.set(sysId, approval);
  }
  return found;
}

async function changeOf(deps: PollDeps, approval: ApprovalRecord): Promise<string | null> {
  const { approval_id, plan_id, environment, created_at: at } = approval;
  const asked = { kind: 'approval_requested', at, environment, approval_id, plan_id } as const;
  const notice = (await deps.store.get('notice', noticeId(asked, 'servicenow', CHANGES)))?.value;
  const sysId = notice?.state === 'delivered' ? notice.receipt?.sys_id : undefined;
  return sysId !== undefined && SYS_ID.test(sysId) ? sysId : null;
}

async function takeOnce(
  deps: PollDeps,
  { approvers }: ServiceNowSettings,
  row: Row,
  { approval_id, digest, expires_at }: ApprovalRecord,
  take: Take,
): Promise<boolean> {
  const { sys_id = '', state = '', sys_updated_on = '' } = row;
  const hash = sha256([sys_id, state, sys_updated_on].join('\n'));
  const key = `servicenow poll ${hash}`;
  if ((await deps.store.get('received', key)) !== null) return false;
  const user = row['approver.user_name'] ?? '';
  const outcome = await take({
    external: `ServiceNow user ${user.slice(0, 100)}`,
    approver: approverOf(approvers, user),
    approval_id,
    digest,
    verdict: state === 'approved' ? 'approve' : 'reject',
    reason: (row.comments ?? '').slice(0, 2000) || (state === 'approved' ? '' : 'Rejected in ServiceNow'),
  });
  if (outcome.refused && outcome.status === 503) return false;
  const received_at = deps.clock.now().toISOString();
  await deps.store.create('received', key, { hash, received_at, expires_at });
  return true;
}
