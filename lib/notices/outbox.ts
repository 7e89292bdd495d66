/**
 * The outbox: what is owed to whom is a record before anything is sent, so that neither a crash nor an outage
 * loses it. Delivered at least once; the same notice id every time.
 */
import { ATTEMPT_MS, MAX_ATTEMPTS, type NoticeRecord, newNotice, retryAt } from '../core/delivery.ts';
import type { NoticeEvent } from '../core/notice.ts';
import { createOnce } from '../lifecycle/write-once.ts';
import type { Notices } from '../ports/people.ts';
import type { Page, Versioned } from '../ports/store.ts';
import { audienceOf } from './audience.ts';
import { cleaner } from './clean.ts';
import { deliver } from './deliver.ts';
import type { NoticeDeps } from './deps.ts';
import { type Delivered, failed } from './provider.ts';

export interface Outbox extends Notices {
  /** Queues an event; gives the ids of what is owed for it, queued before or now. */
  queue(event: NoticeEvent): Promise<readonly string[]>;
  /** Tries everything that is due, each once. Gives how many were tried. */
  work(): Promise<number>;
  /** Tries one now if nobody else is at it. Null: there is nothing to try now. */
  attempt(noticeId: string): Promise<NoticeRecord | null>;
}

export function outbox(deps: NoticeDeps): Outbox {
  return {
    queue: (event) => queue(deps, event),
    tell: async (event) => {
      await queue(deps, event);
    },
    work: () => work(deps),
    attempt: (id) => attempt(deps, id),
  };
}

async function queue(deps: NoticeDeps, event: NoticeEvent): Promise<readonly string[]> {
  if (deps.providers.length === 0 || !(await isWorthTelling(deps, event))) return [];
  const audience = await audienceOf(deps, event);
  const now = deps.clock.now();
  const asked = deps.providers.filter(({ name }) => event.kind !== 'test' || event.provider === name);
  const owed = asked.flatMap((provider) =>
    [...new Set(provider.recipients(event, audience))].map((name) =>
      newNotice(event, provider.name, name, now),
    ),
  );
  for (const notice of owed) await createOnce(deps.store, 'notice', notice.notice_id, notice);
  return owed.map((notice) => notice.notice_id);
}

/** Runs that policy allowed without more ado are nobody's news; what warned has an event of its own. */
async function isWorthTelling(deps: NoticeDeps, event: NoticeEvent): Promise<boolean> {
  if (event.kind !== 'run_ended') return true;
  const run = (await deps.store.get('run', event.run_id))?.value;
  if (run === undefined) return false;
  return run.approval_id !== null || run.decision === 'escalate' || run.decision === 'block';
}

const AT_ONCE = 8;

async function work(deps: NoticeDeps): Promise<number> {
  const due = await dueNow(deps);
  for (let from = 0; from < due.length; from += AT_ONCE) {
    await Promise.all(due.slice(from, from + AT_ONCE).map((notice) => attempt(deps, notice.notice_id)));
  }
  return due.length;
}

async function dueNow(deps: NoticeDeps): Promise<NoticeRecord[]> {
  const page: Page<NoticeRecord> = await deps.store.list('notice', {
    under: 'waiting',
    order: 'oldest_first',
    limit: 100,
  });
  return page.items.filter((notice) => isDue(notice, deps.clock.now()));
}

function isDue(notice: NoticeRecord, now: Date): boolean {
  return notice.state === 'waiting' && Date.parse(notice.next_at) <= now.getTime();
}

/** Whoever writes the record first delivers it; the others see that it is not due. */
async function attempt(deps: NoticeDeps, id: string): Promise<NoticeRecord | null> {
  const found = await deps.store.get('notice', id);
  const now = deps.clock.now();
  if (found === null || found.value.state !== 'waiting' || !isDue(found.value, now)) return null;
  const taken: NoticeRecord = {
    ...found.value,
    attempts: found.value.attempts + 1,
    next_at: new Date(now.getTime() + ATTEMPT_MS).toISOString(),
  };
  if ((await deps.store.replace('notice', id, found.version, taken)) === 'changed') return null;
  const delivered = await deliver(deps, taken).catch((error: unknown) => failed(String(error)));
  return settle(deps, { value: taken, version: found.version + 1 }, delivered);
}

async function settle(
  deps: NoticeDeps,
  { value, version }: Versioned<NoticeRecord>,
  delivered: Delivered,
): Promise<NoticeRecord> {
  const next = await after(deps, value, delivered);
  if (next.state !== 'waiting') await note(deps, next);
  await deps.store.replace('notice', value.notice_id, version, next);
  return next;
}

async function after(deps: NoticeDeps, taken: NoticeRecord, delivered: Delivered): Promise<NoticeRecord> {
  const now = deps.clock.now();
  const { notice_id, environment, provider, recipient, event, created_at, attempts } = taken;
  const common = { notice_id, environment, provider, recipient, event, created_at, attempts };
  const ended_at = now.toISOString();
  switch (delivered.outcome) {
    case 'delivered':
      return { ...common, state: 'delivered', ended_at, receipt: delivered.receipt };
    case 'skipped':
      return { ...common, state: 'skipped', ended_at, problem: delivered.why };
    case 'failed': {
      const problem = await cleaner(deps.sweep).line(delivered.why, 300);
      // Whoever tries a provider waits for this one answer.
      const once = event.kind === 'test';
      if (once || delivered.again === 'never' || attempts >= MAX_ATTEMPTS) {
        return { ...common, state: 'dead', ended_at, problem };
      }
      const chance = (deps.random(1)[0] ?? 0) / 255;
      const next_at = retryAt(attempts, now, chance, delivered.after).toISOString();
      return { ...common, state: 'waiting', next_at, problem };
    }
  }
}

/** What was sent to whom is in the audit. A notice that was sent is not sent again because that failed. */
async function note(deps: NoticeDeps, notice: NoticeRecord): Promise<void> {
  const { notice_id, provider, recipient, event, attempts, state } = notice;
  const problem = 'problem' in notice ? notice.problem : null;
  if (state === 'dead') {
    deps.report(`${provider} could not tell ${recipient} of ${event.kind} and gave up: ${problem}`);
  }
  try {
    await deps.audit.append({
      at: deps.clock.now().toISOString(),
      actor: 'gateway',
      environment: deps.environment,
      type: `notice.${state}`,
      data: { notice_id, provider, recipient, event: aboutOf(event), attempts, problem },
    });
  } catch (error) {
    deps.report(`the audit does not have that ${notice_id} is ${state}: ${String(error)}`);
  }
}

/** What it was about, by ids alone. */
function aboutOf(event: NoticeEvent): Readonly<Record<string, unknown>> {
  const ids = Object.entries(event).filter(([name]) => name.endsWith('_id'));
  return { kind: event.kind, ...Object.fromEntries(ids) };
}
