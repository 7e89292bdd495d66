import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** These put something else in the place of a module or of a global, and must be alone with it. */
const APART = [
  'test/executor/sweep-fails.test.ts',
  'test/lambdas/agent-identity.test.ts',
  'test/workflow/crashes.test.ts',
  'test/workflow/lanes.test.ts',
];

/** Where files take long. They begin first, so that none of them is left alone at the end. */
const LONG = ['/test/cloud/', '/test/e2e/', '/test/doctor/', '/test/executor/', '/speed.test.ts'];

class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONG.findIndex((part) => moduleId.includes(part));
      return found === -1 ? LONG.length : found;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests that start processes wait for them most of the time; the default would leave a processor idle.
    maxWorkers: availableParallelism() + 1,
    // What was built is loaded as it is.
    server: { deps: { external: [/\/dist\//] } },
    sequence: { sequencer: LongOnesFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...APART],
          // What one file has loaded, the next need not load again. No file may leave anything behind.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'apart', include: APART } },
    ],
  },
});
