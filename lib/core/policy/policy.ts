import type { Decision } from '../decision.ts';
import type { FindingClass } from '../finding.ts';
import type { ShellRules } from '../shell/judge.ts';
import type { Providers } from './providers.ts';

/** What an environment answers to each kind of act. Names are those of the policy file. */
export const ENVIRONMENT_KEYS = [
  'default_mutation',
  'terraform_destroy',
  'kubectl_exec',
  'kubectl_delete',
  'unrecoverable',
  'needs_review',
  'from_backup',
] as const;
export type EnvironmentKey = (typeof ENVIRONMENT_KEYS)[number];
export type EnvironmentRules = Readonly<Record<EnvironmentKey, Decision>>;

/** What somebody may do, or look at. A role that nobody holds in the file is explained in `core/roles.ts`. */
export const ROLES = ['approver', 'operator', 'auditor', 'viewer', 'override', 'break_glass'] as const;
export type Role = (typeof ROLES)[number];

/** A further demand on approvals: where it applies, so many of these people must be among those who approve. */
export interface ApprovalRule {
  /** Null: all. */
  readonly environments: readonly string[] | null;
  /** The plan has a finding of one of these classes. Null: whatever it has. */
  readonly classes: readonly FindingClass[] | null;
  /** Names of `groups`; empty: any approver. */
  readonly groups: readonly string[];
  readonly quorum: number;
}

/** A policy that has been checked: every value is within its floor and every pattern parses. */
export interface Policy {
  readonly version: string;
  readonly environments: Readonly<Record<string, EnvironmentRules>>;
  readonly protectedNamespaces: readonly string[];
  readonly protectedWorkspaces: readonly string[];
  readonly alwaysBlock: readonly FindingClass[];
  readonly alwaysEscalate: readonly FindingClass[];
  readonly shell: ShellRules;
  readonly terraform: {
    readonly tool: 'terraform' | 'tofu';
    /** Patterns over provider source addresses; `hashicorp/*` means registry.terraform.io/hashicorp/*. */
    readonly allowedProviders: readonly string[];
    readonly allowedBackends: readonly string[];
  };
  readonly approvals: {
    readonly quorum: number;
    /** Empty: any human with access to the control side may vote. */
    readonly approvers: readonly string[];
    readonly groups: Readonly<Record<string, readonly string[]>>;
    /** All that apply must be met. */
    readonly rules: readonly ApprovalRule[];
    /** How long before it expires people are reminded of a request; 0: never. */
    readonly reminderSeconds: number;
    readonly providers: Providers;
  };
  /** People, by role; groups are resolved. */
  readonly roles: Readonly<Record<Role, readonly string[]>>;
  readonly limits: {
    readonly pendingApprovalsPerAgent: number;
    readonly callsPerMinute: number;
    readonly outputBytes: number;
  };
  /** Agents may apply each other's plans. Default false. */
  readonly sharePlans: boolean;
  readonly planTtlSeconds: number;
  readonly approvalTtlSeconds: number;
}

/** One thing wrong with a policy file: where, what, and the nearest valid name where there is one. */
export interface PolicyProblem {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly path: string;
  readonly message: string;
  /** The valid name that was probably meant; `message` says it too. */
  readonly nearest?: string;
}
