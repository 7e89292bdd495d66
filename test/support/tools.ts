/**
 * Suites that need a program which may be missing. Where it is, the suite is skipped with a loud line;
 * under RECOURSE_REQUIRE_TOOLS=1 (CI) it fails instead.
 */
import { spawnSync } from 'node:child_process';
import { describe, it, vi } from 'vitest';

/** Real programs on a busy machine; in milliseconds. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const TRIES = {
  terraform: ['terraform', ['version']],
  bwrap: ['bwrap', ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--unshare-pid', 'true']],
  kubectl: ['kubectl', ['version', '--client']],
  rg: ['rg', ['--version']],
} as const satisfies Record<string, readonly [string, readonly string[]]>;
export type RequiredTool = keyof typeof TRIES;

/** `describe` that needs all of these tools to work. */
export function describeWith(
  tools: RequiredTool | readonly RequiredTool[],
  name: string,
  suite: () => void,
): void {
  const missing = [tools].flat().filter((tool) => !works(tool));
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  const why = `${missing.join(' and ')} not found or not working`;
  if (process.env.RECOURSE_REQUIRE_TOOLS === '1') {
    describe(name, () => {
      it(`needs ${missing.join(' and ')}`, () => {
        throw new Error(why);
      });
    });
    return;
  }
  process.stderr.write(`\n!!! SKIPPED: ${name}: ${why}\n`);
  describe.skip(`${name} (${why})`, suite);
}

const known = new Map<RequiredTool, boolean>();

function works(tool: RequiredTool): boolean {
  const before = known.get(tool);
  if (before !== undefined) return before;
  const [file, args] = TRIES[tool];
  const result = spawnSync(file, [...args], { stdio: 'ignore', timeout: 20_000 }).status === 0;
  known.set(tool, result);
  return result;
}
