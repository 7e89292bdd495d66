import type { KubernetesAction, ResourceName } from '../../../../lib/core/action.ts';
import type { FindingClass, Tier } from '../../../../lib/core/finding.ts';

/**
 * Calls to kubectl, labelled from the reference and the documentation of Kubernetes before any rule was looked at.
 */
export interface KubeCase {
  readonly name: string;
  readonly action: KubernetesAction;
  /** The manifest of an apply. */
  readonly objects?: readonly object[];
  /** What the cluster holds, as `kubectl get -o json` prints it; absent: nobody could be asked. */
  readonly live?: readonly object[];
  readonly tier: Tier;
  readonly accept?: readonly Tier[];
  /** Classes of findings that must be there. */
  readonly classes: readonly FindingClass[];
  /** True: those and no other. */
  readonly only?: boolean;
}

interface More {
  readonly live?: readonly object[];
  readonly accept?: readonly Tier[];
  readonly only?: boolean;
  readonly namespace?: string;
}

type Classes = readonly FindingClass[];
type Fields = Readonly<Record<string, unknown>>;

function made(name: string, action: KubernetesAction, tier: Tier, classes: Classes, more: More): KubeCase {
  const { live, accept, only } = more;
  return {
    name,
    action,
    tier,
    classes,
    ...(live ? { live } : {}),
    ...(accept ? { accept } : {}),
    ...(only ? { only } : {}),
  };
}

export function apply(
  name: string,
  objects: object | readonly object[],
  tier: Tier,
  classes: Classes,
  more: More = {},
): KubeCase {
  const action: KubernetesAction = {
    kind: 'kubectl-apply',
    manifest: { from: 'argument' },
    namespace: more.namespace ?? null,
    dryRun: 'none',
  };
  return {
    ...made(`apply ${name}`, action, tier, classes, more),
    objects: Array.isArray(objects) ? objects : [objects],
  };
}

export function remove(
  resource: string,
  name: string,
  tier: Tier,
  classes: Classes,
  more: More = {},
): KubeCase {
  const action: KubernetesAction = {
    kind: 'kubectl-delete',
    resource,
    name: 'a' as ResourceName,
    namespace: more.namespace ?? null,
  };
  return made(`delete ${resource}, ${name}`, action, tier, ['kubectl_delete', ...classes], more);
}

export function scale(
  resource: string,
  replicas: number,
  name: string,
  tier: Tier,
  classes: Classes,
  more: More = {},
): KubeCase {
  const action: KubernetesAction = {
    kind: 'kubectl-scale',
    resource,
    name: 'a' as ResourceName,
    namespace: more.namespace ?? null,
    replicas,
  };
  return made(`scale ${resource} to ${replicas}, ${name}`, action, tier, classes, more);
}

export function object(apiVersion: string, kind: string, more: Fields = {}, metadata: Fields = {}): object {
  return { apiVersion, kind, metadata: { name: 'a', ...metadata }, ...more };
}

/** As the cluster has it: with a namespace. */
export function held(apiVersion: string, kind: string, more: Fields = {}, metadata: Fields = {}): object {
  return object(apiVersion, kind, more, { namespace: 'default', ...metadata });
}

export const pods = (kind: string, spec: Fields, more: Fields = {}, metadata: Fields = {}): object =>
  object(
    'apps/v1',
    kind,
    { spec: { ...more, template: { spec: { containers: [{ name: 'c', image: 'i' }], ...spec } } } },
    metadata,
  );
export const box = (container: Fields): object =>
  pods('Deployment', { containers: [{ name: 'c', image: 'i', ...container }] });
