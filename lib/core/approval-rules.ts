/** Which demands of the policy an approval has to meet, and which of them a set of approvers meets. */
import type { FindingClass } from './finding.ts';
import type { Policy } from './policy/policy.ts';
import { isAmong, onlyLooks } from './roles.ts';

/** So many of these people. */
export interface Demand {
  /** What the policy calls them; empty: the approvers. */
  readonly groups: readonly string[];
  /** Null: whoever may vote. */
  readonly members: readonly string[] | null;
  readonly quorum: number;
}

export interface ApprovalRules {
  /** All must be met; the first is the policy's own quorum. Never empty. */
  readonly demands: readonly Demand[];
  /** Whether this human's vote counts at all, whoever asked. */
  readonly isVoter: (name: string) => boolean;
}

/** A demand that is not met yet. */
export interface Waiting {
  readonly groups: readonly string[];
  readonly have: number;
  readonly need: number;
}

/**
 * The demands on a plan with findings of these classes. Approvers may always vote; members of a group may where a
 * rule asks for their group, and count for the quorum then. Where no approvers are named, anyone who reaches the
 * control side may vote, and only members of a group count for it.
 */
export function approvalRules(
  policy: Policy,
  environment: string,
  classes: readonly FindingClass[],
): ApprovalRules {
  const { approvers, groups, quorum, rules } = policy.approvals;
  const applying = rules.filter(
    (rule) =>
      (rule.environments?.includes(environment) ?? true) &&
      (rule.classes?.some((each) => classes.includes(each)) ?? true),
  );
  const demands = applying.map(
    (rule): Demand => ({
      groups: rule.groups,
      // A group that the policy does not have has no members: its demand is never met.
      members: rule.groups.length === 0 ? null : rule.groups.flatMap((name) => groups[name] ?? []),
      quorum: Math.max(1, rule.quorum),
    }),
  );
  const members = demands.flatMap((demand) => demand.members ?? []);
  return {
    demands: [{ groups: [], members: null, quorum: Math.max(1, quorum) }, ...demands],
    isVoter: (name) =>
      approvers.length === 0 ? !onlyLooks(name, policy) : isAmong(name, approvers) || isAmong(name, members),
  };
}

/** What is still missing when these (different) people approve; empty: nothing. */
export function waitingFor({ demands }: ApprovalRules, approving: readonly string[]): Waiting[] {
  return demands.flatMap(({ groups, members, quorum }): Waiting[] => {
    const have =
      members === null ? approving.length : approving.filter((name) => isAmong(name, members)).length;
    return have >= quorum ? [] : [{ groups, have, need: quorum }];
  });
}

/** `2 more`, `1 more of dba`, joined. */
export function waitingWords(waiting: readonly Waiting[]): string {
  return waiting
    .map(
      ({ groups, have, need }) =>
        `${need - have} more${groups.length === 0 ? '' : ` of ${groups.join(' or ')}`}`,
    )
    .join(', ');
}
