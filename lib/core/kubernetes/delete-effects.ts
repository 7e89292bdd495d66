/** What deleting an object does, by its kind. kubectl keeps no state: what is gone is gone. */
import type { Before } from './apply-effects.ts';
import { customDelete } from './custom-effects.ts';
import { type Effect, effect } from './effect.ts';
import type { ResourceType } from './kinds.ts';

/** Never empty; worst first is not promised. */
export function deleteEffects(type: ResourceType, live: Before): Effect[] {
  if (type.known === null) return [customDelete(type.text)];
  const again = live?.controller ?? null;
  if (again !== null && REMADE.has(type.known.kind)) {
    return [
      effect(2, OWN_CLASS[type.known.kind] ?? null, `${again} makes it again`, [
        { path: 'metadata.ownerReferences', value: again },
      ]),
    ];
  }
  return byKind(type.known.kind, live);
}

/** What a controller makes again from what it holds itself. */
const REMADE = new Set([
  'Pod',
  'ReplicaSet',
  'Job',
  'Secret',
  'ConfigMap',
  'ControllerRevision',
  'EndpointSlice',
]);
const OWN_CLASS: Readonly<Record<string, Effect['class']>> = { Secret: 'secret_delete' };

function byKind(kind: string, live: Before): Effect[] {
  switch (kind) {
    case 'Namespace':
      return [
        effect(
          4,
          'namespace_delete',
          'everything inside goes: workloads, secrets, volume claims and what their volumes hold',
          [],
          'list what lives in the namespace and back it up first',
        ),
      ];
    case 'CustomResourceDefinition':
      return [
        effect(
          4,
          null,
          'all objects of this kind are deleted, in every namespace, and what their operator owns through them',
          [],
          'list and back up the custom resources first',
        ),
      ];
    case 'PersistentVolumeClaim':
      return [
        live?.reclaimPolicy === 'Retain'
          ? effect(2, 'pv_delete', 'the volume is retained and can be bound again', retained())
          : effect(
              4,
              'pv_delete',
              'the volume behind the claim is deleted with it, unless its reclaim policy is Retain',
              live?.reclaimPolicy == null
                ? []
                : [{ path: 'volume.reclaimPolicy', value: live.reclaimPolicy }],
              'set the reclaim policy of the volume to Retain, or snapshot it, first',
            ),
      ];
    case 'PersistentVolume':
      return [
        live?.reclaimPolicy === 'Retain'
          ? effect(2, 'pv_delete', 'the disk behind it stays', retained())
          : effect(4, 'pv_delete', 'the disk behind it is deleted, unless its reclaim policy is Retain'),
      ];
    case 'StatefulSet':
      return [
        live?.whenDeleted === 'Delete'
          ? effect(4, 'pv_delete', 'its volume claims are deleted with it', [
              { path: 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted', value: 'Delete' },
            ])
          : live
            ? effect(2, 'production_scale_down', 'its pods go; the volume claims stay')
            : effect(
                5,
                'production_scale_down',
                'its pods go; whether the volume claims go too depends on its retention policy',
              ),
      ];
    case 'Secret':
      return [
        effect(
          4,
          'secret_delete',
          'the value is kept nowhere else by the cluster; pods that use it break',
          [],
          'make sure that the value can be had from where it came',
        ),
        effect(
          4,
          'kubernetes_secret_change',
          'the value is kept nowhere else by the cluster; pods that use it break',
        ),
      ];
    case 'VolumeSnapshot':
    case 'VolumeSnapshotContent':
      return [
        live?.reclaimPolicy === 'Retain'
          ? effect(2, 'backup_delete', 'the snapshot itself is retained', retained())
          : effect(4, 'backup_delete', 'the snapshot goes with it'),
      ];
    case 'Deployment':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'HorizontalPodAutoscaler':
      return [effect(1, 'production_scale_down', 'what it runs stops; it comes back when applied again')];
    case 'CronJob':
    case 'Job':
      return [effect(2, 'production_scale_down', 'what it runs stops, and its history goes')];
    case 'Pod':
      return [effect(2, 'production_scale_down', 'nothing makes it again, and what ran in it is lost')];
    case 'Node':
      return [effect(2, 'production_scale_down', 'its pods are lost until they run elsewhere')];
    case 'Role':
    case 'ClusterRole':
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return [effect(1, 'iam_policy_change', 'who has which rights in the cluster changes')];
    case 'ServiceAccount':
      return [effect(2, 'iam_policy_change', 'its tokens stop; a new one has others')];
    case 'NetworkPolicy':
      return [effect(1, 'network_isolation_loss', 'what it denied is open from now on')];
    case 'PodDisruptionBudget':
      return [
        effect(1, 'protection_disabled', 'all pods may be taken down at once'),
        effect(1, 'production_scale_down', 'all pods may be taken down at once'),
      ];
    case 'LimitRange':
    case 'ResourceQuota':
    case 'ValidatingWebhookConfiguration':
    case 'MutatingWebhookConfiguration':
    case 'ValidatingAdmissionPolicy':
    case 'ValidatingAdmissionPolicyBinding':
    case 'MutatingAdmissionPolicy':
    case 'MutatingAdmissionPolicyBinding':
      return [effect(1, 'protection_disabled', 'what it guarded is unguarded from now on')];
    case 'Service':
      return [effect(2, null, 'what calls it fails; a load balancer comes back with another address')];
    case 'Ingress':
    case 'Gateway':
    case 'HTTPRoute':
      return [
        effect(2, 'dns_change', 'traffic from outside has no way in; the address may be another later'),
      ];
    case 'APIService':
      return [effect(2, null, 'a part of the API stops until it is back')];
    case 'ConfigMap':
      return [effect(2, null, 'its content is kept nowhere else by the cluster')];
    default:
      return [effect(2, null, 'it comes back when applied again')];
  }
}

function retained() {
  return [{ path: 'reclaimPolicy', value: 'Retain' }];
}
