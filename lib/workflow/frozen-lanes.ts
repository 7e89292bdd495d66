/**
 * The lanes as those functions see them that judge and authorise: from frozen bytes alone. Nothing of a lane runs
 * there.
 */
import type { OwnMatcher } from '../core/own.ts';
import { refuse } from '../core/refusal.ts';
import { refreezeKubectl } from '../executor/kubectl/frozen.ts';
import { containedShellLane } from '../executor/shell/lane.ts';
import { readBack } from '../executor/terraform/lane.ts';
import { loadSnapshot } from '../executor/terraform/snapshot.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import type { Hasher } from '../ports/signing.ts';
import type { Blobs } from '../ports/store.ts';

export interface FrozenLanesInput {
  readonly environment: string;
  readonly frozen: Blobs;
  readonly digestHasher: Hasher;
  /** What belongs to the gateway itself: no plan may touch it. */
  readonly own: OwnMatcher;
  readonly sweep: (text: string) => Promise<string>;
}

export function frozenLanes(
  input: FrozenLanesInput,
): Pick<LifecycleContext, 'terraform' | 'kubectl' | 'shell' | 'executor'> {
  const { environment, frozen, digestHasher, own, sweep } = input;
  const elsewhere = () => Promise.reject(new Error('this happens in a lane, not where it is judged'));
  const terraform = {
    // Each lane is a container of its own, with a role of its own.
    confined: true,
    snapshot: elsewhere,
    fetchModules: elsewhere,
    plan: elsewhere,
    readBack: (plan: Parameters<typeof readBack>[0]) =>
      readBack(plan, { blobs: frozen, hasher: digestHasher }),
    reopen: (source: Parameters<typeof loadSnapshot>[0]) => loadSnapshot(source, frozen),
  };
  const shell = containedShellLane(environment);
  return {
    executor: { start: elsewhere },
    terraform: async () => terraform,
    kubectl: async () => ({
      freeze: async () => refuse('tool_unavailable', 'A kubectl call is frozen where the cluster is asked.'),
      refreeze: (plan, policy) => refreezeKubectl({ blobs: frozen, own, sweep }, plan, policy),
    }),
    shell: async () => shell,
  };
}
