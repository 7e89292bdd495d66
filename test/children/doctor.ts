/** The doctor, bundled by a test with a fault planted in it. */
import { randomBytes } from 'node:crypto';
import { doctorLanes } from '../../bin/doctor-lanes.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import { runSelfTests } from '../../lib/doctor/self-test.ts';
import { SELF_TESTS } from '../../lib/doctor/self-tests.ts';
import { Stage } from '../../lib/doctor/stage.ts';
import { makeKeys } from '../support/keys.ts';
import { memoryStore } from '../support/memory-store.ts';

/**
 * `folder`: an empty one. `only`: this self-test alone, or null for all. Ids of those that fail in prod with the
 * built-in policy.
 */
export async function failingSelfTests(folder: string, only: string | null): Promise<string[]> {
  const keys = makeKeys();
  const lanes = doctorLanes('prod', folder);
  const stage = async () =>
    new Stage({
      environment: 'prod',
      policy: DEFAULT_POLICY,
      store: memoryStore(),
      keys,
      random: (count) => randomBytes(count),
      sweep: async (text) => text,
      ...lanes,
    });
  const tests = SELF_TESTS.filter(({ id }) => only === null || id === only);
  const results = await runSelfTests(tests, stage);
  return results.filter((each) => each.problem !== null).map((each) => each.id);
}
