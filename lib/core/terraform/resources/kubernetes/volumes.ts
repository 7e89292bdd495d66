import {
  alike,
  any,
  type Check,
  effect,
  firstAt,
  is,
  otherwise,
  type RuleTable,
  rule,
  scaledDown,
  textsAt,
  turnsInto,
  type Watch,
  when,
} from '../vocabulary.ts';
import { nodeAccess } from './pods.ts';
import { versions } from './versions.ts';

const claimsDeleted: Check = is('spec.persistent_volume_claim_retention_policy.when_deleted', 'Delete');

/** Replicas cut while the retention policy deletes the claims of the pods that go. */
const claimsScaledAway: Watch = (view) => {
  const cut =
    Number(firstAt(view.before, 'spec.replicas') ?? 0) > Number(firstAt(view.after, 'spec.replicas') ?? 0);
  const policy = firstAt(view.after, 'spec.persistent_volume_claim_retention_policy.when_scaled');
  if (view.action !== 'update' || !cut || policy !== 'Delete') return [];
  return effect(
    'pv_delete',
    { tier: 4 },
    'replicas are cut and the volume claims of the pods that go are deleted',
    [{ path: 'after.spec[0].persistent_volume_claim_retention_policy[0].when_scaled', value: 'Delete' }],
  );
};

/** The bound volume is kept: its reclaim policy is in the plan or in the state. */
const volumeRetained: Check = (view) => {
  const name = textsAt(view.before, 'spec.volume_name')[0];
  if (name === undefined) return null;
  const volume = ['kubernetes_persistent_volume', 'kubernetes_persistent_volume_v1']
    .flatMap((type) => view.world.byAttribute(type, 'metadata.name').get(name.toLowerCase()) ?? [])
    .find((resident) =>
      [resident.values, resident.planned].every((fields) =>
        textsAt(fields, 'spec.persistent_volume_reclaim_policy').includes('Retain'),
      ),
    );
  return volume === undefined
    ? null
    : [{ path: `${volume.address}.spec.persistent_volume_reclaim_policy`, value: 'Retain' }];
};

/** The storage class of the claim, seen in the plan, retains volumes. */
const classRetains: Check = (view) => {
  const name = textsAt(view.before, 'spec.storage_class_name')[0];
  if (name === undefined) return null;
  const found = ['kubernetes_storage_class', 'kubernetes_storage_class_v1']
    .flatMap((type) => view.world.byAttribute(type, 'metadata.name').get(name.toLowerCase()) ?? [])
    .find((resident) => textsAt(resident.values, 'reclaim_policy').includes('Retain'));
  return found === undefined ? null : [{ path: `${found.address}.reclaim_policy`, value: 'Retain' }];
};

export const CLAIM = rule(
  ['pv_delete'],
  [
    when(any(volumeRetained, classRetains), 2, 'the volume is retained and can be bound again'),
    otherwise(4, 'dynamically made volumes are deleted with their claim, unless they are set to Retain', {
      advice: 'set the reclaim policy of the volume to Retain, or snapshot it, first',
    }),
  ],
);
const STATEFUL_SET = rule(
  [],
  [
    when(claimsDeleted, 4, 'its volume claims are deleted with it', {
      classes: ['pv_delete'],
      advice: 'set persistent_volume_claim_retention_policy.when_deleted = "Retain"',
    }),
    otherwise(2, 'the volume claims stay; pods are made again'),
  ],
  claimsScaledAway,
  nodeAccess,
  scaledDown('spec.replicas'),
  turnsInto('spec.persistent_volume_claim_retention_policy.when_deleted', ['Delete'], 'protection_disabled'),
);
/** Claims, volumes and their classes, and the workload that has claims of its own. */
export const VOLUMES: RuleTable = {
  ...alike(versions('persistent_volume_claim'), CLAIM),
  ...alike(
    versions('persistent_volume'),
    rule(
      ['pv_delete'],
      [
        when(is('spec.persistent_volume_reclaim_policy', 'Retain'), 2, 'the disk behind it stays'),
        otherwise(4, 'the disk behind it is deleted'),
      ],
      turnsInto('spec.persistent_volume_reclaim_policy', ['Delete', 'Recycle'], 'protection_disabled', {
        why: 'the disk goes with the volume from now on',
      }),
      turnsInto('spec.persistent_volume_reclaim_policy', ['Delete', 'Recycle'], 'pv_delete', {
        why: 'the disk goes with the volume from now on',
      }),
    ),
  ),
  ...alike(
    versions('storage_class'),
    rule(
      [],
      [otherwise(1, 'volumes already made stay as they are')],
      turnsInto('reclaim_policy', ['Delete'], 'protection_disabled'),
    ),
  ),
  ...alike(versions('stateful_set'), STATEFUL_SET),
};
