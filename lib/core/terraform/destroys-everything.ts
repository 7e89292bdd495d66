import type { TerraformPlan } from './plan-json.ts';
import { NO_OBJECT } from './resources/other/state-only.ts';

const NOTHING_REAL: ReadonlySet<string> = new Set(NO_OBJECT);

/**
 * True when every managed resource of the prior state is deleted, not replaced, and nothing managed is created or
 * kept: `-destroy`, whatever it is called. Types without a real object (`null_resource`, `random_id`, …) do not
 * disguise a destroy by staying or being created. An empty plan is false; `forget` does not count as a delete.
 */
export function destroysEverything(plan: TerraformPlan): boolean {
  const gone = new Set<string>();
  const stays = new Set<string>();
  let [deletesReal, deletes] = [false, false];
  for (const change of plan.changes) {
    if (change.mode === 'data' || change.action === 'read') continue;
    if (change.deposed !== null) {
      deletes ||= change.action === 'delete';
      continue;
    }
    if (change.action === 'delete') {
      gone.add(change.address);
      deletes = true;
      deletesReal ||= !NOTHING_REAL.has(change.type);
    } else {
      stays.add(change.address);
      if (!NOTHING_REAL.has(change.type)) return false;
    }
  }
  for (const resource of plan.priorState) {
    if (resource.mode === 'data' || gone.has(resource.address)) continue;
    stays.add(resource.address);
    if (!NOTHING_REAL.has(resource.type)) return false;
  }
  return deletesReal || (deletes && stays.size === 0);
}
