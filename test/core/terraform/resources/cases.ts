import type { ConsequenceClass, Tier } from '../../../../lib/core/finding.ts';

/** One rule at work: type, what happens, before, after, the tier, and classes that must be there (none: none may). */
export type Case = readonly [
  type: string,
  action: 'create' | 'update' | 'delete' | 'replace',
  before: object | null,
  after: object | null,
  tier: Tier,
  classes: readonly ConsequenceClass[],
];
