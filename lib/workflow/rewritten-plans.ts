/** What follows when a plan's record is not what was judged: the audit says so, and with it an alarm. */
import type { AuditLog } from '../ports/audit-log.ts';
import type { Clock } from '../ports/process.ts';
import type { Rewritten } from './sealed-plans.ts';

export interface RewrittenDeps {
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly environment: string;
  readonly report: (message: string) => void;
}

/** Of one instance in a minute: whoever rewrites plans may rewrite many. */
const MOST_A_MINUTE = 20;
const MOST_KNOWN = 1000;
const MINUTE_MS = 60_000;

/** Each form of a record is told once for each instance. Never rejects: the plan is not believed in any case. */
export function tellRewritten({ audit, clock, environment, report }: RewrittenDeps): Rewritten {
  const known = new Set<string>();
  let minute = -1;
  let told = 0;
  return async (planId, record) => {
    const now = clock.now();
    const form = `${planId} ${record}`;
    if (known.has(form)) return;
    if (known.size >= MOST_KNOWN) known.clear();
    known.add(form);
    report(`the record of ${planId} is not what was judged: whoever serves agents has changed it`);
    const current = Math.floor(now.getTime() / MINUTE_MS);
    told = current === minute ? told + 1 : 1;
    minute = current;
    if (told > MOST_A_MINUTE) return;
    const data = { plan_id: planId, record };
    try {
      const at = now.toISOString();
      await audit.append({ at, actor: 'gateway', environment, type: 'alarm.plan_rewritten', data });
    } catch (failure) {
      known.delete(form);
      report(`that ${planId} was changed could not be audited: ${String(failure)}`);
    }
  };
}
