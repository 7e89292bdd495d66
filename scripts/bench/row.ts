/** One row of the benchmark: the same job done by several contenders in turn, and what we aim at. */

export interface Sample {
  /** Milliseconds. */
  readonly wall: number;
  /** Milliseconds of processor time, user and system; null where the system does not say. */
  readonly cpu: number | null;
}

/** The job was given up: it was not done within so many milliseconds. */
export interface Overdue {
  readonly notWithinMs: number;
}

export interface Contender {
  readonly name: string;
  /** Does the job once and says what it took. Rejects where the job cannot be done. */
  measure(): Promise<Sample | Overdue>;
}

/** Judged on the medians of wall time. */
export type Aim =
  | { readonly kind: 'ratio'; readonly against: string; readonly atMost: number }
  | { readonly kind: 'overhead'; readonly against: string; readonly atMostMs: number }
  | { readonly kind: 'limit'; readonly atMostMs: number }
  /** What ours takes beyond its start, in times of what parsing takes beyond node's. */
  | {
      readonly kind: 'beside parsing';
      readonly parse: string;
      readonly node: string;
      readonly start: string;
      readonly atMost: number;
    };

export interface Row {
  readonly name: string;
  readonly rounds: number;
  readonly aim: Aim | null;
  /** Ours first. Whoever is not here (not installed) is left out. */
  readonly contenders: readonly Contender[];
}

export interface Timing {
  readonly contender: string;
  readonly samples: readonly Sample[];
  /** Not null: it was given up once, and not asked again. */
  readonly overdue: Overdue | null;
}

/**
 * Contenders take turns, and who begins changes each round. One round at least; none begins after the deadline (epoch
 * ms). Who does not finish once is not waited for again.
 */
export async function runRow({ rounds, contenders }: Row, deadline: number): Promise<Timing[]> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  const overdue = new Map<string, Overdue>();
  for (let round = 0; round < rounds && (round === 0 || Date.now() < deadline); round += 1) {
    for (const { name, measure } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      if (overdue.has(name)) continue;
      const taken = await measure();
      if ('notWithinMs' in taken) overdue.set(name, taken);
      else samples.get(name)?.push(taken);
    }
  }
  return [...samples].map(([contender, taken]) => ({
    contender,
    samples: taken,
    overdue: overdue.get(contender) ?? null,
  }));
}
