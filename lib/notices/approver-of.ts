import type { ApproverMap } from '../core/policy/providers.ts';

/** Whom policy says that somebody elsewhere is. Their own name there means nothing, however much it looks like one. */
export function approverOf(approvers: ApproverMap, external: string): string | null {
  return Object.hasOwn(approvers, external) ? (approvers[external] ?? null) : null;
}
