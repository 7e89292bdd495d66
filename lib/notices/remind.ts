/**
 * What time brings about: people are reminded of a request before it expires, and told when it has. Looked at
 * now and then; telling twice is telling once, so it matters neither how often nor by how many processes.
 */
import { approvalNow } from '../control/approvals.ts';
import type { ApprovalRecord } from '../core/approval.ts';
import type { NoticeEvent } from '../core/notice.ts';
import type { Notices } from '../ports/people.ts';
import type { Page } from '../ports/store.ts';
import type { NoticeDeps } from './deps.ts';

/** Tells what is due. Gives how many events it told, those told before included. */
export async function remind(deps: NoticeDeps, notices: Notices): Promise<number> {
  if (deps.providers.length === 0) return 0;
  let told = 0;
  let after: string | null = null;
  do {
    const page: Page<ApprovalRecord> = await deps.store.list('approval', {
      under: 'approvals',
      order: 'newest_first',
      limit: 100,
      after,
    });
    for (const approval of page.items) {
      const event = await dueOf(deps, approval);
      if (event === null) continue;
      await notices.tell(event);
      told += 1;
    }
    const oldest = page.items.at(-1);
    after = oldest !== undefined && isPast(deps, oldest) ? null : page.next;
  } while (after !== null);
  return told;
}

/** How long after its expiry a request is still news, for a gateway that was not running then. */
const STILL_NEWS_MS = 86_400_000;

async function dueOf(deps: NoticeDeps, approval: ApprovalRecord): Promise<NoticeEvent | null> {
  const { approval_id, plan_id, environment, created_at, expires_at, digest } = approval;
  const now = deps.clock.now().getTime();
  const expires = Date.parse(expires_at);
  const remindAt = expires - deps.policy.approvals.reminderSeconds * 1000;
  const reminds = deps.policy.approvals.reminderSeconds > 0 && Date.parse(created_at) < remindAt;
  if (environment !== deps.environment || isPast(deps, approval)) return null;
  if (now < expires && !(reminds && now >= remindAt)) return null;
  const pointer = await deps.store.get('approval_pointer', digest);
  if (pointer?.value.approval_id !== approval_id) return null;
  const plan = (await deps.store.get('plan', plan_id))?.value ?? null;
  // An approval that was given and never used expires too; that is nobody's news.
  const before = { now: () => new Date(Math.min(now, expires - 1)) };
  const { state } = await approvalNow({ ...deps, clock: before }, approval, plan);
  if (state.state !== 'pending') return null;
  const about = { environment, approval_id, plan_id };
  if (now >= expires) return { kind: 'approval_expired', at: expires_at, ...about };
  return { kind: 'approval_expiring', at: new Date(remindAt).toISOString(), ...about, expires_at };
}

/** Listed by when they were asked for, and all live equally long under one policy. */
function isPast(deps: NoticeDeps, { expires_at }: ApprovalRecord): boolean {
  return Date.parse(expires_at) + STILL_NEWS_MS < deps.clock.now().getTime();
}
