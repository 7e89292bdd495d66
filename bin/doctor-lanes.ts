/** The lanes whose freezing the doctor tries: real ones, on a scratch folder. */
import type { Policy } from '../lib/core/policy/policy.ts';
import type { ActionLane } from '../lib/ports.ts';

export async function doctorLanes(_policy: Policy): Promise<{
  readonly kubectl: ActionLane | { readonly unavailable: string };
  readonly shell: ActionLane | { readonly unavailable: string };
}> {
  return { kubectl: { unavailable: 'x' }, shell: { unavailable: 'x' } };
}
