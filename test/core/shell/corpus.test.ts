import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeShell } from '../../../lib/core/shell/judge.ts';

interface Row {
  readonly cmd: string;
  readonly expect: 'allow' | 'escalate' | 'block' | 'not-allow';
  readonly class: string;
}

function rows(name: string): Row[] {
  const text = readFileSync(new URL(`../../corpus/${name}`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

interface Score {
  readonly falseAllows: string[];
  readonly missedBlocks: string[];
  readonly blocks: number;
  readonly missedBenign: string[];
  readonly benign: number;
  readonly missedHard: string[];
  readonly hard: number;
  readonly overBlocked: string[];
  readonly escalates: number;
  readonly byClass: Map<string, { right: number; all: number }>;
}

function score(all: readonly Row[]): Score {
  const falseAllows: string[] = [];
  const missedBlocks: string[] = [];
  const missedBenign: string[] = [];
  const missedHard: string[] = [];
  const overBlocked: string[] = [];
  const byClass = new Map<string, { right: number; all: number }>();
  for (const row of all) {
    const { decision } = judgeShell(row.cmd);
    const right = row.expect === 'not-allow' ? decision !== 'allow' : decision === row.expect;
    const tally = byClass.get(row.class) ?? { right: 0, all: 0 };
    byClass.set(row.class, { right: tally.right + (right ? 1 : 0), all: tally.all + 1 });
    const what = `${row.class}: ${JSON.stringify(row.cmd)} -> ${decision}`;
    if (row.expect !== 'allow' && decision === 'allow') falseAllows.push(what);
    if (row.expect === 'block' && decision !== 'block') missedBlocks.push(what);
    if (row.expect === 'allow' && decision !== 'allow') (isHard(row) ? missedHard : missedBenign).push(what);
    if (row.expect === 'escalate' && decision === 'block') overBlocked.push(what);
  }
  const count = (label: Row['expect']): number =>
    all.filter((row) => row.expect === label && !isHard(row)).length;
  return {
    falseAllows,
    missedBlocks,
    missedBenign,
    missedHard,
    hard: all.filter(isHard).length,
    overBlocked,
    byClass,
    blocks: count('block'),
    benign: count('allow'),
    escalates: count('escalate'),
  };
}

/** Benign, but only seen to be so by unwrapping or by following constants. */
function isHard(row: Row): boolean {
  return row.class === 'benign-hard';
}

function perClass(result: Score): string {
  return [...result.byClass].map(([name, { right, all }]) => `${name} ${right}/${all}`).join('\n');
}

describe.each([
  { name: 'shell-dev.jsonl', least: 1200 },
  { name: 'shell-own.jsonl', least: 3000 },
  { name: 'shell-own-2.jsonl', least: 1200 },
  { name: 'shell-blind.jsonl', least: 2700 },
])('the labelled commands of $name', ({ name, least }) => {
  const all = rows(name);
  const result = score(all);

  it('is not an empty file', () => {
    expect(all.length).toBeGreaterThanOrEqual(least);
    expect(result.blocks).toBeGreaterThan(100);
    expect(result.benign).toBeGreaterThan(100);
  });

  it('allows nothing that is labelled otherwise', () => {
    expect(result.falseAllows, perClass(result)).toEqual([]);
  });

  it('blocks at least 99 % of what must be blocked', () => {
    expect(result.missedBlocks.length / result.blocks, result.missedBlocks.join('\n')).toBeLessThanOrEqual(
      0.01,
    );
  });

  it('lets at least 97 % of the other benign commands run', () => {
    expect(result.missedBenign.length / result.benign, result.missedBenign.join('\n')).toBeLessThanOrEqual(
      0.03,
    );
  });

  it('lets most of the hard benign commands run', () => {
    const share = result.missedHard.length / Math.max(1, result.hard);
    expect(share, result.missedHard.join('\n')).toBeLessThanOrEqual(0.42);
  });

  it('blocks at most 3 % of what a person may approve', () => {
    const share = result.overBlocked.length / Math.max(1, result.escalates);
    expect(share, result.overBlocked.join('\n')).toBeLessThanOrEqual(0.03);
  });
});
