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
      return !onlyLooks(name, { approvals, roles });
    case 'auditor':
      return !isAmong(name, roles.viewer) || !onlyLooks(name, { approvals, roles });
    case 'viewer':
      return mayLook(name, { approvals, roles });
    case 'override':
    case 'break_glass':
      return isAtTheMachine(name) && approvals.approvers.length === 0;
  }
}

/**
 * Who sees anything at all of the human side: whoever the policy names, in whatever role. That somebody can log in
 * says only who they are. A policy that names nobody leaves it to the way in; whoever holds the token of one machine
 * sees what lies in its state folder anyway.
 */
export function mayLook(name: string, policy: Pick<Policy, 'approvals' | 'roles'>): boolean {
  const named = [...doers(policy), ...policy.roles.auditor, ...policy.roles.viewer];
  return named.length === 0 || isAtTheMachine(name) || isAmong(name, named);
}

/** Where auditors are named, they and whoever may do something may read the audit; else everybody here. */
export function mayReadAudit(name: string, policy: Policy): boolean {
  const { auditor } = policy.roles;
  return auditor.length === 0 || isAmong(name, [...doers(policy), ...auditor]);
}

/** What holds for a role that nobody is given. */
export const NOBODY_NAMED: Readonly<Record<Role, string>> = {
  approver: 'anyone with access to the control side',
  operator: 'anyone with access to the control side',
  auditor: 'anyone with access to the control side',
  viewer: 'whoever is named in another role; where nobody is, anyone with access to the control side',
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
export function onlyLooks(name: string, policy: Pick<Policy, 'approvals' | 'roles'>): boolean {
  const { auditor, viewer } = policy.roles;
  return isAmong(name, [...auditor, ...viewer]) && !isAmong(name, doers(policy));
}

/** Everybody who is named for something else than looking. */
function doers({ approvals, roles }: Pick<Policy, 'approvals' | 'roles'>): string[] {
  return [
    ...roles.operator,
    ...roles.override,
    ...roles.break_glass,
    ...approvals.approvers,
    ...Object.values(approvals.groups).flat(),
  ];
}

/** `local:NAME`: whoever holds the token that lies in the state folder of one machine. No cloud identity looks so. */
function isAtTheMachine(name: string): boolean {
  return name.startsWith('local:');
}
