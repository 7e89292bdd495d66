/** What the API server of the tests serves. */
export interface ServedKind {
  readonly kind: string;
  readonly plural: string;
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly short: readonly string[];
  /** Member of the category `all`. */
  readonly all: boolean;
  readonly scalable: boolean;
}

export const KINDS: readonly ServedKind[] = [
  served('Pod', 'pods', '', ['po'], { all: true }),
  served('Service', 'services', '', ['svc'], { all: true }),
  served('ConfigMap', 'configmaps', '', ['cm']),
  served('Secret', 'secrets', '', []),
  served('PersistentVolumeClaim', 'persistentvolumeclaims', '', ['pvc']),
  served('PersistentVolume', 'persistentvolumes', '', ['pv'], { namespaced: false }),
  served('Namespace', 'namespaces', '', ['ns'], { namespaced: false }),
  served('Deployment', 'deployments', 'apps', ['deploy'], { all: true, scalable: true }),
  served('StatefulSet', 'statefulsets', 'apps', ['sts'], { all: true, scalable: true }),
];

function served(
  kind: string,
  plural: string,
  group: string,
  short: readonly string[],
  more: { namespaced?: boolean; all?: boolean; scalable?: boolean } = {},
): ServedKind {
  return {
    kind,
    plural,
    group,
    version: 'v1',
    namespaced: true,
    short,
    all: false,
    scalable: false,
    ...more,
  };
}
