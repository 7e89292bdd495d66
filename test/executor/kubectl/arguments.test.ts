import { describe, expect, it } from 'vitest';
import type { Action, KubernetesAction, ResourceName } from '../../../lib/core/action.ts';
import { kubectlArguments } from '../../../lib/executor/kubectl/arguments.ts';

const name = 'web' as ResourceName;

/** Every action, with values that would be flags if they could. */
const ACTIONS: readonly KubernetesAction[] = [
  {
    kind: 'kubectl-get',
    resource: 'pods',
    name: null,
    namespace: null,
    selector: '--token=x',
    output: 'yaml',
    allNamespaces: false,
  },
  {
    kind: 'kubectl-logs',
    pod: name,
    namespace: 'a',
    container: name,
    tail: 3,
    since: '10m',
    previous: true,
  },
  { kind: 'kubectl-describe', resource: 'pods', name, namespace: null },
  { kind: 'kubectl-apply', manifest: { from: 'argument' }, namespace: null, dryRun: 'none' },
  { kind: 'kubectl-delete', resource: 'pods', name, namespace: 'a' },
  { kind: 'kubectl-scale', resource: 'deploy', name, namespace: null, replicas: 0 },
  {
    kind: 'kubectl-exec',
    pod: name,
    command: ['sh', '-c', '--kubeconfig=/etc/passwd'],
    namespace: null,
    container: null,
  },
];

const EXPECTED: Readonly<Record<KubernetesAction['kind'], string>> = {
  'kubectl-get': 'get --namespace=default --output=json --selector=--token=x -- pods',
  'kubectl-logs':
    'logs --namespace=a --container=web --tail=3 --since=10m --limit-bytes=4194304 --previous=true -- web',
  'kubectl-describe': 'describe --namespace=default -- pods web',
  'kubectl-apply': 'apply --namespace=default --filename=-',
  'kubectl-delete': 'delete --namespace=a -- pods web',
  'kubectl-scale': 'scale --namespace=default --replicas=0 -- deploy web',
  'kubectl-exec': 'exec --namespace=default web -- sh -c --kubeconfig=/etc/passwd',
};

describe("kubectl's arguments", () => {
  it.each(ACTIONS.map((action) => [action.kind, action] as const))('%s', (_kind, action) => {
    expect(kubectlArguments(action, false).join(' ')).toBe(EXPECTED[action.kind]);
  });

  it.each(ACTIONS.map((action) => [action.kind, action] as const))(
    '%s always names the namespace',
    (_kind, action) => {
      const args = kubectlArguments(action, false);
      expect(args).toContain(`--namespace=${action.namespace ?? 'default'}`);
      expect(args.indexOf('--namespace=default')).not.toBeGreaterThan(
        args.includes('--') ? args.indexOf('--') : 99,
      );
    },
  );

  it('looks in all namespaces only where that was asked for', () => {
    const [get] = ACTIONS;
    if (get?.kind !== 'kubectl-get') throw new Error('the first action is a get');
    const args = kubectlArguments({ ...get, allNamespaces: true }, false);
    expect(args).toContain('--all-namespaces');
    expect(args.some((each) => each.startsWith('--namespace'))).toBe(false);
  });

  it('applies the way that was shown', () => {
    const apply: Extract<Action, { kind: 'kubectl-apply' }> = {
      kind: 'kubectl-apply',
      manifest: { from: 'argument' },
      namespace: null,
      dryRun: 'none',
    };
    expect(kubectlArguments(apply, true)).toContain('--server-side=true');
    expect(kubectlArguments(apply, false)).not.toContain('--server-side=true');
    expect(kubectlArguments({ ...apply, dryRun: 'client' }, false)).toContain('--dry-run=client');
  });
});
