/** A human stops a run. The request is a record; whoever runs it acts on it, and the run's record says how it ended. */

import { hasRole } from '../core/roles.ts';
import type { RunStopper } from '../ports/lanes.ts';
import type { StopRequestRecord } from '../ports/records.ts';
import { type DeedDeps, type Denied, type Doer, denied, deny, NO_AUDIT, noted, reasonFor } from './deed.ts';
import { notAllowed } from './overrides.ts';
import { findRun, type RunView } from './runs.ts';

export interface CancelDeps extends DeedDeps {
  readonly stopper: RunStopper;
}

/** The run as it stands once it was asked to stop. Asking again asks the stopper again. */
export async function cancelRun(
  deps: CancelDeps,
  id: string,
  request: Doer & { readonly reason: string },
): Promise<RunView | Denied> {
  const found = await findRun(deps, id);
  const about = { run_id: found?.record.run_id ?? null };
  const reason = reasonFor(request.reason, 'Stopping a run');
  if (typeof reason !== 'string') return deny(deps, request, 'cancel', about, reason);
  if (found === null)
    return deny(deps, request, 'cancel', about, denied(404, 'run_not_found', 'There is no such run.'));
  if (!hasRole('operator', request.by, deps.policy))
    return deny(deps, request, 'cancel', about, notAllowed('operator'));
  const { record } = found;
  if (record.state !== 'running') {
    return deny(
      deps,
      request,
      'cancel',
      about,
      denied(409, 'run_over', `This run is over: it ${WORDS[record.state]}.`),
    );
  }
  const { run_id, plan_id, environment } = record;
  const at = deps.clock.now().toISOString();
  const audit = await noted(deps, request, 'run.cancel_requested', { run_id, plan_id, reason });
  if (audit === null) return NO_AUDIT;
  const stop: StopRequestRecord = { run_id, environment, by: request.by, reason, at, audit };
  // Whoever asked first is who stopped it.
  await deps.store.create('stop_request', run_id, stop);
  await deps.stopper.stop(record);
  return (await findRun(deps, id))?.view ?? found.view;
}

const WORDS = {
  succeeded: 'succeeded',
  failed: 'failed',
  interrupted: 'was interrupted',
  cancelled: 'was cancelled',
} as const;
