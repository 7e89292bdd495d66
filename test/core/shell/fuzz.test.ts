import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeShell } from '../../../lib/core/shell/judge.ts';
import { SCRAPS } from '../../support/shell-scraps.ts';

const SEEDS = readFileSync(new URL('../../corpus/shell-dev.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): string => JSON.parse(line).cmd);
/** Milliseconds. The goal for one verdict is 50; shared machines stall, so an input is timed again before it counts. */
const SLOW = 50;

function check(text: string): void {
  const start = performance.now();
  const verdict = judgeShell(text);
  if (performance.now() - start > SLOW) {
    const again = [1, 2, 3].map(() => {
      const from = performance.now();
      judgeShell(text);
      return performance.now() - from;
    });
    expect(Math.min(...again), JSON.stringify(text)).toBeLessThan(SLOW);
  }
  expect(verdict.pipeline !== null).toBe(verdict.decision === 'allow');
}

describe('garbage', () => {
  it('mutated commands neither crash nor stall', () => {
    const mutation = fc.tuple(
      fc.nat(SEEDS.length - 1),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(...SCRAPS), fc.nat(3)), {
        maxLength: 8,
      }),
    );
    fc.assert(
      fc.property(mutation, ([seed, edits]) => {
        let text = SEEDS[seed] ?? '';
        for (const [at, scrap, cut] of edits) {
          const i = Math.floor(at * text.length);
          text = text.slice(0, i) + scrap + text.slice(i + cut);
        }
        check(text);
      }),
      { numRuns: 2500 },
    );
  });

  it('scraps alone neither crash nor stall', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SCRAPS), { maxLength: 200 }), (parts) => check(parts.join(''))),
      { numRuns: 800 },
    );
  });

  it('random text neither crashes nor stalls', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => check(text)),
      { numRuns: 800 },
    );
  });
});
