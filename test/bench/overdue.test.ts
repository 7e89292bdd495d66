import { describe, expect, it } from 'vitest';
import { reportOf, reportText } from '../../scripts/bench/report.ts';
import { type Row, runRow } from '../../scripts/bench/row.ts';
import { ran } from '../../scripts/bench/scene.ts';

const sample = { wall: 100, cpu: 90 };

function rowOf(late: 'ours' | 'peer'): { readonly row: Row; readonly asked: Map<string, number> } {
  const asked = new Map<string, number>();
  const who = (name: string, isLate: boolean) => ({
    name,
    measure: async () => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      return isLate ? { notWithinMs: 30_000 } : sample;
    },
  });
  const aim = { kind: 'ratio', against: 'peer', atMost: 1 } as const;
  const contenders = [who('ours', late === 'ours'), who('peer', late === 'peer'), who('node', false)];
  return { row: { name: 'a row', rounds: 4, aim, contenders }, asked };
}

describe('who does not finish in time', () => {
  it('is reported, is not asked again, and the others are measured', async () => {
    const { row, asked } = rowOf('peer');
    const report = reportOf(row, await runRow(row, Date.now() + 60_000));
    expect(Object.fromEntries(asked)).toEqual({ ours: 4, peer: 1, node: 4 });
    expect(report.overdue).toEqual([{ contender: 'peer', notWithinMs: 30_000 }]);
    expect(report.results.map(({ contender, rounds }) => [contender, rounds])).toEqual([
      ['ours', 4],
      ['node', 4],
    ]);
    expect(report.holds).toBe(true);
    expect(reportText(report)).toMatch(/^ {2}peer +not within 30 s/m);
  });

  it('misses the aim where it is ours, and nobody else is taken for ours', async () => {
    const { row } = rowOf('ours');
    const report = reportOf(row, await runRow(row, Date.now() + 60_000));
    expect(report.holds).toBe(false);
    expect(report.results.map(({ ratio }) => ratio)).toEqual([null, null]);
    expect(reportText(report)).toContain('MISSED');
  });

  it('is ended when it is a process', async () => {
    expect(await ran(['-e', 'setInterval(() => {}, 1000)'], [0], 200)).toEqual({ notWithinMs: 200 });
    expect(await ran(['-e', '0'], [0])).toHaveProperty('wall');
    await expect(ran(['-e', 'process.exit(5)'], [0])).rejects.toThrow('ended with 5');
  });
});
