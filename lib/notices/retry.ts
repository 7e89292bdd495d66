/** Looking at the outbox, and trying again what was given up. */
import type { NoticeRecord } from '../core/delivery.ts';
import type { Page } from '../ports/store.ts';
import type { NoticeDeps } from './deps.ts';

const STATES = ['waiting', 'dead', 'delivered', 'skipped'] as const;

/** What is owed and what was given up, or everything; the newest of each state first, at most `limit` of each. */
export async function listNotices(
  { store }: Pick<NoticeDeps, 'store'>,
  all: boolean,
  limit = 100,
): Promise<NoticeRecord[]> {
  const found: NoticeRecord[] = [];
  for (const under of STATES.slice(0, all ? STATES.length : 2)) {
    const page: Page<NoticeRecord> = await store.list('notice', { under, order: 'newest_first', limit });
    found.push(...page.items);
  }
  return found;
}

/** `unknown`: no such notice, or it was delivered. In the audit, as an act of `by`. */
export async function retryNotice(
  deps: Pick<NoticeDeps, 'store' | 'audit' | 'clock' | 'environment'>,
  id: string,
  by: string,
): Promise<'waiting' | 'unknown'> {
  const found = await deps.store.get('notice', id);
  if (found === null || (found.value.state !== 'dead' && found.value.state !== 'waiting')) return 'unknown';
  const now = deps.clock.now().toISOString();
  const { notice_id, environment, provider, recipient, event, created_at, problem } = found.value;
  await deps.audit.append({
    at: now,
    actor: `human:${by}`,
    environment,
    type: 'notice.retried',
    data: { notice_id, provider, recipient, kind: event.kind },
  });
  const again: NoticeRecord = {
    ...{ notice_id, environment, provider, recipient, event, created_at, problem },
    attempts: 0,
    state: 'waiting',
    next_at: now,
  };
  const written = await deps.store.replace('notice', id, found.version, again);
  return written === 'replaced' ? 'waiting' : 'unknown';
}
