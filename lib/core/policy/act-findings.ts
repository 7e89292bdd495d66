import { type Action, isMutation } from '../action.ts';
import type { Finding, FindingClass } from '../finding.ts';
import type { Policy } from './policy.ts';

/** Classes that follow from the action itself, whatever evaluators found. */
export function actFindings(action: Action, policy: Policy): Finding[] {
  const found: Finding[] = [];
  const add = (of: FindingClass, address: string, why: string): void => {
    found.push({ rule: `act.${of}`, class: of, tier: null, address, why, evidence: [] });
  };
  switch (action.kind) {
    case 'terraform-plan':
      break;
    case 'terraform-apply':
    case 'terraform-destroy': {
      const destroys =
        action.kind === 'terraform-destroy' || action.args.some((argument) => argument.flag === 'destroy');
      if (destroys) add('terraform_destroy', '', 'This destroys what the workspace manages.');
      if (policy.protectedWorkspaces.includes(action.workspace)) {
        add('protected_workspace', '', `Workspace ${action.workspace} is protected.`);
      }
      break;
    }
    case 'kubectl-delete':
      add('kubectl_delete', addressOf(action), `kubectl delete removes ${action.resource} ${action.name}.`);
      break;
    case 'kubectl-scale':
      if (!(action.replicas > 0)) {
        add(
          'scale_to_zero',
          addressOf(action),
          `Scaling ${action.resource} ${action.name} to zero stops it.`,
        );
      }
      break;
    case 'kubectl-exec':
      add(
        'kubectl_exec',
        `pod/${namespaceOf(action)}/${action.pod}`,
        'kubectl exec runs a command in a pod.',
      );
      break;
    case 'kubectl-apply':
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
    case 'shell':
      break;
  }
  for (const namespace of namespacesChanged(action)) {
    if (policy.protectedNamespaces.includes(namespace)) {
      add('protected_namespace', `namespace/${namespace}`, `Namespace ${namespace} is protected.`);
    }
  }
  return found;
}

function addressOf(action: { resource: string; name: string; namespace: string | null }): string {
  return `${action.resource}/${namespaceOf(action)}/${action.name}`;
}

/** kubectl without a namespace is run in `default`. */
function namespaceOf(action: { readonly namespace: string | null }): string {
  return action.namespace ?? 'default';
}

function namespacesChanged(action: Action): string[] {
  if (!isMutation(action)) return [];
  switch (action.kind) {
    case 'kubectl-delete':
    case 'kubectl-scale':
      return isNamespaceKind(action.resource) ? [namespaceOf(action), action.name] : [namespaceOf(action)];
    case 'kubectl-apply':
    case 'kubectl-exec':
      return [namespaceOf(action)];
    case 'terraform-plan':
    case 'terraform-apply':
    case 'terraform-destroy':
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
    case 'shell':
      return [];
  }
}

/** kubectl takes a kind in any case, by its short name and as `resource.version.group`, alone or in a list. */
function isNamespaceKind(resource: string): boolean {
  return resource
    .toLowerCase()
    .split(/[,/]/)
    .some((kind) => ['namespace', 'namespaces', 'ns'].includes(kind.trim().split('.')[0] ?? ''));
}
