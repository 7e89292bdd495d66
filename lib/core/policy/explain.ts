/** The policy that is in force, for people and for `--json`. */
import type { Decision } from '../decision.ts';
import { NOBODY_NAMED } from '../roles.ts';
import { DEFAULT_POLICY } from './defaults.ts';
import { ENVIRONMENT_FLOORS } from './floors.ts';
import type { Provenance } from './parse.ts';
import {
  type ApprovalRule,
  ENVIRONMENT_KEYS,
  type EnvironmentKey,
  type Policy,
  ROLES,
  type Role,
} from './policy.ts';

export interface EffectiveRule {
  readonly value: Decision;
  /** The mildest value that a policy file may give. */
  readonly floor: Decision;
  readonly from: string;
}

/** The shape of the policy file, filled in. */
export interface EffectivePolicy {
  readonly version: string;
  readonly environment: string;
  readonly rules: Readonly<Record<EnvironmentKey, EffectiveRule>>;
  readonly protected_namespaces: readonly string[];
  readonly protected_workspaces: readonly string[];
  readonly always_block: readonly string[];
  readonly always_escalate: readonly string[];
  readonly shell: Readonly<Record<'always_block' | 'always_escalate' | 'always_allow', readonly string[]>>;
  readonly terraform: {
    readonly tool: string;
    readonly allowed_providers: readonly string[];
    readonly allowed_backends: readonly string[];
  };
  readonly approvals: {
    readonly quorum: number;
    readonly approvers: readonly string[];
    readonly groups: Readonly<Record<string, readonly string[]>>;
    /** Those that may apply in this environment. */
    readonly rules: readonly ApprovalRule[];
    readonly reminder_seconds: number;
    readonly providers: readonly string[];
  };
  readonly roles: Readonly<Record<Role, readonly string[]>>;
  readonly limits: Readonly<
    Record<'pending_approvals_per_agent' | 'calls_per_minute' | 'output_bytes', number>
  >;
  readonly share_plans: boolean;
  readonly plan_ttl_seconds: number;
  readonly approval_ttl_seconds: number;
}

/** Null: the policy has no such environment. `provenance` is what `parsePolicy` gave; without it, defaults. */
export function effectivePolicy(
  policy: Policy,
  environment: string,
  provenance: Provenance = new Map(),
): EffectivePolicy | null {
  const rules = Object.hasOwn(policy.environments, environment)
    ? policy.environments[environment]
    : undefined;
  if (rules === undefined) return null;
  const rule = (key: EnvironmentKey): EffectiveRule => ({
    value: rules[key],
    floor: ENVIRONMENT_FLOORS[key],
    from: sourceOf(`recourseos.environments.${environment}.${key}`, provenance),
  });
  return {
    version: policy.version,
    environment,
    rules: {
      default_mutation: rule('default_mutation'),
      terraform_destroy: rule('terraform_destroy'),
      kubectl_exec: rule('kubectl_exec'),
      kubectl_delete: rule('kubectl_delete'),
      unrecoverable: rule('unrecoverable'),
      needs_review: rule('needs_review'),
      from_backup: rule('from_backup'),
    },
    protected_namespaces: policy.protectedNamespaces,
    protected_workspaces: policy.protectedWorkspaces,
    always_block: policy.alwaysBlock,
    always_escalate: policy.alwaysEscalate,
    shell: {
      always_block: policy.shell.block.map((pattern) => pattern.text),
      always_escalate: policy.shell.escalate.map((pattern) => pattern.text),
      always_allow: policy.shell.allow.map((pattern) => pattern.text),
    },
    terraform: {
      tool: policy.terraform.tool,
      allowed_providers: policy.terraform.allowedProviders,
      allowed_backends: policy.terraform.allowedBackends,
    },
    approvals: {
      quorum: policy.approvals.quorum,
      approvers: policy.approvals.approvers,
      groups: policy.approvals.groups,
      rules: policy.approvals.rules.filter((each) => each.environments?.includes(environment) ?? true),
      reminder_seconds: policy.approvals.reminderSeconds,
      // Names only: what an operator set for a provider may be private.
      providers: Object.keys(policy.approvals.providers),
    },
    roles: policy.roles,
    limits: {
      pending_approvals_per_agent: policy.limits.pendingApprovalsPerAgent,
      calls_per_minute: policy.limits.callsPerMinute,
      output_bytes: policy.limits.outputBytes,
    },
    share_plans: policy.sharePlans,
    plan_ttl_seconds: policy.planTtlSeconds,
    approval_ttl_seconds: policy.approvalTtlSeconds,
  };
}

export type PolicyRow = readonly [name: string, value: string, from: string];

export interface PolicyTable {
  readonly title: string;
  readonly rows: readonly PolicyRow[];
}

