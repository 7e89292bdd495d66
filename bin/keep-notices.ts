/** Works the outbox off, and looks at what time brings about, for as long as this process serves the console. */
import type { Policy } from '../lib/core/policy/policy.ts';
import { localNoticeDeps } from './local-notices.ts';
import type { LocalState } from './local-state.ts';

const WORK_EVERY_MS = 1_000;
const REMIND_EVERY_MS = 30_000;

export interface NoticesOptions {
  readonly state: LocalState;
  readonly policy: Policy;
  readonly origin: string;
  readonly report: (message: string) => void;
}

export function keepNotices(options: NoticesOptions): { close(): Promise<void> } {
  const { state, policy, origin, report } = options;
  let open = true;
  let said = '';
  let reminded = Number.NEGATIVE_INFINITY;
  let working: Promise<void> = Promise.resolve();
  const ready = localNoticeDeps(state, policy, origin, report);
  const round = async () => {
    const deps = await ready;
    const { outbox } = await import('../lib/notices/outbox.ts');
    const { remind } = await import('../lib/notices/remind.ts');
    const box = outbox(deps);
    if (performance.now() - reminded >= REMIND_EVERY_MS) {
      reminded = performance.now();
      await remind(deps, box);
    }
    await box.work();
    said = '';
  };
  // One round at a time; a round that is slow is waited for, not overtaken.
  let busy = false;
  const timer = setInterval(() => {
    if (busy || !open) return;
    busy = true;
    working = round()
      .catch((error: unknown) => {
        const message = `notices cannot be sent: ${error instanceof Error ? error.message : String(error)}`;
        if (message !== said) report(message);
        said = message;
      })
      .finally(() => {
        busy = false;
      });
  }, WORK_EVERY_MS);
  timer.unref();
  return {
    close: async () => {
      open = false;
      clearInterval(timer);
      await working;
    },
  };
}
