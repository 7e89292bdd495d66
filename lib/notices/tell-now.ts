/**
 * Telling at once, for a process that does not stay: queues the event, tries it, and tries again what failed
 * until the time is up. What is left then stays in the outbox; `workOff` takes it up later.
 */
import type { NoticeRecord } from '../core/delivery.ts';
import type { NoticeEvent } from '../core/notice.ts';
import type { NoticeDeps } from './deps.ts';
import { outbox } from './outbox.ts';

export interface TellNowDeps extends NoticeDeps {
  /** In milliseconds. */
  readonly sleep: (ms: number) => Promise<unknown>;
}

export interface Told {
  readonly delivered: number;
  readonly skipped: number;
  readonly dead: number;
  /** Still owed. */
  readonly waiting: number;
}

/** Rejects only where the event could not even be queued. */
export async function tellNow(deps: TellNowDeps, event: NoticeEvent, withinMs = 20_000): Promise<Told> {
  const box = outbox(deps);
  const ids = await box.queue(event);
  await tryUntil(deps, ids, deps.clock.now().getTime() + withinMs);
  const records = await Promise.all(
    ids.map(async (id) => (await deps.store.get('notice', id))?.value ?? null),
  );
  const count = (state: NoticeRecord['state']) => records.filter((each) => each?.state === state).length;
  return {
    delivered: count('delivered'),
    skipped: count('skipped'),
    dead: count('dead'),
    waiting: count('waiting'),
  };
}

/** Everything that is due, whatever it is about, each tried once. Gives how many were tried. */
export function workOff(deps: NoticeDeps): Promise<number> {
  return outbox(deps).work();
}

async function tryUntil(deps: TellNowDeps, ids: readonly string[], until: number): Promise<void> {
  const box = outbox(deps);
  for (;;) {
    await Promise.all(ids.map((id) => box.attempt(id)));
    const next = await nextDue(deps, ids);
    const now = deps.clock.now().getTime();
    if (next === null || next >= until) return;
    await deps.sleep(Math.max(next - now, 50));
  }
}

async function nextDue(deps: NoticeDeps, ids: readonly string[]): Promise<number | null> {
  const records = await Promise.all(
    ids.map(async (id) => (await deps.store.get('notice', id))?.value ?? null),
  );
  const times = records.flatMap((each) => (each?.state === 'waiting' ? [Date.parse(each.next_at)] : []));
  return times.length === 0 ? null : Math.min(...times);
}
