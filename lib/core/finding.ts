/**
 * What evaluators say about an action. An evaluator never decides: it emits findings, and
 * `policy/decide.ts` turns findings into a decision.
 */

/** How far a change can be undone. 1 is best; 4 and 5 always reach a human. */
export const TIERS = [1, 2, 3, 4, 5] as const;
export type Tier = (typeof TIERS)[number];

export const TIER_LABELS = {
  1: 'reversible',
  2: 'recoverable_with_effort',
  3: 'recoverable_from_backup',
  4: 'unrecoverable',
  5: 'needs_review',
} as const satisfies Record<Tier, string>;

/** Consequence classes: what kind of harm a change can do. Policies name these. */
export const CONSEQUENCE_CLASSES = [
  'database_delete',
  'storage_delete',
  'backup_delete',
  'delete_backup_vault',
  'backup_retention_reduction',
  'secret_delete',
  'encryption_key_change',
  'remove_encryption',
  'iam_policy_change',
  'credential_exposure',
  'security_group_public_ingress',
  'expose_data_publicly',
  'network_isolation_loss',
  'dns_change',
  'protection_disabled',
  'disable_audit_logging',
  'production_scale_down',
  'cluster_delete',
  'namespace_delete',
  'pv_delete',
  'kubernetes_secret_change',
  'account_delete',
  'state_forget',
] as const;

/** Classes about the act itself rather than about a resource. Each has a floor in `policy/decide.ts`. */
export const ACT_CLASSES = [
  'terraform_destroy',
  'kubectl_delete',
  'kubectl_exec',
  'scale_to_zero',
  'protected_namespace',
  'protected_workspace',
  'code_execution',
  'reads_outside_snapshot',
  'unapproved_provider',
  'unapproved_backend',
  'unapproved_module_source',
  'remote_operations_backend',
  'gateway_self_modification',
  'incomplete_plan',
  'cross_action_risk',
  'shell_blocked',
  'shell_not_read_only',
  'shell_not_understood',
  'secret_read',
  'sandbox_unavailable',
] as const;

export const FINDING_CLASSES = [...CONSEQUENCE_CLASSES, ...ACT_CLASSES] as const;
export type ConsequenceClass = (typeof CONSEQUENCE_CLASSES)[number];
export type FindingClass = (typeof FINDING_CLASSES)[number];

export interface Evidence {
  /** Attribute path such as `skip_final_snapshot` or `settings[0].backup_configuration`; sensitive values are masked. */
  readonly path: string;
  readonly value: unknown;
}

export interface Finding {
  /** Stable snake_case or kebab name of the rule that spoke, e.g. `aws_db_instance.delete`. */
  readonly rule: string;
  readonly class: FindingClass | null;
  /** Null where recoverability is not the point (for example an act class). */
  readonly tier: Tier | null;
  /** Terraform address, `kind/namespace/name`, or the shell command; empty for the action as a whole. */
  readonly address: string;
  readonly why: string;
  readonly evidence: readonly Evidence[];
}

export const CHANGE_ACTIONS = [
  'create',
  'update',
  'delete',
  'delete+create',
  'create+delete',
  'forget',
  'import',
  'move',
  'read',
  'no-op',
] as const;
export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

/** One line of an evaluation; the wire shape of `contract.md`. */
export interface EvaluatedChange {
  readonly address: string;
  readonly type: string;
  readonly action: ChangeAction;
  readonly tier: Tier;
  readonly tier_label: string;
  readonly classes: readonly ConsequenceClass[];
  readonly why: string;
  readonly evidence: readonly Evidence[];
  /** What would make this safer, or null. */
  readonly advice: string | null;
  /** Key of the deposed object this change is about, where it is about one. */
  readonly deposed?: string;
}

export interface CrossActionRisk {
  readonly kind: string;
  readonly members: readonly string[];
  /** How many, where the list is cut. */
  readonly total_members?: number;
  readonly tier: Tier;
  readonly why: string;
}

export interface BlastRadius {
  readonly address: string;
  /** Addresses that refer to it directly. */
  readonly direct: readonly string[];
  /** Every address that depends on it, directly or not. */
  readonly all: readonly string[];
  /** How many, where the lists are cut. */
  readonly total?: { readonly direct: number; readonly all: number };
  /** How the first of those that depend on it indirectly come to it. */
  readonly paths?: readonly ReachPath[];
}

export interface ReachPath {
  readonly address: string;
  /** What lies between, nearest to what changes first: resources, variables, outputs, modules, providers. */
  readonly through: readonly string[];
}

/** The wire shape of `contract.md`: worst first. */
export interface Evaluation {
  readonly worst_tier: Tier;
  readonly worst_tier_label: string;
  /** Changes other than no-op and read. */
  readonly total_changes: number;
  /** Tier (as a string key) → number of changes. */
  readonly by_tier: Readonly<Record<string, number>>;
  readonly changes: readonly EvaluatedChange[];
  readonly cross_action_risks: readonly CrossActionRisk[];
  readonly blast_radius: readonly BlastRadius[];
  /** What a reader must know about the evaluation itself (incomplete plan, drift, …). */
  readonly notes: readonly string[];
  /** Where the changes are capped: the cursor of the next ones. */
  readonly next_cursor?: string | null;
}

/** What an evaluator returns: the full evaluation for people and the findings for policy. */
export interface Assessment {
  readonly evaluation: Evaluation;
  readonly findings: readonly Finding[];
}
