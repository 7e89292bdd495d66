/**
 * Telling people on one machine: every process queues what it has to tell; whoever serves the console works the
 * queue off. What only sending needs is loaded when something is told.
 */
import type { Policy } from '../lib/core/policy/policy.ts';
import { SILENT } from '../lib/lifecycle/tell.ts';
import type { NoticeDeps } from '../lib/notices/deps.ts';
import type { Notices } from '../lib/ports/people.ts';
import type { LocalState } from './local-state.ts';

export function localNotices(state: LocalState, policy: Policy, report: (message: string) => void): Notices {
  if (Object.values(policy.approvals.providers).every((settings) => settings == null)) return SILENT;
  return {
    tell: async (event) => {
      const { outbox } = await import('../lib/notices/outbox.ts');
      await outbox(await localNoticeDeps(state, policy, null, report)).tell(event);
    },
  };
}

/** `origin`: where people reach the console; null where this process has none. */
export async function localNoticeDeps(
  state: LocalState,
  policy: Policy,
  origin: string | null,
  report: (message: string) => void,
): Promise<NoticeDeps> {
  const { store, audit, keys, clock, random, environment } = state;
  const { configuredProviders } = await import('../lib/notices/configured.ts');
  const { localSecrets } = await import('../lib/local/secrets.ts');
  const { sweepSecrets } = await import('../lib/executor/sweep.ts');
  const providers = configuredProviders(policy.approvals.providers, {
    secrets: localSecrets(process.env),
    clock,
    ses: null,
  });
  return {
    ...{ store, audit, clock, random, environment, policy, providers, origin, report },
    verifier: keys,
    hasher: keys,
    sweep: sweepSecrets,
  };
}
