import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** These start no process and change nothing of their own: they may share what others have loaded. */
const TOGETHER = ['core', 'audit', 'control', 'lifecycle', 'notices', 'tools'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests that start processes wait for them most of the time; the default would leave a processor idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { extends: true, test: { name: 'together', include: TOGETHER, isolate: false } },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...TOGETHER],
        },
      },
    ],
  },
});
