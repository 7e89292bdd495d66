/**
 * What the cluster holds of an object before it is changed, cut down to what consequences depend on. It is
 * frozen with the plan, so it holds no secret and nothing that changes by itself.
 */
import { at, type Fields, isFields, isTrueAt, listAt, numberAt, textAt } from './object.ts';

export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | null;
  /** `Kind/name` of the controller that would make it again, or null. */
  readonly controller: string | null;
  readonly replicas: number | null;
  readonly maxReplicas: number | null;
  readonly minAvailable: string | null;
  readonly suspended: boolean;
  /** Of a PersistentVolume, of the volume behind a claim, of a StorageClass; `deletionPolicy` of a snapshot. */
  readonly reclaimPolicy: string | null;
  readonly whenDeleted: string | null;
  readonly whenScaled: string | null;
  readonly serviceType: string | null;
}

/** What was looked at, and found or not. `null` as a whole: the cluster could not be asked. */
export type LiveState = readonly LiveObject[] | null;

/** Reads what `kubectl get -o json` printed: one object or a list. Anything else gives an empty list. */
export function readLive(printed: unknown): readonly LiveObject[] {
  const items = isFields(printed) && Array.isArray(printed.items) ? printed.items : [printed];
  const objects = items.filter(isFields).flatMap((item) => liveObject(item) ?? []);
  const policies = new Map(
    objects.filter((each) => each.kind === 'PersistentVolume').map((each) => [each.name, each.reclaimPolicy]),
  );
  return objects.map((each, index) => {
    const volume = each.kind === 'PersistentVolumeClaim' ? textAt(items[index], 'spec.volumeName') : null;
    return volume === null ? each : { ...each, reclaimPolicy: policies.get(volume) ?? null };
  });
}

/** Name of the volume behind a claim that `kubectl get -o json` printed; null where there is none. */
export function boundVolume(printed: unknown): string | null {
  return textAt(printed, 'kind') === 'PersistentVolumeClaim' ? textAt(printed, 'spec.volumeName') : null;
}

export function findLive(
  live: LiveState,
  kind: string,
  namespace: string | null,
  name: string,
): LiveObject | null {
  const found = (live ?? []).find(
    (each) => each.kind === kind && each.name === name && (each.namespace ?? '') === (namespace ?? ''),
  );
  return found ?? null;
}

function liveObject(fields: Fields): LiveObject | null {
  const [apiVersion, kind, name] = [
    textAt(fields, 'apiVersion'),
    textAt(fields, 'kind'),
    textAt(fields, 'metadata.name'),
  ];
  if (apiVersion === null || kind === null || name === null) return null;
  const controller = listAt(fields, 'metadata.ownerReferences').find((owner) =>
    isTrueAt(owner, 'controller'),
  );
  const minAvailable = at(fields, 'spec.minAvailable');
  return {
    apiVersion,
    kind,
    name,
    namespace: textAt(fields, 'metadata.namespace'),
    controller:
      controller === undefined
        ? null
        : `${textAt(controller, 'kind') ?? '?'}/${textAt(controller, 'name') ?? '?'}`,
    replicas: numberAt(fields, 'spec.replicas'),
    maxReplicas: numberAt(fields, 'spec.maxReplicas'),
    minAvailable: minAvailable === undefined ? null : String(minAvailable),
    suspended: isTrueAt(fields, 'spec.suspend'),
    reclaimPolicy:
      textAt(fields, 'spec.persistentVolumeReclaimPolicy') ??
      textAt(fields, 'reclaimPolicy') ??
      textAt(fields, 'spec.deletionPolicy'),
    whenDeleted: textAt(fields, 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted'),
    whenScaled: textAt(fields, 'spec.persistentVolumeClaimRetentionPolicy.whenScaled'),
    serviceType: textAt(fields, 'spec.type'),
  };
}
