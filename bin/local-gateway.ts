/**
 * One machine's gateway: every port of the lifecycle, wired to its local adapter. Agents wait for the start, so
 * what a lane needs is loaded when the lane is first used.
 */
import { NO_OWN, ownMatcher } from '../lib/core/own.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import type { LifecycleContext } from '../lib/lifecycle/context.ts';
import { InFlight } from '../lib/lifecycle/in-flight.ts';
import { inProcessEngine } from '../lib/lifecycle/in-process.ts';
import type { ToolContext } from '../lib/tools/tool.ts';
import { localNotices } from './local-notices.ts';
import type { LocalState } from './local-state.ts';

const RUN_TIMEOUT_MS = 3_600_000;
const WAIT_BUDGET_MS = 18_000;

export interface LocalGatewayOptions {
  /** Read-only commands may run although there is no sandbox. */
  readonly unconfined?: boolean;
}

export function localToolContext(
  state: LocalState,
  policy: Policy,
  report: (message: string) => void,
  options: LocalGatewayOptions = {},
): ToolContext {
  const { store, blobs, keys, audit, liveness, clock, random, environment, folder } = state;
  // The gateway's files are out of reach of every lane by its sandbox; it has nothing in any cloud.
  const own = ownMatcher(NO_OWN);
  const settings = once(async () =>
    (await import('../lib/local/terraform-settings.ts')).findTerraform({
      root: folder.manifest.root,
      stateFolder: folder.path,
      tool: policy.terraform.tool,
      env: process.env,
      timeoutMs: RUN_TIMEOUT_MS,
      blobs,
      hasher: keys,
    }),
  );
  const kubectl = once(async () =>
    (await import('../lib/local/kubectl-settings.ts')).findKubectl({
      root: folder.manifest.root,
      stateFolder: folder.path,
      env: process.env,
      cwd: process.cwd(),
      blobs,
      own,
      sweep,
    }),
  );
  const shell = once(async () =>
    (await import('../lib/local/shell-settings.ts')).findShell({
      environment,
      root: folder.manifest.root,
      stateFolder: folder.path,
      env: process.env,
      unconfined: options.unconfined ?? false,
      kubectlRead: (await import('../lib/executor/shell/kubectl-read.ts')).kubectlReader(kubectl),
    }),
  );
  const lifecycle: LifecycleContext = {
    environment,
    policy,
    own,
    store,
    blobs,
    audit,
    hasher: keys,
    verifier: keys,
    notices: localNotices(state, policy, report),
    clock,
    random,
    liveness,
    inFlight: new InFlight(),
    executor: {
      start: async (_lease, plan, signal) => {
        const { execute } = await import('../lib/executor/execute.ts');
        return execute({ blobs, sweep, policy, terraform: settings, kubectl, shell }, plan, signal);
      },
    },
    terraform: async () => {
      const found = await settings();
      if ('unavailable' in found) return found;
      return (await import('../lib/executor/terraform/lane.ts')).terraformLane(found);
    },
    kubectl: async () => {
      const found = await kubectl();
      if ('unavailable' in found) return found;
      return (await import('../lib/executor/kubectl/lane.ts')).kubectlLane(found);
    },
    shell: async () => {
      const found = await shell();
      if ('unavailable' in found) return found;
      return (await import('../lib/executor/shell/lane.ts')).shellLane(found);
    },
    sweep,
    report,
    runTimeoutMs: RUN_TIMEOUT_MS,
  };
  return { ...lifecycle, engine: inProcessEngine(lifecycle), waitBudgetMs: WAIT_BUDGET_MS };
}

async function sweep(text: string): Promise<string> {
  return (await import('../lib/executor/sweep.ts')).sweepSecrets(text);
}

/** What was found stays found; what was missing is looked for again. */
function once<T extends object>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | null = null;
  return async () => {
    found ??= find();
    const result = await found.catch((error: unknown) => {
      found = null;
      throw error;
    });
    if ('unavailable' in result) found = null;
    return result;
  };
}
