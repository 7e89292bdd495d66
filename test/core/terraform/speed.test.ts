import { expect, it } from 'vitest';
import { assessTerraformPlan } from '../../../lib/core/terraform/consequences.ts';
import { largePlan, type Mood } from '../../../scripts/bench/large-plan.ts';
import { parsed } from './plans.ts';

/** Best of two after a first, in milliseconds: other work on the machine only ever adds. */
function timed<T>(work: () => T): { ms: number; value: T } {
  let best = Number.POSITIVE_INFINITY;
  let value = work();
  for (let round = 0; round < 2; round++) {
    const start = performance.now();
    value = work();
    best = Math.min(best, performance.now() - start);
  }
  return { ms: best, value };
}

it.each<Mood>(['ordinary', 'dangerous'])(
  '10,000 %s changes are judged in less time than JSON.parse takes, and time grows with size',
  { timeout: 120_000 },
  (mood) => {
    const text = largePlan(10_000, mood);
    const parse = timed(() => JSON.parse(text) as unknown);
    const assess = timed(() => assessTerraformPlan(parsed(parse.value)));
    expect(assess.value.evaluation.total_changes).toBeGreaterThan(3000);
    const smaller: unknown = JSON.parse(largePlan(2500, mood));
    const quarter = timed(() => assessTerraformPlan(parsed(smaller)));
    console.info(
      `${(text.length / 1e6).toFixed(0)} MB: parse ${parse.ms.toFixed(0)} ms, assess ${assess.ms.toFixed(0)} ms (${(assess.ms / parse.ms).toFixed(2)}x); a quarter: ${quarter.ms.toFixed(0)} ms`,
    );
    // The aim is 1x on a quiet machine; the bounds leave room for a busy one, and none for a square.
    expect(assess.ms / parse.ms).toBeLessThan(2);
    expect(assess.ms / quarter.ms).toBeLessThan(10);
  },
);
