import type { Action, ResourceName, RootPath, WorkspaceName } from '../../../lib/core/action.ts';
import type { Finding, FindingClass, Tier } from '../../../lib/core/finding.ts';

const cwd = '.' as RootPath;
const api = 'api' as ResourceName;

export function terraform(
  kind: 'terraform-plan' | 'terraform-apply' | 'terraform-destroy',
  workspace = 'default',
  destroy = false,
): Action {
  const args = destroy ? [{ flag: 'destroy' } as const] : [];
  return { kind, cwd, workspace: workspace as WorkspaceName, ref: null, args };
}

export const get: Action = {
  kind: 'kubectl-get',
  resource: 'pods',
  name: null,
  namespace: 'kube-system',
  selector: null,
  output: 'json',
  allNamespaces: false,
};

export function apply(namespace: string | null, dryRun: 'none' | 'client' | 'server' = 'none'): Action {
  return { kind: 'kubectl-apply', manifest: { from: 'argument' }, namespace, dryRun };
}

export function remove(resource: string, name = 'api', namespace: string | null = 'web'): Action {
  return { kind: 'kubectl-delete', resource, name: name as ResourceName, namespace };
}

export function scale(replicas: number, namespace: string | null = 'web'): Action {
  return { kind: 'kubectl-scale', resource: 'deployment', name: api, namespace, replicas };
}

export const exec: Action = {
  kind: 'kubectl-exec',
  pod: api,
  command: ['ls'],
  namespace: 'web',
  container: null,
};

export const shell: Action = { kind: 'shell', command: 'ls', cwd, timeoutMs: 1_000 };

export function finding(of: FindingClass | null, tier: Tier | null = null, address = 'a.b'): Finding {
  return { rule: `test.${of ?? 'none'}`, class: of, tier, address, why: 'It does a thing.', evidence: [] };
}
