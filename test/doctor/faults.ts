/** Faults to plant: a piece of code, and what stands there instead. */
export interface PlantedFault {
  readonly what: string;
  readonly file: string;
  readonly code: string;
  readonly instead: string;
  /** The self-test that must fail. */
  readonly seenBy: string;
}

export const FAULTS: readonly PlantedFault[] = [
  // tool exposure
  {
    what: 'an extra tool is exposed',
    file: 'lib/tools/table.ts',
    code: '  getPlan,\n];',
    instead: "  getPlan,\n  { ...getPlan, name: 'gateway_approve' },\n];",
    seenBy: 'exactly-the-14-tools',
  },
  {
    what: 'a tool is missing',
    file: 'lib/tools/table.ts',
    code: '  checkApproval,\n',
    instead: '',
    seenBy: 'exactly-the-14-tools',
  },
  {
    what: 'unknown arguments are dropped without a word',
    file: 'lib/tools/get-plan.ts',
    code: 'z.strictObject(',
    instead: 'z.object(',
    seenBy: 'unknown-arguments-refused',
  },
  {
    what: 'a path may climb out of the root',
    file: 'lib/core/root-path.ts',
    code: 'else if (kept.pop() === undefined) return null;',
    instead: 'else kept.pop();',
    seenBy: 'paths-stay-in-the-root',
  },
  {
    what: 'an absolute path is taken',
    file: 'lib/core/root-path.ts',
    code: "text.startsWith('/') ||",
    instead: '',
    seenBy: 'paths-stay-in-the-root',
  },
  {
    what: 'a cursor reads any blob',
    file: 'lib/tools/output-page.ts',
    code: '|| !allowed.includes(blob)',
    instead: '',
    seenBy: 'raw-plan-files-unreadable',
  },
  {
    what: 'calls are not audited before they run',
    file: 'lib/gateway.ts',
    code: "await append(ctx, caller, 'call.received', {",
    instead: 'void ({',
    seenBy: 'every-call-audited',
  },
  {
    what: 'answers are not audited',
    file: 'lib/gateway.ts',
    code: "await append(ctx, caller, 'call.answered', {",
    instead: 'void ({',
    seenBy: 'every-call-audited',
  },
  // terraform enforcement
  {
    what: 'mutations are allowed whatever policy says',
    file: 'lib/core/policy/decide.ts',
    code: 'export function decide(',
    instead:
      "export function decide(): Verdict {\n  return { decision: 'allow', reasons: [] };\n}\nfunction decideReally(",
    seenBy: 'mutation-follows-policy',
  },
  {
    what: 'the evaluator finds nothing',
    file: 'lib/core/terraform/judge.ts',
    code: '...assessment.findings,',
    instead: '',
    seenBy: 'unrecoverable-asks-a-human',
  },
  {
    what: 'deleting an unknown type counts as reversible',
    file: 'lib/core/terraform/judge.ts',
    code: '...assessment.findings,',
    instead: '...assessment.findings.filter((each) => each.tier !== 5),',
    seenBy: 'unknown-asks-a-human',
  },
  {
    what: 'a plan that deletes everything is no destroy',
    file: 'lib/core/terraform/judge.ts',
    code: 'if (!destroysEverything(plan)) return [];',
    instead: 'return [];',
    seenBy: 'destroy-is-one-thing',
  },
  {
    what: 'terraform plans before the scan is decided on',
    file: 'lib/lifecycle/terraform-plan.ts',
    code: 'if (stopped !== null)',
    instead: 'if (false)',
    seenBy: 'code-stops-before-it-runs',
  },
  {
    what: 'the scan is off',
    file: 'lib/lifecycle/source-scan.ts',
    code: 'return [...findings, ...(await unconfined(ctx, findings))];',
    instead: 'return findings.slice(0, 0);',
    seenBy: 'code-stops-before-it-runs',
  },
  {
    what: 'every provider is allowed',
    file: 'lib/lifecycle/source-scan.ts',
    code: 'const { allowedProviders, allowedBackends } = ctx.policy.terraform;',
    instead:
      "const allowedProviders = ['doctor.invalid/acme/x'], { allowedBackends } = ctx.policy.terraform;",
    seenBy: 'foreign-providers-stop',
  },
  {
    what: 'a cloud backend only asks a human',
    file: 'lib/core/policy/floors.ts',
    code: 'remote_operations_backend: BLOCK',
    instead: 'remote_operations_backend: ESCALATE',
    seenBy: 'foreign-providers-stop',
  },
  {
    what: 'protected workspaces are not looked at',
    file: 'lib/core/policy/act-findings.ts',
    code: 'if (policy.protectedWorkspaces.includes(action.workspace)) {',
    instead: 'if (false) {',
    seenBy: 'protected-workspace-asks-a-human',
  },
  {
    what: 'a plan that failed may be applied',
    file: 'lib/lifecycle/planned-plan.ts',
    code: 'if (read.errored) {',
    instead: 'if (false) {',
    seenBy: 'failed-plans-never-apply',
  },
  {
    what: 'redaction by value is off',
    file: 'lib/lifecycle/put-text.ts',
    code: 'redactText(text, secrets)',
    instead: 'text',
    seenBy: 'sensitive-values-masked',
  },
  // plan lifecycle
  {
    what: 'pending counts as approved',
    file: 'lib/core/authorize.ts',
    code: "if (state.state === 'approved') return mint",
    instead: "if (state.state === 'approved' || state.state === 'pending') return mint",
    seenBy: 'pending-is-not-approved',
  },
  {
    what: 'no approval is needed',
    file: 'lib/core/authorize.ts',
    code: 'if (approval === null) return refuse(',
    instead:
      "if (approval === null) return mint(plan, null, 'escalate'); if (approval === null) return refuse(",
    seenBy: 'pending-is-not-approved',
  },
  {
    what: 'a plan may run again',
    file: 'lib/core/usable-plan.ts',
    code: 'if (request.run !== null) return refuseUsed(plan, request.run);',
    instead: '',
    seenBy: 'pending-is-not-approved',
  },
  {
    what: 'a rejection is forgotten',
    file: 'lib/core/approval.ts',
    code: "if (rejection) return { state: 'rejected', by: rejection.approver, reason: rejection.reason };",
    instead: '',
    seenBy: 'rejected-stays-rejected',
  },
  {
    what: 'asking again reopens a rejected plan',
    file: 'lib/lifecycle/approvals.ts',
    code: 'return Date.parse(view.approval.expires_at) > ctx.clock.now().getTime();',
    instead: 'return false;',
    seenBy: 'rejected-stays-rejected',
  },
  {
    what: "a plan's expiry is ignored",
    file: 'lib/core/usable-plan.ts',
    code: 'if (isExpired(plan, now)) return planExpired(plan);',
    instead: '',
    seenBy: 'expiry-is-checked-on-every-read',
  },
  {
    what: "an approval's expiry is ignored",
    file: 'lib/core/approval.ts',
    code: "if (isExpired(approval, now)) return { state: 'expired' };",
    instead: '',
    seenBy: 'expiry-is-checked-on-every-read',
  },
  {
    what: 'what expires at this millisecond still holds',
    file: 'lib/core/plan.ts',
    code: '!(Date.parse(record.expires_at) > now.getTime())',
    instead: '!(Date.parse(record.expires_at) >= now.getTime())',
    seenBy: 'expiry-is-checked-on-every-read',
  },
  {
    what: 'approvals are not spent',
    file: 'lib/lifecycle/claim.ts',
    code: "if ((await createOnce(ctx.store, 'spend', approvalId, spend)) === 'created') return null;",
    instead: 'return null;',
    seenBy: 'one-approval-one-run',
  },
  {
    what: 'the digest is not computed again',
    file: 'lib/core/authorize.ts',
    code: 'if (evidence.digest !== plan.digest) {',
    instead: 'if (false) {',
    seenBy: 'tampering-is-seen',
  },
  {
    what: 'the workspace in the plan file is not compared',
    file: 'lib/core/authorize.ts',
    code: 'if (evidence.workspace !== workspaceOf(plan)) {',
    instead: 'if (false) {',
    seenBy: 'tampering-is-seen',
  },
  {
    what: 'tampered bytes count as intact',
    file: 'lib/core/authorize.ts',
    code: "if (evidence.state === 'tampered') {",
    instead:
      "if (evidence.state === 'tampered') return mint(plan, null, 'allow');\n  if (evidence.state === 'tampered') {",
    seenBy: 'tampering-is-seen',
  },
  {
    what: 'the evaluation that humans see is not bound',
    file: 'lib/lifecycle/evidence.ts',
    code: 'if (!isWhatWasShown(plan, assessment.evaluation))',
    instead: 'if (false)',
    seenBy: 'tampering-is-seen',
  },
  {
    what: 'the stored decision is believed',
    file: 'lib/core/authorize.ts',
    code: "if (decision === 'allow' || decision === 'warn') return mint",
    instead: "if (plan.decision === 'allow' || plan.decision === 'warn') return mint",
    seenBy: 'stored-decisions-are-not-believed',
  },
  {
    what: 'break-glass is not verified',
    file: 'lib/core/break-glass.ts',
    code: "verify({ type: 'recourse.break-glass.v1'",
    instead: "Boolean({ type: 'recourse.break-glass.v1'",
    seenBy: 'forged-votes-do-not-count',
  },
  {
    what: 'signatures are not verified',
    file: 'lib/core/approval.ts',
    code: 'counts(vote, approval, rules) && verify(vote)',
    instead: 'counts(vote, approval, rules)',
    seenBy: 'forged-votes-do-not-count',
  },
  {
    what: 'the requester may vote',
    file: 'lib/core/approval.ts',
    code: 'return agent.toLowerCase() === name || human?.toLowerCase() === name;',
    instead: 'return agent === name && human === name;',
    seenBy: 'forged-votes-do-not-count',
  },
  {
    what: "an agent may use another's plan",
    file: 'lib/core/usable-plan.ts',
    code: 'return policy.sharePlans || plan.caller.agent === caller.agent;',
    instead: 'return true;',
    seenBy: 'plans-belong-to-their-agent',
  },
  // kubernetes gates
  {
    what: 'kubectl delete is a change like any other',
    file: 'lib/core/policy/act-findings.ts',
    code: "add('kubectl_delete',",
    instead: "void ('kubectl_delete',",
    seenBy: 'destructive-kubectl-asks-a-human',
  },
  {
    what: 'kubectl exec is a change like any other',
    file: 'lib/core/policy/act-findings.ts',
    code: "case 'kubectl-exec':\n      add(",
    instead: "case 'kubectl-exec':\n      if (action.command.length < 0) add(",
    seenBy: 'destructive-kubectl-asks-a-human',
  },
  {
    what: 'the namespace is read from the argument only',
    file: 'lib/core/kubernetes/consequences.ts',
    code: '...protectedFindings(touched, context.protectedNamespaces ?? []),',
    instead: '',
    seenBy: 'namespaces-are-read-everywhere',
  },
  {
    what: 'Secrets are printed as they are',
    file: 'lib/core/kubernetes/mask.ts',
    code: "return value.kind === 'Secret';",
    instead: 'return false;',
    seenBy: 'secret-values-masked',
  },
  // shell sandbox patterns
  {
    what: 'the block list is empty',
    file: 'lib/core/shell/judge.ts',
    code: 'of BUILTIN_BLOCKS)',
    instead: 'of BUILTIN_BLOCKS.slice(0, 0))',
    seenBy: 'block-list-holds',
  },
  {
    what: 'wrappers are not peeled',
    file: 'lib/core/shell/wrappers.ts',
    code: 'export function inners(call: Invocation): Inner[] {',
    instead: 'export function inners(call: Invocation): Inner[] {\n  if (call) return [];',
    seenBy: 'block-list-holds',
  },
  {
    what: 'blocked commands only ask a human',
    file: 'lib/core/policy/floors.ts',
    code: 'shell_blocked: BLOCK',
    instead: 'shell_blocked: ESCALATE',
    seenBy: 'block-list-holds',
  },
  {
    what: 'what is not known to read counts as reading',
    file: 'lib/core/shell/judge.ts',
    code: 'return verdict.reasons.map((reason) => ({',
    instead:
      "return verdict.reasons.filter((reason) => reason.class !== 'shell_not_read_only').map((reason) => ({",
    seenBy: 'only-known-reads-run',
  },
  {
    what: 'what is not understood counts as reading',
    file: 'lib/core/shell/judge.ts',
    code: 'return verdict.reasons.map((reason) => ({',
    instead:
      "return verdict.reasons.filter((reason) => reason.class !== 'shell_not_understood').map((reason) => ({",
    seenBy: 'only-known-reads-run',
  },
  {
    what: 'secret files are files like any other',
    file: 'lib/core/shell/secrets.ts',
    code: 'export function isSecretPath(path: string): boolean {',
    instead: 'export function isSecretPath(path: string): boolean {\n  if (path) return false;',
    seenBy: 'secret-files-stay-shut',
  },
];
