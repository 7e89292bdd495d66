import type { KubernetesAction } from '../action.ts';
import type { Finding } from '../finding.ts';
import type { OwnMatcher } from '../own.ts';
import { ownMentions } from '../own-mentions.ts';
import type { KubeObject } from './object.ts';

/**
 * What an action touches of the gateway's own: objects and namespaces by name, label and whatever a manifest names
 * (a role's ARN on a service account, a bucket in a custom resource that makes cloud resources).
 */
export function ownObjects(
  action: KubernetesAction,
  objects: readonly KubeObject[],
  own: OwnMatcher,
): readonly Finding[] {
  if (own.isEmpty) return [];
  switch (action.kind) {
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
      return [];
    case 'kubectl-apply':
      return [
        ...named(action.namespace, 'namespace', own),
        ...objects.flatMap((object) => applied(object, own)),
      ];
    case 'kubectl-delete':
    case 'kubectl-scale':
      return [...named(action.namespace, 'namespace', own), ...named(action.name, 'name', own)];
    case 'kubectl-exec':
      return [...named(action.namespace, 'namespace', own), ...named(action.pod, 'pod', own)];
  }
}

function named(text: string | null, path: string, own: OwnMatcher): Finding[] {
  const pattern = text === null ? null : own.named(text);
  return pattern === null ? [] : [finding(`${path} ${text}`, pattern, path)];
}

function applied(object: KubeObject, own: OwnMatcher): Finding[] {
  const [first] = ownMentions(object.fields, own);
  if (first === undefined) return [];
  const place = object.namespace === null ? '' : `${object.namespace}/`;
  return [finding(`${object.kind}/${place}${object.name}`, first.own, first.path)];
}

function finding(address: string, pattern: string, path: string): Finding {
  return {
    rule: 'own.kubernetes',
    class: 'gateway_self_modification',
    tier: null,
    address,
    why: `It touches ${pattern}, which belongs to the gateway.`,
    evidence: [{ path, value: pattern }],
  };
}
