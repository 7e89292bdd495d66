/** What a policy answers to something, without a gateway, a cluster or terraform: for `evaluate` and `policy test`. */
import type { RootPath, WorkspaceName } from '../lib/core/action.ts';
import type { Evaluation } from '../lib/core/finding.ts';
import { assessKubernetes } from '../lib/core/kubernetes/consequences.ts';
import { readManifest } from '../lib/core/kubernetes/manifest.ts';
import { NO_OWN, ownMatcher } from '../lib/core/own.ts';
import { decide, type Verdict } from '../lib/core/policy/decide.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import { judgeShell, shellFindings } from '../lib/core/shell/judge.ts';
import { judgeTerraformPlan } from '../lib/core/terraform/judge.ts';

export interface Answer<E extends Evaluation | null = Evaluation | null> {
  readonly verdict: Verdict;
  readonly evaluation: E;
}

/** Why there is no answer. */
export interface NoAnswer {
  readonly problem: string;
}

export function shellVerdict(command: string, environment: string, policy: Policy): Answer<null> {
  const action = { kind: 'shell', command, cwd: '.' as RootPath, timeoutMs: 30_000 } as const;
  const findings = shellFindings(judgeShell(command, policy.shell));
  return { verdict: decide(action, environment, policy, findings), evaluation: null };
}

export function planVerdict(
  planJson: unknown,
  plan: { readonly workspace: string | null; readonly destroy: boolean },
  environment: string,
  policy: Policy,
): Answer<Evaluation> | NoAnswer {
  const judged = judgeTerraformPlan({
    action: {
      kind: plan.destroy ? 'terraform-destroy' : 'terraform-apply',
      cwd: '.' as RootPath,
      workspace: (plan.workspace ?? 'default') as WorkspaceName,
      ref: null,
      args: plan.destroy ? [{ flag: 'destroy' }] : [],
    },
    environment,
    policy,
    planJson,
    scan: [],
    history: { findings: [] },
    own: ownMatcher(NO_OWN),
  });
  if (!judged.ok) return { problem: judged.problem };
  return { verdict: judged.judgement.verdict, evaluation: judged.judgement.assessment.evaluation };
}

/** `manifest` where the action has one. No cluster is asked. */
export function kubectlVerdict(
  action: KubernetesAction,
  manifest: Uint8Array | null,
  environment: string,
  policy: Policy,
): Answer<Evaluation> | NoAnswer {
  const read = manifest === null ? null : readManifest(manifest);
  if (read !== null && !read.ok) return { problem: read.problem };
  const { evaluation, findings } = assessKubernetes(action, read?.objects ?? [], {
    protectedNamespaces: policy.protectedNamespaces,
    notes: ['no cluster was asked: every object counts as one that may exist already'],
  });
  return { verdict: decide(action, environment, policy, findings), evaluation };
}

export type KubernetesAction = Parameters<typeof assessKubernetes>[0];

export function applyAction(namespace: string | null): KubernetesAction {
  return {
    kind: 'kubectl-apply',
    manifest: { from: 'file', file: '.' as RootPath },
    namespace,
    dryRun: 'none',
  };
}
