/** The policy file that was promised, word for word. */
export const POLICY_EXAMPLE = `recourseos:
  version: '2.0'
  environments:                # dev, staging and prod are built in; more may be added
    prod:
      default_mutation: escalate       # allow | warn | escalate | block
      terraform_destroy: block
      kubectl_exec: escalate
      kubectl_delete: escalate
      unrecoverable: escalate
      needs_review: escalate
      from_backup: escalate
  protected_namespaces: [kube-system, monitoring, production]
  protected_workspaces: [prod, production]
  always_block: [disable_audit_logging, delete_backup_vault]   # finding classes
  always_escalate: [database_delete, iam_policy_change]
  shell:
    always_block: ['curl | sh', 'rm -rf /', 'sudo su']
    always_escalate: ['aws', 'terraform apply']
    always_allow: ['make lint']
  terraform: { allowed_providers: ['hashicorp/*'] }
  approvals:
    quorum: 1
    approvers: ['alice@example.com']
    providers: { email: {}, slack: {}, servicenow: {}, webhook: {} }
  limits: { pending_approvals_per_agent: 20, calls_per_minute: 120, output_bytes: 65536 }
  plan_ttl_seconds: 3600
  approval_ttl_seconds: 86400
`;
