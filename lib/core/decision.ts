/** What the gateway answers to a call, from mildest to strictest. */
export const DECISIONS = ['allow', 'warn', 'escalate', 'block'] as const;
export type Decision = (typeof DECISIONS)[number];

/** Order of strictness: allow 0, warn 1, escalate 2, block 3. */
export function strictness(decision: Decision): number {
  return DECISIONS.indexOf(decision);
}

/** The strictest of all given decisions wins. There is no answer for "none": callers must name a base. */
export function strictest(first: Decision, ...others: readonly Decision[]): Decision {
  return others.reduce((worst, next) => (strictness(next) > strictness(worst) ? next : worst), first);
}

export function isAtLeast(decision: Decision, floor: Decision): boolean {
  return strictness(decision) >= strictness(floor);
}
