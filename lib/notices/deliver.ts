/** One attempt at one notice: compose it from the records as they are now, and hand it to its provider. */
import { createLink } from '../control/links.ts';
import { findPlan } from '../control/plans.ts';
import { mayVote } from '../core/approval.ts';
import { approvalRules } from '../core/approval-rules.ts';
import { type NoticeRecord, noticeId } from '../core/delivery.ts';
import type { NoticeEvent } from '../core/notice.ts';
import { classesOf } from '../core/plan.ts';
import { compose } from './compose.ts';
import type { NoticeContent } from './content.ts';
import type { NoticeDeps } from './deps.ts';
import { type Delivered, failed } from './provider.ts';

export async function deliver(deps: NoticeDeps, notice: NoticeRecord): Promise<Delivered> {
  const provider = deps.providers.find((each) => each.name === notice.provider);
  if (provider === undefined) return failed(`${notice.provider} has no settings any more`, 'never');
  const content = await compose(deps, notice.event);
  if ('skip' in content) return { outcome: 'skipped', why: content.skip };
  const opening = await openingOf(deps, notice, content);
  // What changes what was shown waits until that was shown, or was given up.
  if (opening?.state === 'waiting' && opening.notice_id !== notice.notice_id && opening.attempts > 0) {
    return failed('the request itself is still being told', 'later', 2);
  }
  return provider.deliver({
    notice_id: notice.notice_id,
    recipient: notice.recipient,
    event: notice.event,
    content,
    opening,
    link: (approver) => linkFor(deps, content, approver),
    pageUrl: deps.origin === null ? null : `${deps.origin}${content.page}`,
  });
}

async function openingOf(
  deps: NoticeDeps,
  notice: NoticeRecord,
  { approval, plan_id }: NoticeContent,
): Promise<NoticeRecord | null> {
  const { event, provider, recipient } = notice;
  const approval_id = approval?.approval_id ?? (await approvalOfRun(deps, event));
  if (approval_id === null || plan_id === null) return null;
  const { at, environment } = event;
  const asked: NoticeEvent = { kind: 'approval_requested', at, environment, approval_id, plan_id };
  return (await deps.store.get('notice', noticeId(asked, provider, recipient)))?.value ?? null;
}

async function approvalOfRun(deps: NoticeDeps, event: NoticeEvent) {
  if (event.kind !== 'run_ended' && event.kind !== 'warned_action_ran') return null;
  return (await deps.store.get('run', event.run_id))?.value.approval_id ?? null;
}

/** In the audit before it exists. It dies with the request, and with its first use. */
async function linkFor(deps: NoticeDeps, content: NoticeContent, approver: string): Promise<string | null> {
  const { approval } = content;
  if (deps.origin === null || approval === null || !approval.open) return null;
  const record = (await deps.store.get('approval', approval.approval_id))?.value;
  if (record === undefined || record.digest !== approval.digest) return null;
  const plan = await findPlan(deps.store, deps.environment, record.plan_id);
  if (!mayVote(approver, record, approvalRules(deps.policy, deps.environment, classesOf(plan)))) return null;
  const seconds = Math.floor((Date.parse(record.expires_at) - deps.clock.now().getTime()) / 1000);
  const { approval_id, digest } = record;
  await deps.audit.append({
    at: deps.clock.now().toISOString(),
    actor: 'gateway',
    environment: deps.environment,
    type: 'link.created',
    data: { purpose: 'approval', approval_id, approver },
  });
  const { token } = await createLink(deps, { purpose: 'approval', approver, approval_id, digest }, seconds);
  return `${deps.origin}/a/${approval_id}?t=${token}`;
}
