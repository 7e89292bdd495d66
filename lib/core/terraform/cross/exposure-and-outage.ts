import type { CrossActionRisk } from '../../finding.ts';
import { isPublic } from '../exposure.ts';
import type { Judgement } from '../judgement.ts';
import type { World } from '../world.ts';
import { has, isDelete, risk } from './links.ts';

const PUBLIC_GUARD =
  /(block_public|ignore_public|restrict_public|public_access_prevention|uniform_bucket|nested_items|allow_blob_public|object_ownership|default_action|public_network_access|endpoint_public_access)/;

/** A guard against public access goes off and something is opened to everybody. */
export function publicDataExposure(judgements: readonly Judgement[]): readonly CrossActionRisk[] {
  const exposing = judgements.filter((judged) => exposes(judged) || isGuardDeleted(judged));
  const grants = exposing.filter((judged) =>
    judged.effects.some(
      (effect) =>
        effect.class === 'expose_data_publicly' &&
        !PUBLIC_GUARD.test(evidencePath(effect)) &&
        !isDatabase(judged),
    ),
  );
  if (grants.length === 0) return [];
  const guards = exposing.filter(
    (judged) =>
      isGuardDeleted(judged) ||
      judged.effects.some(
        (effect) => effect.class === 'expose_data_publicly' && PUBLIC_GUARD.test(evidencePath(effect)),
      ),
  );
  const members = new Set<Judgement>();
  for (const guard of guards) {
    for (const grant of grants) {
      if (members.size > 200 || !isSameStore(guard, grant)) continue;
      members.add(guard).add(grant);
    }
  }
  return members.size === 0
    ? []
    : [
        risk(
          'public_data_exposure',
          [...members],
          5,
          'the guard against public access goes off and something is opened to everybody',
        ),
      ];
}

function exposes(judged: Judgement): boolean {
  return judged.effects.length > 0 && has(judged, 'expose_data_publicly');
}

function isGuardDeleted(judged: Judgement): boolean {
  return isDelete(judged) && judged.change.type.endsWith('public_access_block');
}

/** Two changes that name different buckets or accounts have nothing to do with each other. */
function isSameStore(guard: Judgement, grant: Judgement): boolean {
  const [mine, theirs] = [storeOf(guard), storeOf(grant)];
  return mine === null || theirs === null || mine === theirs;
}

function storeOf(judged: Judgement): string | null {
  const fields =
    judged.view.after.bucket === undefined && judged.view.before.bucket !== undefined
      ? judged.view.before
      : judged.view.after;
  const keys = [
    'bucket',
    'storage_account_name',
    ...(judged.nature.includes('storage_delete') ? ['name'] : []),
  ];
  const key = keys.find((name) => typeof fields[name] === 'string' && fields[name] !== '');
  return key === undefined ? null : String(fields[key]).toLowerCase();
}

/** A database becomes reachable from the internet and its firewall is (or is being) opened to everybody. */
export function publicDatabaseExposure(
  judgements: readonly Judgement[],
  world: World,
): readonly CrossActionRisk[] {
  const databases = judgements.filter(
    (judged) => isDatabase(judged) && has(judged, 'expose_data_publicly') && !judged.destroys,
  );
  if (databases.length === 0) return [];
  const openings = judgements.filter(
    (judged) =>
      (has(judged, 'security_group_public_ingress') && !judged.destroys) ||
      (/firewall_rule$/.test(judged.change.type) && has(judged, 'expose_data_publicly')),
  );
  const byGroup = new Map<string, Judgement[]>();
  const unnamed: Judgement[] = [];
  for (const opening of openings) {
    const group = groupIdOf(opening);
    if (group === null) unnamed.push(opening);
    else byGroup.set(group, [...(byGroup.get(group) ?? []), opening]);
  }
  return databases.flatMap((database) => {
    const groups = idsIn(database.view.after.vpc_security_group_ids);
    const opened =
      groups.length === 0
        ? openings.slice(0, MOST_MEMBERS)
        : [...unnamed.slice(0, MOST_MEMBERS), ...groups.flatMap((id) => byGroup.get(id) ?? [])];
    const standing = groups
      .flatMap((id) => world.byAttribute('aws_security_group', 'id').get(id.toLowerCase()) ?? [])
      .filter((resident) => isOpenGroup(resident.values));
    const both = database.effects.filter((effect) => effect.class === 'expose_data_publicly');
    const alone =
      both.length >= 2 && both.some((effect) => effect.evidence.some((item) => isPublic(item.value)));
    if (opened.length === 0 && standing.length === 0 && !alone) return [];
    return [
      risk(
        'public_database_exposure',
        [database, ...opened],
        5,
        'a database becomes reachable and its firewall is open to everybody',
        standing.map((group) => group.address),
      ),
    ];
  });
}

