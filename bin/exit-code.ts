import type { Decision } from '../lib/core/decision.ts';

/** Exit code of `recourse evaluate`: 0 allow or warn, 3 escalate, 4 block. */
export function exitCodeOf(decision: Decision): number {
  switch (decision) {
    case 'allow':
    case 'warn':
      return 0;
    case 'escalate':
      return 3;
    case 'block':
      return 4;
  }
}
