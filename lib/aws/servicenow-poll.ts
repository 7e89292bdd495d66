/** The clock's event that has the human side look up, in ServiceNow, who decided there. */
import type { ControlDeps } from '../control/deps.ts';
import { takeDecision } from '../control/inbound.ts';
import { pollServiceNow } from '../notices/servicenow/poll.ts';
import type { Secrets } from '../ports/people.ts';
import type { Watch } from './watch.ts';

/**
 * Takes up what is new there. Never rejects: the next minute asks again, and an invocation that failed would be
 * repeated besides. What goes wrong is said and measured.
 */
export async function pollOnce(
  control: ControlDeps,
  secrets: Secrets,
  watch: Pick<Watch, 'report' | 'measure'>,
): Promise<void> {
  const settings = control.policy.approvals.providers.servicenow;
  if (!settings) return;
  try {
    await pollServiceNow(control, settings, secrets, (decision) =>
      takeDecision(control, 'servicenow', decision),
    );
  } catch (failure) {
    watch.measure('PollFailed', 1);
    watch.report(
      `ServiceNow could not be polled: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  }
}
