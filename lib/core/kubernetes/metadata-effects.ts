/** What an object's metadata does by itself: whom it belongs to, and what must be done before it goes. */
import type { ConsequenceClass } from '../finding.ts';
import { type Effect, effect } from './effect.ts';
import { at, isFields, type KubeObject, listAt, textAt } from './object.ts';

export function metadataEffects({ fields, kind }: KubeObject): Effect[] {
  return [...ownerEffects(fields, kind), ...finalizerEffects(fields)];
}

/** The garbage collector deletes what belongs to an owner that is gone, or that never was. */
function ownerEffects(fields: KubeObject['fields'], kind: string): Effect[] {
  const owners = listAt(fields, 'metadata.ownerReferences').filter(isFields);
  if (owners.length === 0) return [];
  const names = owners.map((owner) => `${textAt(owner, 'kind') ?? '?'}/${textAt(owner, 'name') ?? '?'}`);
  return [
    effect(
      5,
      HELD[kind] ?? null,
      `it is deleted as soon as ${names.join(' and ')} is gone, or at once if there is none`,
      [{ path: 'metadata.ownerReferences', value: names }],
      'leave ownerReferences to the controller that owns the object',
    ),
  ];
}

const HELD: Readonly<Record<string, ConsequenceClass>> = {
  PersistentVolumeClaim: 'pv_delete',
  PersistentVolume: 'pv_delete',
  Secret: 'secret_delete',
  VolumeSnapshot: 'backup_delete',
  VolumeSnapshotContent: 'backup_delete',
};

/** An empty list takes away what waits for a volume to be unused, or for something outside to be cleaned up. */
function finalizerEffects(fields: KubeObject['fields']): Effect[] {
  const metadata = at(fields, 'metadata');
  if (!isFields(metadata) || !Object.hasOwn(metadata, 'finalizers')) return [];
  if (listAt(fields, 'metadata.finalizers').length > 0) return [];
  return [
    effect(1, 'protection_disabled', 'nothing is waited for any more when it is deleted', [
      { path: 'metadata.finalizers', value: [] },
    ]),
  ];
}
