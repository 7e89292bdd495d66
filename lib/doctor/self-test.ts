/** One thing that this very configuration must do, tried for real. */
import type { Stage } from './stage.ts';

export const GROUPS = [
  'tool exposure',
  'terraform enforcement',
  'plan lifecycle',
  'kubernetes gates',
  'shell sandbox patterns',
] as const;
export type Group = (typeof GROUPS)[number];

export interface SelfTest {
  /** Stable kebab-case name. */
  readonly id: string;
  readonly group: Group;
  /** What holds when it passes. */
  readonly title: string;
  /** Null where it holds; otherwise what was seen instead. */
  run(stage: Stage): Promise<string | null>;
}

export type SelfTestResult = Pick<SelfTest, 'id' | 'group' | 'title'> & { readonly problem: string | null };

/** Runs each test on a stage of its own; a test that breaks has failed. */
export async function runSelfTests(
  tests: readonly SelfTest[],
  openStage: () => Promise<Stage>,
): Promise<SelfTestResult[]> {
  const results: SelfTestResult[] = [];
  for (const { id, group, title, run } of tests) {
    let problem: string | null;
    try {
      problem = await run(await openStage());
    } catch (failure) {
      problem = `it broke: ${failure instanceof Error ? failure.message : String(failure)}`;
    }
    results.push({ id, group, title, problem });
  }
  return results;
}

/** Null where what was seen is among what may be seen. */
export function expectOneOf(what: string, seen: string | undefined, may: readonly string[]): string | null {
  return seen !== undefined && may.includes(seen)
    ? null
    : `${what} was ${seen ?? 'nothing'}, not ${may.join(' or ')}`;
}

/** The first problem of several. */
export function firstProblem(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}
