/** Data that a guard kept from the internet, and that is opened to it. */
import type { CrossActionRisk } from '../../finding.ts';
import { isPublic } from '../exposure.ts';
import type { Judgement } from '../judgement.ts';
import type { World } from '../world.ts';
import { evidencePath, has, isDelete, risk } from './links.ts';

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
  const members = paired(guards, grants);
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
function paired(guards: readonly Judgement[], grants: readonly Judgement[]): ReadonlySet<Judgement> {
  const byStore = new Map<string | null, Judgement[]>();
  for (const grant of grants) {
    const store = storeOf(grant);
    const known = byStore.get(store);
    if (known === undefined) byStore.set(store, [grant]);
    else if (known.length < MOST_MEMBERS) known.push(grant);
  }
  const members = new Set<Judgement>();
  for (const guard of guards) {
    if (members.size > MOST_PAIRED) break;
    const store = storeOf(guard);
    const found =
      store === null
        ? grants.slice(0, MOST_MEMBERS)
        : [...(byStore.get(store) ?? []), ...(byStore.get(null) ?? [])];
    if (found.length > 0) members.add(guard);
    for (const grant of found) members.add(grant);
  }
  return members;
}

const MOST_PAIRED = 200;

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
    const known = group === null ? unnamed : byGroup.get(group);
    if (known !== undefined) known.push(opening);
    else if (group !== null) byGroup.set(group, [opening]);
  }
  return databases.flatMap((database) => {
    const groups = idsIn(database.view.after.vpc_security_group_ids);
    const opened =
      groups.length === 0
        ? openings.slice(0, MOST_MEMBERS)
        : [
            ...unnamed.slice(0, MOST_MEMBERS),
            ...groups.flatMap((id) => byGroup.get(id)?.slice(0, MOST_MEMBERS) ?? []),
          ];
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
