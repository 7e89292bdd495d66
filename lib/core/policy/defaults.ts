/** The policy that holds where the file says nothing. A policy file is laid over this. */
import type { EnvironmentRules, Policy } from './policy.ts';

export const POLICY_VERSION = '2.0';

export const BUILT_IN_ENVIRONMENTS = ['dev', 'staging', 'prod'] as const;
export type BuiltInEnvironment = (typeof BUILT_IN_ENVIRONMENTS)[number];

/** Source: the decision table of the design. An environment that the file adds starts as `prod`. */
const ENVIRONMENTS: Readonly<Record<BuiltInEnvironment, EnvironmentRules>> = {
  dev: {
    default_mutation: 'allow',
    terraform_destroy: 'escalate',
    kubectl_exec: 'escalate',
    kubectl_delete: 'escalate',
    unrecoverable: 'escalate',
    needs_review: 'escalate',
    from_backup: 'warn',
  },
  staging: {
    default_mutation: 'warn',
    terraform_destroy: 'escalate',
    kubectl_exec: 'escalate',
    kubectl_delete: 'escalate',
    unrecoverable: 'escalate',
    needs_review: 'escalate',
    from_backup: 'warn',
  },
  prod: {
    default_mutation: 'escalate',
    terraform_destroy: 'block',
    kubectl_exec: 'escalate',
    kubectl_delete: 'escalate',
    unrecoverable: 'escalate',
    needs_review: 'escalate',
    from_backup: 'escalate',
  },
};

/** What an environment starts from before its entry in the file is laid over it. */
export function startingRules(environment: string): EnvironmentRules {
  return isBuiltIn(environment) ? ENVIRONMENTS[environment] : ENVIRONMENTS.prod;
}

function isBuiltIn(environment: string): environment is BuiltInEnvironment {
  return Object.hasOwn(ENVIRONMENTS, environment);
}

export const DEFAULT_POLICY: Policy = {
  version: POLICY_VERSION,
  environments: ENVIRONMENTS,
  protectedNamespaces: [
    // The cluster's own.
    'kube-system',
    'kube-public',
    'kube-node-lease',
    // What admits, routes, deploys or keeps secrets for everything else in the cluster.
    'argocd',
    'cert-manager',
    'external-secrets',
    'flux-system',
    'gatekeeper-system',
    'ingress-nginx',
    'istio-system',
    'kyverno',
    'vault',
    // Where people look first, and where customers are.
    'monitoring',
    'prod',
    'production',
  ],
  protectedWorkspaces: ['prod', 'production'],
  alwaysBlock: [],
  alwaysEscalate: [],
  /** Additions only: the built-in lists are part of the shell judge and cannot be reached from here. */
  shell: { block: [], escalate: [], allow: [] },
  terraform: { tool: 'terraform', allowedProviders: ['hashicorp/*'], allowedBackends: ['local'] },
  approvals: { quorum: 1, approvers: [], groups: {}, rules: [], reminderSeconds: 3_600, providers: {} },
  roles: { approver: [], operator: [], auditor: [], viewer: [], override: [], break_glass: [] },
  limits: { pendingApprovalsPerAgent: 20, callsPerMinute: 120, outputBytes: 65_536 },
  sharePlans: false,
  planTtlSeconds: 3_600,
  approvalTtlSeconds: 86_400,
};
