import type { ConsequenceClass, Evidence, Tier } from '../finding.ts';

/** One consequence of changing one object. */
export interface Effect {
  readonly tier: Tier;
  readonly class: ConsequenceClass | null;
  readonly why: string;
  readonly evidence: readonly Evidence[];
  readonly advice: string | null;
}

export function effect(
  tier: Tier,
  of: ConsequenceClass | null,
  why: string,
  evidence: readonly Evidence[] = [],
  advice: string | null = null,
): Effect {
  return { tier, class: of, why, evidence, advice };
}
