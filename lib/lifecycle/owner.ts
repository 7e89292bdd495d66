import type { Owner } from '../core/plan.ts';

/** Whether a record's owner is this very process, not one that had its number before. */
export function isSelf(owner: Owner, self: Owner): boolean {
  return owner.host === self.host && owner.pid === self.pid && owner.started === self.started;
}
