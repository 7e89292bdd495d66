import type { ConsequenceClass } from '../../../finding.ts';
import {
  any,
  blocked,
  type DestroyRow,
  is,
  leavesState,
  type ResourceRule,
  rule,
  turnedOff,
  type Watch,
} from '../vocabulary.ts';

const ABANDONED = leavesState(
  is('deletion_policy', 'ABANDON'),
  'deletion_policy is ABANDON: only dropped from state',
);
const PREVENTED = blocked(is('deletion_policy', 'PREVENT'), 'deletion_policy PREVENT');

/**
 * A rule for a google type: newer providers know `deletion_policy` (DELETE, ABANDON, PREVENT) on most types, so
 * every rule begins with it.
 */
export function google(
  classes: readonly ConsequenceClass[],
  destroy: readonly DestroyRow[],
  ...watch: readonly Watch[]
): ResourceRule {
  return rule(
    classes,
    [ABANDONED, PREVENTED, ...destroy],
    ...watch,
    turnedOff('deletion_policy', 'protection_disabled', {
      why: 'deletion_policy no longer prevents a delete',
    }),
  );
}

/** Types that hold nothing: one verdict, after `deletion_policy`. */
export function plainGoogle(
  tier: 1 | 2,
  why: string,
  types: readonly string[],
  classes: readonly ConsequenceClass[] = [],
  ...watch: readonly Watch[]
): Readonly<Record<string, ResourceRule>> {
  const shared = google(classes, [{ when: any(() => []), tier, why, advice: null, classes: null }], ...watch);
  return Object.fromEntries(types.map((type) => [type, shared]));
}
