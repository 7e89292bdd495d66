import type { Tier } from '../../lib/core/finding.ts';

/** Colours what stands for a tier, or does not. */
export type Paint = (tier: Tier, text: string) => string;

export function paintFor(colour: boolean): Paint {
  return colour ? painted : (_tier, text) => text;
}

const painted: Paint = (tier, text) =>
  `\u001b[${tier >= 4 ? '1;31' : tier === 3 ? '33' : '32'}m${text}\u001b[0m`;