/** Ids that are known on both sides and differ rule a pair out; null where the id is not known yet. */
function groupIdOf(opening: Judgement): string | null {
  const { id, security_group_id: group } = { ...opening.view.before, ...opening.view.after };
  const mine = /_security_group$/.test(opening.change.type) ? id : group;
  return typeof mine === 'string' ? mine : null;
}

/** Members named in one risk; more tell a reader nothing. */
const MOST_MEMBERS = 50;

function isOpenGroup(values: Readonly<Record<string, unknown>>): boolean {
  const rules: readonly unknown[] = Array.isArray(values.ingress) ? values.ingress : [];
  return rules.some((rule) =>
    ['cidr_blocks', 'ipv6_cidr_blocks'].some((key) =>
      idsIn(
        typeof rule === 'object' && rule !== null
          ? Object.entries(rule).find(([name]) => name === key)?.[1]
          : null,
      ).some(isPublic),
    ),
  );
}

function idsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function isDatabase(judged: Judgement): boolean {
  return judged.nature.includes('database_delete');
}

const AUDIT_STORE = /(log|trail|audit|siem)/i;

/** Auditing stops, or its store is emptied, while rights, keys or secrets change. */
export function auditDisabledWithPrivilegeChange(
  judgements: readonly Judgement[],
  isTeardown: boolean,
): readonly CrossActionRisk[] {
  const silenced = judgements.filter(
    (judged) =>
      (has(judged, 'disable_audit_logging') && judged.change.action !== 'create' && !isRecreated(judged)) ||
      (judged.destroys &&
        has(judged, 'storage_delete') &&
        judged.tier === 4 &&
        AUDIT_STORE.test(judged.change.address)),
  );
  const powers = judgements.filter((judged) =>
    isDelete(judged)
      ? !isTeardown && has(judged, 'encryption_key_change', 'secret_delete')
      : has(judged, 'iam_policy_change', 'encryption_key_change', 'secret_delete', 'credential_exposure'),
  );
  if (silenced.length === 0 || powers.length === 0) return [];
  if (silenced.length === 1 && powers.length === 1 && silenced[0] === powers[0]) return [];
  return [
    risk(
      'audit_disabled_with_privilege_change',
      [...silenced, ...powers],
      5,
      'auditing goes off in the same plan that changes rights, keys or secrets',
    ),
  ];
}

/** A setting that is replaced is back after the apply: a gap, not an end. */
function isRecreated(judged: Judgement): boolean {
  return judged.destroys && judged.change.action !== 'delete' && judged.effects.length === 0;
}

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

/** Rights are widened in the same plan that changes who may take them on. */
export function wideningWithTrustChange(judgements: readonly Judgement[]): readonly CrossActionRisk[] {
  const trusting = judgements.filter((judged) =>
    judged.effects.some((effect) => effect.class === 'iam_policy_change' && changesTrust(effect)),
  );
  if (trusting.length === 0) return [];
  const widened = judgements.filter(
    (judged) =>
      judged.effects.some(
        (effect) =>
          effect.class === 'iam_policy_change' &&
          effect.evidence.some((item) => item.value === 'broad Allow'),
      ) || attachesAdmin(judged),
  );
  const pairs = trusting.flatMap((trust) =>
    widened
      .slice(0, 200)
      .filter((grant) => {
        const role = grant.view.after.role;
        return typeof role !== 'string' || [trust.view.after.name, trust.view.after.id].includes(role);
      })
      .map((grant) => [trust, grant]),
  );
  return pairs.length === 0
    ? []
    : [
        risk(
          'iam_widening_with_trust_change',
          pairs.slice(0, 200).flat(),
          5,
          'broad rights are granted while it changes who may assume the role',
        ),
      ];
}

function changesTrust(effect: Judgement['effects'][number]): boolean {
  return evidencePath(effect) === 'assume_role_policy';
}

function attachesAdmin(judged: Judgement): boolean {
  const policy = judged.view.after.policy_arn;
  return (
    typeof policy === 'string' &&
    !judged.destroys &&
    /AdministratorAccess|IAMFullAccess|PowerUserAccess/.test(policy)
  );
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
    byType.set(judged.change.type, [...(byType.get(judged.change.type) ?? []), judged]);
  }
  return [...byType].flatMap(([type, gone]) => {
    const stays = world.ofType(type).some((resident) => resident.fate !== 'deleted');
    return stays ? [] : [risk('last_of_kind_deleted', gone, 5, `no ${type} is left after this plan`)];
  });
}

function evidencePath(effect: Judgement['effects'][number]): string {
  return effect.evidence.map((item) => item.path).join(' ');
}
