import type { CrossActionRisk } from '../finding.ts';
import type { AppliedHistory } from './applied-history.ts';
import { publicDatabaseExposure, publicDataExposure } from './cross/exposure.ts';
import { keyOfRetainedData } from './cross/keys.ts';
import { lastOfKindDeleted, productionOutage } from './cross/outage.ts';
import { protectionDisabledForLater, protectionDisabledThenDeleted } from './cross/protection.ts';
import {
  dataAndBackupDeleted,
  recoveryStripping,
  recreatedUnderSameName,
  replicaAndPrimaryDeleted,
} from './cross/recovery.ts';
import { auditDisabledWithPrivilegeChange, wideningWithTrustChange } from './cross/rights.ts';
import type { Judgement } from './judgement.ts';
import type { TerraformPlan } from './plan-json.ts';
import type { ReferenceGraph } from './reference-graph.ts';
import type { World } from './world.ts';

/**
 * Risks that no change shows alone: what belongs together goes together, or one change prepares another. Worst
 * first. `isTeardown`: the plan deletes all it manages, so that a rule about what is left has nothing to say.
 */
export function crossActionRisks(
  plan: TerraformPlan,
  judgements: readonly Judgement[],
  world: World,
  graph: ReferenceGraph,
  history: AppliedHistory | undefined,
  isTeardown: boolean,
): readonly CrossActionRisk[] {
  return [
    ...planRisks(plan),
    ...dataAndBackupDeleted(judgements, graph),
    ...replicaAndPrimaryDeleted(judgements),
    ...keyOfRetainedData(judgements, world),
    ...protectionDisabledThenDeleted(judgements, history),
    ...recreatedUnderSameName(judgements, world),
    ...protectionDisabledForLater(judgements),
    ...recoveryStripping(judgements),
    ...publicDataExposure(judgements),
    ...publicDatabaseExposure(judgements, world),
    ...auditDisabledWithPrivilegeChange(judgements, isTeardown),
    ...productionOutage(judgements, isTeardown),
    ...wideningWithTrustChange(judgements),
    ...lastOfKindDeleted(judgements, world, isTeardown),
  ].sort((a, b) => b.tier - a.tier);
}

/** What the plan says about itself: it failed, or it is only a part. */
function planRisks(plan: TerraformPlan): readonly CrossActionRisk[] {
  const risks: CrossActionRisk[] = [];
  if (plan.errored || (plan.applyable === false && plan.changes.some(isReal))) {
    risks.push({
      kind: 'not_applyable',
      members: [],
      tier: 5,
      why: plan.errored
        ? 'the plan ended with an error: it must not be approved or applied'
        : 'terraform says that this plan cannot be applied',
    });
  }
  if (plan.complete === false || plan.deferred.length > 0) {
    risks.push({
      kind: 'incomplete_plan',
      members: plan.deferred.map((change) => change.address),
      tier: 5,
      why: 'the plan is not complete (targeting, deferred changes or an error): later plans will change more',
    });
  }
  return risks;
}

function isReal(change: TerraformPlan['changes'][number]): boolean {
  return change.mode === 'managed' && change.action !== 'no-op' && change.action !== 'read';
}
