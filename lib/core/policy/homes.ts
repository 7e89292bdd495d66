import { BUILT_IN_ENVIRONMENTS } from './defaults.ts';
import { ENVIRONMENT_KEYS, ROLES } from './policy.ts';

/** Names that are valid, but elsewhere in the file. */
export const HOMES: ReadonlyMap<string, string> = new Map([
  ...['version', 'environments'].map((name) => [name, `recourseos.${name}`] as const),
  ...ROLES.map((name) => [name, `roles.${name}`] as const),
  ...ENVIRONMENT_KEYS.map((name) => [name, `recourseos.environments.NAME.${name}`] as const),
  ...BUILT_IN_ENVIRONMENTS.map((name) => [name, `recourseos.environments.${name}`] as const),
  ...['allowed_providers', 'allowed_backends', 'tool'].map((name) => [name, `terraform.${name}`] as const),
  ...['quorum', 'approvers', 'groups', 'rules', 'reminder_seconds', 'providers'].map(
    (name) => [name, `approvals.${name}`] as const,
  ),
  ...['pending_approvals_per_agent', 'calls_per_minute', 'output_bytes'].map(
    (name) => [name, `limits.${name}`] as const,
  ),
  ...[
    'protected_namespaces',
    'protected_workspaces',
    'always_block',
    'always_escalate',
    'shell',
    'terraform',
    'approvals',
    'roles',
    'limits',
    'share_plans',
    'plan_ttl_seconds',
    'approval_ttl_seconds',
  ].map((name) => [name, `recourseos.${name}`] as const),
  ['always_allow', 'shell.always_allow'],
]);
