/**
 * kubectl's argument list for an action. Values stand in `--key=value` or after `--`, so that none can become a
 * flag, and the namespace is always said: a context's own default never decides where something happens.
 * (Objects of a manifest may say it themselves: `apply-namespace.ts`.)
 */
import type { KubernetesAction } from '../../core/action.ts';

/** What is kept of logs and other text, in bytes. */
export const MAX_TEXT = 4 * 1024 * 1024;

/**
 * `serverSide`: an apply of which the cluster gave a server-side diff is applied the same way. `place`: what tells an
 * apply where its objects belong.
 */
export function kubectlArguments(
  action: KubernetesAction,
  serverSide: boolean,
  place: readonly string[] = [namespaceArgument(action.namespace)],
): string[] {
  const namespace = namespaceArgument(action.namespace);
  switch (action.kind) {
    case 'kubectl-get':
      return [
        'get',
        action.allNamespaces ? '--all-namespaces' : namespace,
        `--output=${action.output === 'yaml' ? 'json' : action.output}`,
        ...(action.selector === null ? [] : [`--selector=${action.selector}`]),
        '--',
        action.resource,
        ...(action.name === null ? [] : [action.name]),
      ];
    case 'kubectl-logs':
      return [
        'logs',
        namespace,
        ...containerArgument(action.container),
        ...(action.tail === null ? [] : [`--tail=${action.tail}`]),
        ...(action.since === null ? [] : [`--since=${action.since}`]),
        `--limit-bytes=${MAX_TEXT}`,
        ...(action.previous ? ['--previous=true'] : []),
        '--',
        action.pod,
      ];
    case 'kubectl-describe':
      return ['describe', namespace, '--', action.resource, action.name];
    case 'kubectl-apply':
      return [
        'apply',
        ...place,
        ...(serverSide || action.dryRun === 'server' ? ['--server-side=true'] : []),
        ...(action.dryRun === 'none' ? [] : [`--dry-run=${action.dryRun}`]),
        '--filename=-',
      ];
    case 'kubectl-delete':
      return ['delete', namespace, '--', action.resource, action.name];
    case 'kubectl-scale':
      return ['scale', namespace, `--replicas=${action.replicas}`, '--', action.resource, action.name];
    case 'kubectl-exec':
      // kubectl wants the pod before the dashes; a pod's name cannot begin with one.
      return ['exec', namespace, ...containerArgument(action.container), action.pod, '--', ...action.command];
  }
}

export function namespaceArgument(namespace: string | null): string {
  return `--namespace=${namespace ?? 'default'}`;
}

function containerArgument(container: string | null): string[] {
  return container === null ? [] : [`--container=${container}`];
}
