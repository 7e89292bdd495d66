/** Reading the overrides that may act now, and applying them to a verdict. */
import type { Action } from '../core/action.ts';
import type { Evaluation } from '../core/finding.ts';
import {
  MAX_OVERRIDE_SECONDS,
  type Overridden,
  type OverrideRecord,
  touchedBy,
  withOverrides,
} from '../core/override.ts';
import type { Caller } from '../core/plan.ts';
import type { Verdict } from '../core/policy/decide.ts';
import type { Clock } from '../ports/process.ts';
import type { Page, Store } from '../ports/store.ts';
import type { RecordsContext } from './context.ts';

/** Those made within the longest time that one may last, whatever has become of them. */
export async function recentOverrides(store: Store, clock: Clock): Promise<OverrideRecord[]> {
  const oldest = clock.now().getTime() - MAX_OVERRIDE_SECONDS * 1000;
  const found: OverrideRecord[] = [];
  let after: string | null = null;
  do {
    const page: Page<OverrideRecord> = await store.list('override', {
      under: 'overrides',
      order: 'newest_first',
      limit: 100,
      after,
    });
    for (const listed of page.items) {
      if (Date.parse(listed.made_at) < oldest) return found;
      // A listing may lag: a revocation must not.
      const now = await store.get('override', listed.override_id);
      if (now !== null) found.push(now.value);
    }
    after = page.next;
  } while (after !== null);
  return found;
}

/** A verdict as it holds now. `evaluation`: the whole. */
export async function verdictNow(
  ctx: RecordsContext,
  caller: Caller,
  action: Action,
  verdict: Verdict,
  evaluation: Evaluation | null,
): Promise<Overridden> {
  if (verdict.decision !== 'escalate') return { ...verdict, overrides: [] };
  return withOverrides(verdict, await recentOverrides(ctx.store, ctx.clock), {
    action: action.kind,
    caller,
    touched: touchedBy(evaluation),
    standing: {
      environment: ctx.environment,
      policy: ctx.policy,
      now: ctx.clock.now(),
      verify: (signed, signature) => ctx.verifier.verifyStatement(signed, signature),
    },
  });
}
