/** Waiting for an attempt, by its record: the machine tells nobody. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Refusal } from '../core/refusal.ts';
import type { Store } from '../ports/store.ts';

const FIRST_MS = 100;
const LONGEST_MS = 800;

export async function waitForAttempt(
  store: Store,
  attemptId: string,
  milliseconds: number,
): Promise<{ readonly state: 'settled' | 'going' } | Refusal> {
  const until = performance.now() + milliseconds;
  for (let pause = FIRST_MS; ; pause = Math.min(LONGEST_MS, pause * 1.5)) {
    const stage = (await store.get('attempt', attemptId))?.value.stage;
    if (stage?.state === 'refused') return stage.refusal;
    if (stage?.state === 'over') return { state: 'settled' };
    const left = until - performance.now();
    if (left <= 0) return { state: 'going' };
    await sleep(Math.min(pause, left));
  }
}
