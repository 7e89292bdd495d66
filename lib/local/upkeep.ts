/**
 * Removes what plans left on disk that nobody needs any more. Nothing is lost by it: the blobs hold what was
 * frozen, and whoever still uses a plan lays it out anew.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../core/canonical.ts';
import { type PlanId, parsePlanId, runIdOf } from '../core/ids.ts';
import { removeReadOnly, snapshotFolder } from '../executor/terraform/materialise.ts';
import { forgetWork } from '../executor/terraform/workplace.ts';
import type { Store } from '../ports/store.ts';

const DAY_MS = 86_400_000;

/**
 * Sweeps STATE/work of plans that are over, or expired, for more than a day, and STATE/snapshots that no
 * remaining plan froze and nobody used within a day. Gives how many folders it removed.
 */
export async function sweepWork(stateFolder: string, store: Store, now: Date): Promise<number> {
  const before = now.getTime() - DAY_MS;
  const kept = new Set<string>();
  let removed = 0;
  for (const name of await namesIn(join(stateFolder, 'work'))) {
    const planId = parsePlanId(name);
    if (planId === null) continue;
    const use = await useOf(store, planId, join(stateFolder, 'work', name));
    if (use.until >= before) {
      if (use.snapshot !== null) kept.add(snapshotFolder(stateFolder, use.snapshot));
      continue;
    }
    await forgetWork(stateFolder, planId);
    removed += 1;
  }
  for (const name of await namesIn(join(stateFolder, 'snapshots'))) {
    const folder = join(stateFolder, 'snapshots', name);
    if (kept.has(folder) || (await modifiedAt(folder)) >= before) continue;
    await removeReadOnly(folder);
    removed += 1;
  }
  return removed;
}

/** Until when a plan's work is of use (milliseconds; for ever while it runs), and what it runs from. */
async function useOf(
  store: Store,
  planId: PlanId,
  folder: string,
): Promise<{ readonly until: number; readonly snapshot: Digest | null }> {
  const plan = (await store.get('plan', planId))?.value;
  if (plan === undefined) return { until: await modifiedAt(folder), snapshot: null };
  const frozen = 'frozen' in plan ? plan.frozen : null;
  const snapshot = frozen !== null && 'snapshot' in frozen ? frozen.snapshot : null;
  const run = (await store.get('run', runIdOf(planId)))?.value;
  if (run === undefined) return { until: Date.parse(plan.expires_at), snapshot };
  return {
    until: run.state === 'running' ? Number.POSITIVE_INFINITY : Date.parse(run.finished_at),
    snapshot,
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/** Gone: a long time ago. */
async function modifiedAt(folder: string): Promise<number> {
  return stat(folder).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}
