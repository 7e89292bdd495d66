/** Stopping what this process runs, where a human asked for it: the request may come from any other process. */
import { parseRunId, type RunId } from '../core/ids.ts';
import type { Store } from '../ports/store.ts';
import type { InFlight } from './in-flight.ts';

interface Watching {
  readonly store: Store;
  readonly inFlight: InFlight;
  readonly report: (message: string) => void;
}

/** Looks now and then, only while something runs. Keeps no process alive. */
export function watchStopRequests(ctx: Watching, everyMs = 500): { close(): void } {
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    await stopRequested(ctx);
    looking = false;
  }, everyMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** Aborts what is to be stopped, once. What cannot be looked up is looked up again the next time. */
export async function stopRequested({ store, inFlight, report }: Watching): Promise<RunId[]> {
  const stopped: RunId[] = [];
  for (const id of inFlight.ids()) {
    const runId = parseRunId(id);
    if (runId === null) continue;
    try {
      if ((await store.get('stop_request', runId)) === null) continue;
      if (inFlight.abort(runId)) stopped.push(runId);
    } catch (failure) {
      report(`whether ${runId} is to be stopped could not be read: ${String(failure)}`);
    }
  }
  return stopped;
}
