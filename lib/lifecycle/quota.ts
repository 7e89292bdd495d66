/** How often an agent may call: a counter a minute, shared by every process of the environment. */
import type { Caller } from '../core/plan.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { RecordsContext } from './context.ts';

const WINDOW_MS = 60_000;

/** Null where the call fits in this minute. A counter that cannot be written counts as full. */
export async function takeFromQuota(ctx: RecordsContext, caller: Caller): Promise<Refusal | null> {
  const now = ctx.clock.now().getTime();
  const window = Math.floor(now / WINDOW_MS);
  const key = `calls ${caller.agent} ${window}`;
  const expires_at = new Date((window + 2) * WINDOW_MS).toISOString();
  const limit = ctx.policy.limits.callsPerMinute;
  // Each lost race means that another call was counted, so `limit` races are enough.
  for (let races = 0; races <= limit; races += 1) {
    const found = await ctx.store.get('quota', key);
    if (found === null) {
      const first = await ctx.store.create('quota', key, { subject: caller.agent, count: 1, expires_at });
      if (first === 'created') return null;
      continue;
    }
    if (found.value.count >= limit) break;
    const next = { ...found.value, count: found.value.count + 1 };
    if ((await ctx.store.replace('quota', key, found.version, next)) === 'replaced') return null;
  }
  const wait = Math.ceil(((window + 1) * WINDOW_MS - now) / 1000);
  return refuse('quota_exceeded', `${limit} calls a minute are allowed. Wait ${wait} seconds.`);
}
