/**
 * What no policy file, override or new environment can loosen. `decide` applies these floors again to every
 * value it reads, so a policy that did not come from `parsePolicy` cannot go below them either.
 */
import type { Decision } from '../decision.ts';
import type { FindingClass, Tier } from '../finding.ts';
import type { EnvironmentKey, EnvironmentRules } from './policy.ts';

/** The mildest value each key of an environment may have. Source: the decision table of the design. */
export const ENVIRONMENT_FLOORS: EnvironmentRules = {
  default_mutation: 'allow',
  terraform_destroy: 'escalate',
  kubectl_exec: 'escalate',
  kubectl_delete: 'escalate',
  unrecoverable: 'escalate',
  needs_review: 'escalate',
  from_backup: 'allow',
};

/** Which key of the environment answers for a tier; null: the tier alone asks for nothing more. */
export const TIER_KEYS: Readonly<Record<Tier, EnvironmentKey | null>> = {
  1: null,
  2: null,
  3: 'from_backup',
  4: 'unrecoverable',
  5: 'needs_review',
};

export interface ClassFloor {
  /** The mildest decision an action with such a finding may get, in any environment. */
  readonly atLeast: Decision;
  /** The environment key that may make it stricter still. */
  readonly key: EnvironmentKey | null;
  /** True: says nothing against an action that changes nothing (a read or a dry run). */
  readonly onlyChanges: boolean;
}

/** A consequence is as bad as its tier; `always_block` and `always_escalate` may single out the class. */
const BY_TIER: ClassFloor = { atLeast: 'allow', key: null, onlyChanges: false };
const ESCALATE: ClassFloor = { atLeast: 'escalate', key: null, onlyChanges: false };
const ESCALATE_CHANGES: ClassFloor = { atLeast: 'escalate', key: null, onlyChanges: true };
const BLOCK: ClassFloor = { atLeast: 'block', key: null, onlyChanges: false };

/** Every class has a floor: a new class without one does not compile. */
export const CLASS_FLOORS: Readonly<Record<FindingClass, ClassFloor>> = {
  database_delete: BY_TIER,
  storage_delete: BY_TIER,
  backup_delete: BY_TIER,
  delete_backup_vault: BY_TIER,
  backup_retention_reduction: BY_TIER,
  secret_delete: BY_TIER,
  encryption_key_change: BY_TIER,
  remove_encryption: BY_TIER,
  iam_policy_change: BY_TIER,
  credential_exposure: BY_TIER,
  security_group_public_ingress: BY_TIER,
  expose_data_publicly: BY_TIER,
  network_isolation_loss: BY_TIER,
  dns_change: BY_TIER,
  protection_disabled: BY_TIER,
  disable_audit_logging: BY_TIER,
  production_scale_down: BY_TIER,
  cluster_delete: BY_TIER,
  namespace_delete: BY_TIER,
  pv_delete: BY_TIER,
  kubernetes_secret_change: BY_TIER,
  account_delete: BY_TIER,
  state_forget: BY_TIER,

  terraform_destroy: { atLeast: 'escalate', key: 'terraform_destroy', onlyChanges: false },
  kubectl_delete: { atLeast: 'escalate', key: 'kubectl_delete', onlyChanges: false },
  kubectl_exec: { atLeast: 'escalate', key: 'kubectl_exec', onlyChanges: false },
  scale_to_zero: ESCALATE_CHANGES,
  protected_namespace: ESCALATE_CHANGES,
  protected_workspace: ESCALATE_CHANGES,
  code_execution: ESCALATE,
  reads_outside_snapshot: ESCALATE,
  unapproved_provider: ESCALATE,
  unapproved_backend: ESCALATE,
  unapproved_module_source: ESCALATE,
  remote_operations_backend: BLOCK,
  gateway_self_modification: BLOCK,
  incomplete_plan: ESCALATE,
  /** Changes that are worse together than apart: judged by their tier, never silently. */
  cross_action_risk: { atLeast: 'warn', key: null, onlyChanges: false },
  shell_blocked: BLOCK,
  shell_not_read_only: ESCALATE,
  shell_not_understood: ESCALATE,
  secret_read: ESCALATE,
  sandbox_unavailable: ESCALATE,
};
