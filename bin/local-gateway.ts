/** One machine's gateway: every port of the lifecycle, wired to its local adapter. */
import type { Policy } from '../lib/core/policy/policy.ts';
import { sweepSecrets } from '../lib/executor/sweep.ts';
import { terraformLane } from '../lib/executor/terraform/lane.ts';
import { InFlight } from '../lib/lifecycle/in-flight.ts';
import { localExecutor } from '../lib/local/local-executor.ts';
import { findTerraform } from '../lib/local/terraform-settings.ts';
import type { ToolContext } from '../lib/tools/tool.ts';
import type { LocalState } from './local-state.ts';

const RUN_TIMEOUT_MS = 3_600_000;
const WAIT_BUDGET_MS = 18_000;

export function localToolContext(
  state: LocalState,
  policy: Policy,
  report: (message: string) => void,
): ToolContext {
  const { store, blobs, keys, audit, liveness, clock, random, environment, folder } = state;
  const settings = once(() =>
    findTerraform({
      root: folder.manifest.root,
      stateFolder: folder.path,
      tool: policy.terraform.tool,
      env: process.env,
      timeoutMs: RUN_TIMEOUT_MS,
      blobs,
      hasher: keys,
    }),
  );
  return {
    environment,
    policy,
    store,
    blobs,
    audit,
    hasher: keys,
    verifier: keys,
    clock,
    random,
    liveness,
    inFlight: new InFlight(),
    executor: localExecutor({ blobs, sweep: sweepSecrets, terraform: settings }),
    terraform: async () => {
      const found = await settings();
      return 'unavailable' in found ? found : terraformLane(found);
    },
    kubectl: async () => ({
      unavailable: 'This build of the gateway has no kubectl lane. Use the terraform tools.',
    }),
    shell: async () => ({
      unavailable: 'This build of the gateway has no shell lane. Use the terraform tools.',
    }),
    sweep: sweepSecrets,
    report,
    runTimeoutMs: RUN_TIMEOUT_MS,
    waitBudgetMs: WAIT_BUDGET_MS,
  };
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
