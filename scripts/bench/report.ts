/** From samples to what is printed: minimum, median, maximum, ratios, and whether the aim holds. */
import type { Aim, Row, Timing } from './row.ts';

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Result {
  readonly contender: string;
  readonly rounds: number;
  /** Milliseconds. */
  readonly wall: Spread;
  /** Milliseconds; null where the system does not say. */
  readonly cpu: Spread | null;
  /** Ours over this one, medians; null for ours itself. */
  readonly ratio: { readonly wall: number; readonly cpu: number | null } | null;
}

export interface RowReport {
  readonly name: string;
  readonly aim: string | null;
  /** Null: no aim, or nobody there to judge it against. */
  readonly holds: boolean | null;
  readonly results: readonly Result[];
  /** Who did not finish within so many milliseconds. */
  readonly overdue: readonly { readonly contender: string; readonly notWithinMs: number }[];
}

export function reportOf(row: Row, timings: readonly Timing[]): RowReport {
  const measured = timings.flatMap(({ contender, samples }) => {
    const wall = spread(samples.map((sample) => sample.wall));
    const cpu = spread(samples.flatMap((sample) => sample.cpu ?? []));
    return wall === null ? [] : [{ contender, rounds: samples.length, wall, cpu }];
  });
  const ours = measured.find(({ contender }) => contender === row.contenders[0]?.name);
  const overdue = timings.flatMap((timing) =>
    timing.overdue === null ? [] : [{ contender: timing.contender, ...timing.overdue }],
  );
  const results = measured.map((each) => ({
    ...each,
    ratio:
      ours === undefined || each === ours
        ? null
        : {
            wall: ours.wall.median / each.wall.median,
            cpu:
              ours.cpu === null || each.cpu === null || each.cpu.median === 0
                ? null
                : ours.cpu.median / each.cpu.median,
          },
  }));
  const times = row.aim?.kind === 'beside parsing' ? timesParsing(row.aim, results) : null;
  const said = times === null ? '' : ` (x${times.toFixed(2)})`;
  const aim = row.aim && `${aimText(row.aim)}${said}`;
  const isOverdue = overdue.some(({ contender }) => contender === row.contenders[0]?.name);
  const verdict = ours === undefined || isOverdue ? null : holds(row.aim, results, overdue);
  return { name: row.name, aim, holds: isOverdue && aim !== null ? false : verdict, results, overdue };
}

export function reportText({ name, aim, holds, results, overdue }: RowReport): string {
  const lines = results.map(({ contender, rounds, wall, cpu, ratio }) => {
    const ours = results[0]?.wall.median ?? 0;
    const compared =
      ratio === null
        ? ''
        : `  ours ${signed(ours - wall.median)} ms, x${ratio.wall.toFixed(2)}` +
          (ratio.cpu === null ? '' : ` (cpu x${ratio.cpu.toFixed(2)})`);
    const processor = cpu === null ? ''.padStart(14) : `  cpu ${shown(cpu.median).padStart(8)}`;
    return `  ${contender.padEnd(17)}${spreadText(wall)}${processor}  n=${rounds}${compared}`;
  });
  const late = overdue.map(
    ({ contender, notWithinMs }) => `  ${contender.padEnd(17)} not within ${notWithinMs / 1000} s, given up`,
  );
  const verdict = holds === null ? 'not judged' : holds ? 'holds' : 'MISSED';
  return [name, ...lines, ...late, aim === null ? '  no aim' : `  aim: ${aim}: ${verdict}`].join('\n');
}

export const LEGEND = `milliseconds of wall time: ${['min', 'median', 'max'].join(' / ')}; cpu: median of user and system time`;

function holds(aim: Aim | null, results: readonly Result[], overdue: RowReport['overdue']): boolean | null {
  const ours = results[0]?.wall.median;
  const medianOf = (name: string): number | undefined =>
    results.find(({ contender, ratio }) => ratio !== null && contender === name)?.wall.median;
  if (aim === null || ours === undefined) return null;
  if (aim.kind === 'beside parsing') {
    const times = timesParsing(aim, results);
    return times === null ? null : times <= aim.atMost;
  }
  if (aim.kind === 'limit') return ours <= aim.atMostMs;
  const other = medianOf(aim.against);
  const given = overdue.find(({ contender }) => contender === aim.against);
  if (other === undefined && given !== undefined) return ours <= given.notWithinMs ? true : null;
  if (other === undefined) return null;
  switch (aim.kind) {
    case 'ratio':
      return ours <= other * aim.atMost;
    case 'overhead':
      return ours - other <= aim.atMostMs;
  }
}

/** Ours without its start, over parsing without node's; by medians. */
function timesParsing(
  aim: Extract<Aim, { readonly kind: 'beside parsing' }>,
  results: readonly Result[],
): number | null {
  const [ours, parse, node, start] = [results[0]?.contender, aim.parse, aim.node, aim.start].map(
    (name) => results.find(({ contender }) => contender === name)?.wall.median,
  );
  if (ours === undefined || parse === undefined || node === undefined || start === undefined) return null;
  return parse <= node ? null : (ours - start) / (parse - node);
}

function aimText(aim: Aim): string {
  switch (aim.kind) {
    case 'ratio':
      return aim.atMost === 1 ? `no slower than ${aim.against}` : `within ${aim.atMost}x of ${aim.against}`;
    case 'overhead':
      return `within ${aim.atMostMs} ms of ${aim.against}`;
    case 'limit':
      return `${aim.atMostMs} ms at most`;
    case 'beside parsing':
      return `beyond its start, less than ${aim.atMost}x of what ${aim.parse} takes beyond node's`;
  }
}

function spread(numbers: readonly number[]): Spread | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  if (sorted.length === 0) return null;
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
  };
}

function spreadText({ min, median, max }: Spread): string {
  return [min, median, max].map((each) => shown(each).padStart(9)).join('');
}

function shown(milliseconds: number): string {
  return milliseconds.toFixed(milliseconds < 10 ? 2 : 0);
}

function signed(milliseconds: number): string {
  return `${milliseconds < 0 ? '' : '+'}${shown(milliseconds)}`;
}
