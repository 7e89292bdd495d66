/**
 * Feeds the shell judge mutated commands: `npm run fuzz [count]`, a million by default. Ends with 1 where an
 * input crashes it, keeps it over 50 ms three times in a row, gives an allowance without a script, or where
 * memory grows.
 */
import { readFileSync } from 'node:fs';
import { judgeShell } from '../lib/core/shell/judge.ts';
import { SCRAPS } from '../test/support/shell-scraps.ts';

const SLOW_MS = 50;
const GROWTH_LIMIT_MB = 64;

const count = Number(process.argv[2] ?? 1_000_000);
const seeds = readFileSync('test/corpus/shell-dev.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line): string => JSON.parse(line).cmd);
let state = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31) || 1;
console.log(`seed ${state} (FUZZ_SEED repeats it), ${count} inputs`);

const decisions = { allow: 0, escalate: 0, block: 0 };
const problems: string[] = [];
let worst = 0;
let heapAfterWarmUp = 0;
const began = performance.now();
for (let done = 0; done < count; done += 1) {
  tryOne(mutated());
  if (done === Math.floor(count / 10)) heapAfterWarmUp = heapMb();
}
const growth = heapMb() - heapAfterWarmUp;
const seconds = (performance.now() - began) / 1000;
console.log(
  `${Math.round(count / seconds)} verdicts a second; ${JSON.stringify(decisions)}; slowest ${worst.toFixed(1)} ms; heap grew ${growth.toFixed(1)} MB`,
);
if (growth > GROWTH_LIMIT_MB) problems.push(`the heap grew by ${growth.toFixed(1)} MB`);
for (const problem of problems.slice(0, 20)) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function tryOne(text: string): void {
  try {
    const from = performance.now();
    const verdict = judgeShell(text);
    const took = performance.now() - from;
    worst = Math.max(worst, took > SLOW_MS ? fastestOf(text, took) : took);
    if (took > SLOW_MS && fastestOf(text, took) > SLOW_MS) problems.push(`slow: ${JSON.stringify(text)}`);
    decisions[verdict.decision] += 1;
    if ((verdict.pipeline !== null) !== (verdict.decision === 'allow'))
      problems.push(`no script: ${JSON.stringify(text)}`);
  } catch (failure) {
    problems.push(`crash: ${JSON.stringify(text)}: ${String(failure)}`);
  }
}

/** The machine may have been busy: the best of three more tries counts. */
function fastestOf(text: string, first: number): number {
  let best = first;
  for (let tries = 0; tries < 3; tries += 1) {
    const from = performance.now();
    judgeShell(text);
    best = Math.min(best, performance.now() - from);
  }
  return best;
}

/** One seed, or two spliced, with up to eight scraps thrown in. */
function mutated(): string {
  let text = pick(seeds);
  if (below(4) === 0) text = text.slice(0, below(text.length + 1)) + pick(seeds).slice(below(20));
  for (let edits = below(9); edits > 0; edits -= 1) {
    const at = below(text.length + 1);
    text = text.slice(0, at) + pick(SCRAPS) + text.slice(at + below(4));
  }
  return text;
}

function pick(from: readonly string[]): string {
  return from[below(from.length)] ?? '';
}

/** xorshift32: repeatable from the seed. */
function below(limit: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % Math.max(1, limit);
}

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
