/** Reads `approvals` and `roles` of a policy file: who decides, how many of them, and what they are called. */
import { FINDING_CLASSES } from '../finding.ts';
import { DEFAULT_POLICY } from './defaults.ts';
import { HOMES } from './homes.ts';
import { nearestName } from './nearest.ts';
import { type ApprovalRule, type Policy, ROLES, type Role } from './policy.ts';
import { approver, providers } from './read-providers.ts';
import { fields, listOf, named, oneOf, type Reader, type Report, textLike, wholeNumber } from './reader.ts';
import type { Position } from './tree.ts';

const GROUP = /^[a-z][a-z0-9_-]{0,31}$/;
const groupName = textLike('the name of a group', GROUP);
const environmentName = textLike('the name of an environment', /^[a-z][a-z0-9-]{0,31}$/);
const environmentNames = listOf(environmentName);
const classes = listOf(oneOf(FINDING_CLASSES, 'a finding class'));

const groups = named(
  (name) =>
    GROUP.test(name)
      ? null
      : {
          message: `${JSON.stringify(name.slice(0, 80))} is no name for a group: lower-case letters, digits, \`-\` and \`_\`, at most 32, a letter first`,
          nearest: null,
        },
  listOf(approver),
);

const rule = fields({
  environments: environmentNames,
  classes,
  groups: listOf(groupName),
  quorum: wholeNumber(1, 20),
});

export const approvals = fields(
  {
    quorum: wholeNumber(1, 20),
    approvers: listOf(approver),
    groups,
    rules: listOf(rule),
    reminder_seconds: wholeNumber(0, 604_800),
    providers,
  },
  HOMES,
);

/** A person, or the name of a group for all who are in it. */
const holder: Reader<string> = (tree, path, report) =>
  tree.kind === 'scalar' && typeof tree.value === 'string' && GROUP.test(tree.value)
    ? tree.value
    : approver(tree, path, report);

export const roles = fields({
  approver: listOf(holder),
  operator: listOf(holder),
  auditor: listOf(holder),
  viewer: listOf(holder),
  override: listOf(holder),
  break_glass: listOf(holder),
} satisfies Record<Role, Reader<readonly string[]>>);

export interface PeopleInFile {
  readonly approvals?: ReturnType<typeof approvals>;
  readonly roles?: ReturnType<typeof roles>;
}

/** What no single field can say: who is named twice or nowhere, and what nobody could ever meet. */
export function checkPeople(file: PeopleInFile, environments: readonly string[], report: Report): void {
  const at = (path: string): Position => report.places.get(path) ?? START;
  const said = (path: string, message: string, nearest: string | null = null) =>
    report.problem(at(path), path, message, nearest);
  const known = file.approvals?.groups ?? {};
  const names = Object.keys(known);
  const isKnown = (name: string) => Object.hasOwn(known, name);

  // A list whose entries are all wrong is read as an empty one; its entries have been reported already.
  const isEmpty = (list: readonly string[] | undefined, path: string) =>
    list?.length === 0 && !report.places.has(`${path}[0]`);

  twice(file.approvals?.approvers, 'approvals.approvers', said);
  for (const name of names) {
    const path = `approvals.groups.${name}`;
    twice(known[name], path, said);
    if (isEmpty(known[name], path)) said(path, `group ${name} has nobody in it`);
  }
  for (const role of ROLES) {
    (file.roles?.[role] ?? []).forEach((name, index) => {
      if (isPerson(name) || isKnown(name)) return;
      said(`roles.${role}[${index}]`, `there is no group ${name}`, nearestName(name, names));
    });
  }

  const people = peopleOf(file);
  const quorum = file.approvals?.quorum ?? DEFAULT_POLICY.approvals.quorum;
  if (people.approvers.length > 0 && quorum > people.approvers.length) {
    const path = 'approvals.quorum';
    said(path, `a quorum of ${quorum} can never be met by ${people.approvers.length} approvers`);
  }
  (file.approvals?.rules ?? []).forEach((each, index) => {
    const path = `approvals.rules[${index}]`;
    for (const key of ['environments', 'classes', 'groups'] as const) {
      if (isEmpty(each[key], `${path}.${key}`))
        said(`${path}.${key}`, `an empty list never applies; leave ${key} out`);
    }
    if (each.groups === undefined && each.quorum === undefined) {
      said(path, 'this rule asks for nothing: give groups, quorum, or both');
    }
    (each.environments ?? []).forEach((name, place) => {
      if (environments.includes(name)) return;
      const message = `there is no environment ${name}; the policy has ${environments.join(', ')}`;
      said(`${path}.environments[${place}]`, message, nearestName(name, environments));
    });
    const unknown = (each.groups ?? []).filter((name, place) => {
      if (isKnown(name)) return false;
      said(`${path}.groups[${place}]`, `there is no group ${name}`, nearestName(name, names));
      return true;
    });
    if (unknown.length > 0) return;
    const members = membersOf(each.groups ?? [], known);
    const able = each.groups === undefined ? people.approvers : members;
    const open = each.groups === undefined && able.length === 0;
    if (!open && (each.quorum ?? 1) > able.length) {
      const who = each.groups === undefined ? 'approvers' : `people in ${each.groups.join(', ')}`;
      said(
        report.places.has(`${path}.quorum`) ? `${path}.quorum` : path,
        `a quorum of ${each.quorum ?? 1} can never be met by ${able.length} ${who}`,
      );
    }
  });
}

/** The parts of a policy that say who decides; groups among role holders are replaced by the people in them. */
export function peopleOf(file: PeopleInFile): Omit<Policy['approvals'], 'providers'> & Pick<Policy, 'roles'> {
  const base = DEFAULT_POLICY;
  const known = file.approvals?.groups ?? {};
  const holders = (role: Role) =>
    distinct((file.roles?.[role] ?? []).flatMap((name) => (isPerson(name) ? [name] : (known[name] ?? []))));
  return {
    quorum: file.approvals?.quorum ?? base.approvals.quorum,
    approvers: distinct([...(file.approvals?.approvers ?? []), ...holders('approver')]),
    groups: known,
    rules: (file.approvals?.rules ?? []).map(
      ({ environments = null, classes: named = null, groups: of = [], quorum = 1 }): ApprovalRule => ({
        environments,
        classes: named,
        groups: of,
        quorum,
      }),
    ),
    reminderSeconds: file.approvals?.reminder_seconds ?? base.approvals.reminderSeconds,
    roles: {
      approver: holders('approver'),
      operator: holders('operator'),
      auditor: holders('auditor'),
      override: holders('override'),
      viewer: holders('viewer'),
      break_glass: holders('break_glass'),
    },
  };
}

const START: Position = { line: 1, column: 1 };

/** Groups have neither `@` nor `:` in their names. */
function isPerson(name: string): boolean {
  return /[@:]/.test(name);
}

function membersOf(names: readonly string[], known: Readonly<Record<string, readonly string[]>>): string[] {
  return distinct(names.flatMap((name) => known[name] ?? []));
}

/** Whatever the case a name is written in, it is one person. */
function distinct(people: readonly string[]): string[] {
  return [...new Map(people.map((name) => [name.toLowerCase(), name])).values()];
}

function twice(
  people: readonly string[] | undefined,
  path: string,
  said: (path: string, message: string) => void,
): void {
  const seen = new Set<string>();
  (people ?? []).forEach((name, index) => {
    if (seen.has(name.toLowerCase()))
      said(`${path}[${index}]`, `${name} is listed twice and would vote once`);
    seen.add(name.toLowerCase());
  });
}
