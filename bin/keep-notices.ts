/** Works the outbox off, and looks at what time and ServiceNow bring, for as long as this process serves the console. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlDeps } from '../lib/control/deps.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import type { NoticeDeps } from '../lib/notices/deps.ts';
import { localNoticeDeps } from './local-notices.ts';
import type { LocalState } from './local-state.ts';

export interface NoticesOptions {
  readonly state: LocalState;
  readonly policy: Policy;
  /** Of the console that this process serves. */
  readonly control: ControlDeps;
  readonly report: (message: string) => void;
}

const WORK_EVERY_MS = 1_000;
const REMIND_EVERY_MS = 30_000;
const CLOSE_MS = 3_000;

export function keepNotices(options: NoticesOptions): { close(): Promise<void> } {
  const { state, policy, control, report } = options;
  const ready = localNoticeDeps(state, policy, control.origin, report);
  const pollSeconds = policy.approvals.providers.servicenow?.pollSeconds ?? 0;
  const jobs = [
    repeated(WORK_EVERY_MS, report, async () => work(await ready)),
    repeated(REMIND_EVERY_MS, report, async () => look(await ready)),
    ...(pollSeconds > 0
      ? [repeated(pollSeconds * 1000, report, async () => poll(await ready, control))]
      : []),
  ];
  return {
    close: async () => {
      // What is under way when the process ends is tried again by the next one.
      await Promise.race([
        Promise.all(jobs.map((job) => job.close())),
        sleep(CLOSE_MS, undefined, { ref: false }),
      ]);
    },
  };
}

async function work(deps: NoticeDeps): Promise<void> {
  const { outbox } = await import('../lib/notices/outbox.ts');
  await outbox(deps).work();
}

async function look(deps: NoticeDeps): Promise<void> {
  const { outbox } = await import('../lib/notices/outbox.ts');
  const { remind } = await import('../lib/notices/remind.ts');
  await remind(deps, outbox(deps));
}

async function poll(deps: NoticeDeps, control: ControlDeps): Promise<void> {
  const settings = deps.policy.approvals.providers.servicenow;
  if (!settings) return;
  const { takeDecision } = await import('../lib/control/inbound.ts');
  const { localSecrets } = await import('../lib/local/secrets.ts');
  const { pollServiceNow } = await import('../lib/notices/servicenow/poll.ts');
  await pollServiceNow(deps, settings, localSecrets(process.env), (decision) =>
    takeDecision(control, 'servicenow', decision),
  );
}

/** One at a time: a slow one is waited for, not overtaken. What fails is said once until it works again. */
function repeated(
  everyMs: number,
  report: (message: string) => void,
  job: () => Promise<void>,
): { close(): Promise<void> } {
  let said = '';
  let current: Promise<void> | null = null;
  const round = async () => {
    try {
      await job();
      said = '';
    } catch (error) {
      const message = `notices: ${error instanceof Error ? error.message : String(error)}`;
      if (message !== said) report(message);
      said = message;
    } finally {
      current = null;
    }
  };
  const timer = setInterval(() => {
    current ??= round();
  }, everyMs);
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await current;
    },
  };
}
