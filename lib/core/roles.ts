/**
 * Who may do what on the human side. A role that the policy gives to somebody is theirs alone. What holds where
 * it gives it to nobody depends on how much the role can do, and on whether the policy names any people at all.
 */
import type { Policy, Role } from './policy/policy.ts';

/** Whether this authenticated human has the role. For `approver`, an approval's own rules say more. */
export function hasRole(role: Role, name: string, { approvals, roles }: Policy): boolean {
  const holders = role === 'approver' ? approvals.approvers : roles[role];
  if (holders.length > 0) return isAmong(name, holders);
  switch (role) {
    case 'approver':
    case 'operator':
      return !isOnlyAuditor(name, { approvals, roles });
    case 'auditor':
      return true;
    case 'override':
    case 'break_glass':
      return isAtTheMachine(name) && approvals.approvers.length === 0;
  }
}

/** Where auditors are named, they and whoever else has a role may read the audit; else everybody here. */
export function mayReadAudit(name: string, policy: Policy): boolean {
  const { roles, approvals } = policy;
  if (roles.auditor.length === 0) return true;
  const people = [
    ...Object.values(roles).flat(),
    ...approvals.approvers,
    ...Object.values(approvals.groups).flat(),
  ];
  return isAmong(name, people);
}

/** What holds for a role that nobody is given. */
export const NOBODY_NAMED: Readonly<Record<Role, string>> = {
  approver: 'anyone with access to the control side',
  operator: 'anyone with access to the control side',
  auditor: 'anyone with access to the control side',
  override: 'the person at the machine, unless approvers are named; then nobody',
  break_glass: 'the person at the machine, unless approvers are named; then nobody',
};

/** Everybody whom the policy names as one who may approve, in whatever case. */
export function namedVoters({ approvals }: Policy): string[] {
  const people = [...approvals.approvers, ...Object.values(approvals.groups).flat()];
  return [...new Set(people.map((name) => name.toLowerCase()))];
}

export function isAmong(name: string, people: readonly string[]): boolean {
  const wanted = name.toLowerCase();
  return people.some((each) => each.toLowerCase() === wanted);
}

/** Named to look, and for nothing else: such a person does nothing that is open to everybody. */
export function isOnlyAuditor(name: string, policy: Pick<Policy, 'approvals' | 'roles'>): boolean {
  const { roles, approvals } = policy;
  if (!isAmong(name, roles.auditor)) return false;
  const others = [
    ...roles.operator,
    ...roles.override,
    ...roles.break_glass,
    ...approvals.approvers,
    ...Object.values(approvals.groups).flat(),
  ];
  return !isAmong(name, others);
}

/** `local:NAME`: whoever holds the token that lies in the state folder of one machine. No cloud identity looks so. */
function isAtTheMachine(name: string): boolean {
  return name.startsWith('local:');
}