/** The effective policy as aligned text, each value with where it comes from. */
export function explainPolicy(
  policy: Policy,
  environment: string,
  provenance: Provenance = new Map(),
): string {
  const tables = policyTables(policy, environment, provenance);
  if (tables === null) {
    const known = Object.keys(policy.environments).join(', ');
    return `The policy has no environment ${JSON.stringify(environment)}; it has ${known}. Nothing runs there.\n`;
  }
  const texts = tables.map(({ rows }) => table(rows)).join('\n');
  return `Policy for ${environment} (version ${policy.version})\n\n${texts}`;
}

/** The same as rows; a list has a row for each entry, named in the first. Null: there is no such environment. */
export function policyTables(
  policy: Policy,
  environment: string,
  provenance: Provenance = new Map(),
): PolicyTable[] | null {
  const effective = effectivePolicy(policy, environment, provenance);
  if (effective === null) return null;
  const from = (path: string): string => sourceOf(path, provenance);
  const list = (
    path: string,
    values: readonly string[],
    builtIn: readonly string[],
    none: string,
  ): PolicyRow[] => {
    if (values.length === 0) return [[path, none, 'default']];
    return values.map((value, index) => [
      index === 0 ? path : '',
      value,
      builtIn.includes(value) ? 'built in' : from(path),
    ]);
  };
  const one = (path: string, value: string | number | boolean): PolicyRow => [
    path,
    String(value),
    from(path),
  ];
  const { shell, terraform, approvals, limits } = effective;
  const rules: PolicyRow[] = ENVIRONMENT_KEYS.map((key) => {
    const { value, floor, from: source } = effective.rules[key];
    return [key, value, floor === 'allow' ? source : `${source}; never milder than ${floor}`];
  });
  const rest: PolicyRow[] = [
    ...list(
      'protected_namespaces',
      effective.protected_namespaces,
      DEFAULT_POLICY.protectedNamespaces,
      'none',
    ),
    ...list(
      'protected_workspaces',
      effective.protected_workspaces,
      DEFAULT_POLICY.protectedWorkspaces,
      'none',
    ),
    ...list('always_block', effective.always_block, DEFAULT_POLICY.alwaysBlock, 'none'),
    ...list('always_escalate', effective.always_escalate, DEFAULT_POLICY.alwaysEscalate, 'none'),
    ...list('shell.always_block', shell.always_block, [], 'the built-in list'),
    ...list('shell.always_escalate', shell.always_escalate, [], 'the built-in list'),
    ...list('shell.always_allow', shell.always_allow, [], 'the built-in read-only list'),
    one('terraform.tool', terraform.tool),
    ...list(
      'terraform.allowed_providers',
      terraform.allowed_providers,
      DEFAULT_POLICY.terraform.allowedProviders,
      'none',
    ),
    ...list(
      'terraform.allowed_backends',
      terraform.allowed_backends,
      DEFAULT_POLICY.terraform.allowedBackends,
      'none',
    ),
    one('approvals.quorum', approvals.quorum),
    ...list('approvals.approvers', approvals.approvers, [], 'anyone with access to the control side'),
    ...Object.entries(approvals.groups).flatMap(([name, people]) =>
      list(`approvals.groups.${name}`, people, [], 'nobody'),
    ),
    ...policy.approvals.rules.flatMap((each, index): PolicyRow[] =>
      approvals.rules.includes(each)
        ? [[`approvals.rules[${index}]`, ruleWords(each), from(`approvals.rules[${index}]`)]]
        : [],
    ),
    one('approvals.reminder_seconds', approvals.reminder_seconds),
    ...list('approvals.providers', approvals.providers, [], 'none'),
    ...ROLES.filter((role) => role !== 'approver').flatMap((role) =>
      list(`roles.${role}`, effective.roles[role], [], NOBODY_NAMED[role]),
    ),
    one('limits.pending_approvals_per_agent', limits.pending_approvals_per_agent),
    one('limits.calls_per_minute', limits.calls_per_minute),
    one('limits.output_bytes', limits.output_bytes),
    one('share_plans', effective.share_plans),
    one('plan_ttl_seconds', effective.plan_ttl_seconds),
    one('approval_ttl_seconds', effective.approval_ttl_seconds),
  ];
  return [
    { title: `What ${environment} answers`, rows: rules },
    { title: 'Everything else', rows: rest },
  ];
}

/** `2 of dba, when a plan has database_delete`. */
export function ruleWords({ classes, groups, quorum }: ApprovalRule): string {
  const who = groups.length === 0 ? 'the approvers' : groups.join(' or ');
  const when = classes === null ? 'always' : `when a plan has ${classes.join(' or ')}`;
  return `${quorum} of ${who}, ${when}`;
}

function table(rows: readonly PolicyRow[]): string {
  const name = Math.max(...rows.map((row) => row[0].length));
  const value = Math.max(...rows.map((row) => row[1].length));
  return rows.map((row) => `  ${row[0].padEnd(name)}  ${row[1].padEnd(value)}  (${row[2]})\n`).join('');
}

function sourceOf(path: string, provenance: Provenance): string {
  const place = provenance.get(path);
  return place === undefined ? 'default' : `file, line ${place.line}`;
}
