/** What no longer runs: services, what would scale them, the last of its kind. */
import type { CrossActionRisk } from '../../finding.ts';
import type { Judgement } from '../judgement.ts';
import type { World } from '../world.ts';
import { has, isDelete, risk } from './links.ts';

const AUTOSCALER =
  /(appautoscaling_(target|policy)|autoscaling_policy|autoscaler|horizontal_pod_autoscaler|monitor_autoscale_setting|pod_disruption_budget)/;

/** Several services go to zero, or one goes together with what would have scaled it. */
export function productionOutage(
  judgements: readonly Judgement[],
  isTeardown: boolean,
): readonly CrossActionRisk[] {
  const scaled = judgements.filter((judged) => has(judged, 'production_scale_down'));
  if (scaled.length === 0) return [];
  const zeroed = scaled.filter((judged) =>
    judged.effects.some(
      (effect) =>
        effect.class === 'production_scale_down' &&
        effect.evidence.some(
          (item) => item.path.startsWith('after.') && (item.value === 0 || item.value === '0'),
        ),
    ),
  );
  const removed = isTeardown
    ? []
    : scaled.filter((judged) => isDelete(judged) && !AUTOSCALER.test(judged.change.type));
  const isZeroed = new Set(zeroed);
  const scalers = judgements.filter(
    (judged) => (isDelete(judged) || isZeroed.has(judged)) && AUTOSCALER.test(judged.change.type),
  );
  const services = [...zeroed.filter((judged) => !AUTOSCALER.test(judged.change.type)), ...removed];
  const isOutage =
    zeroed.length + (zeroed.length > 0 ? removed.length : 0) >= 2 ||
    (services.length > 0 && scalers.length > 0 && !isTeardown) ||
    removed.length >= 3;
  return isOutage
    ? [
        risk(
          'production_outage',
          [...services, ...scalers],
          5,
          'several services stop at once, or one stops together with what would scale it up again',
        ),
      ]
    : [];
}

const LAST_OF_KIND =
  /^(aws_(cloudtrail|guardduty_detector|config_configuration_recorder|rds_cluster_instance|docdb_cluster_instance|neptune_cluster_instance|eks_node_group)|google_(logging_\w+_sink|project_iam_audit_config|container_node_pool)|azurerm_(log_analytics_workspace|kubernetes_cluster_node_pool))$/;

/** The last trail, detector or log sink, or the last node of a cluster. */
export function lastOfKindDeleted(
  judgements: readonly Judgement[],
  world: World,
  isTeardown: boolean,
): readonly CrossActionRisk[] {
  if (isTeardown) return [];
  const byType = new Map<string, Judgement[]>();
  for (const judged of judgements) {
    if (!isDelete(judged) || judged.change.deposed !== null || !LAST_OF_KIND.test(judged.change.type))
      continue;
    const known = byType.get(judged.change.type);
    if (known === undefined) byType.set(judged.change.type, [judged]);
    else known.push(judged);
  }
  return [...byType].flatMap(([type, gone]) => {
    const stays = world.ofType(type).some((resident) => resident.fate !== 'deleted');
    return stays ? [] : [risk('last_of_kind_deleted', gone, 5, `no ${type} is left after this plan`)];
  });
}
