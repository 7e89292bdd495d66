import type { CrossActionRisk } from '../../finding.ts';
import { firstAt, textsAt } from '../fields.ts';
import type { Judgement } from '../judgement.ts';
import { namesPrimary } from '../primary-names.ts';
import type { ReferenceGraph } from '../reference-graph.ts';
import { keyTest } from '../shapes.ts';
import type { World } from '../world.ts';
import {
  byIdentity,
  DATA_CLASSES,
  has,
  isDelete,
  isDestroyedData,
  MACHINE,
  named,
  namesIn,
  risk,
} from './links.ts';
import { GUARDED, LOCK } from './protection.ts';

/** Keys of a backup that name what it was made of. Its own name, its key and its network are no such names. */
const SOURCE_KEY =
  /(source|identifier|_id$|_arn$|_uri$|^instance$|volume|disk|cluster|database|server|bucket|file_system|table|backup_vault_name|vault_name|resource)/;
const NOT_SOURCE =
  /(kms|key|subnet|security_group|vpc|role|owner|region|zone|account|project|resource_group|location|snapshot_identifier|snapshot_id$|snapshot_arn|request|client|policy|encryption)/;
const isSourceKey = keyTest((key) => SOURCE_KEY.test(key) && !NOT_SOURCE.test(key));

/** A data store goes together with what it could have been restored from. */
export function dataAndBackupDeleted(
  judgements: readonly Judgement[],
  graph: ReferenceGraph,
): readonly CrossActionRisk[] {
  const stores = judgements.filter(
    (judged) => isDestroyedData(judged) || (judged.destroys && MACHINE.test(judged.change.type)),
  );
  const backups = judgements.filter(
    (judged) => judged.destroys && has(judged, 'backup_delete', 'delete_backup_vault'),
  );
  if (stores.length === 0) return [];
  const index = backups.length === 0 ? NOBODY : byIdentity(stores);
  const partners = new Map<Judgement, Judgement[]>();
  const pair = (store: Judgement, backup: Judgement): void => {
    if (store === backup) return;
    const known = partners.get(store);
    if (known === undefined) partners.set(store, [backup]);
    else if (!known.includes(backup)) known.push(backup);
  };
  for (const backup of backups) {
    for (const name of namesIn(backup.change.type, backup.view.before, isSourceKey)) {
      for (const store of named(name, index)) pair(store, backup);
    }
  }
  pairByReference(stores, backups, graph, pair);
  const emptied = backups.filter(
    (judged) => judged.nature.includes('delete_backup_vault') && judged.tier === 4,
  );
  for (const store of stores)
    if (isDestroyedData(store)) for (const vault of emptied.slice(0, 20)) pair(store, vault);
  pairServers(stores, pair);
  return [...partners].map(([store, found]) =>
    risk(
      'data_and_backup_deleted',
      [store, ...found],
      4,
      'the data goes together with what it could be restored from',
    ),
  );
}

const NOBODY: ReadonlyMap<string, readonly Judgement[]> = new Map();

type Pair = (store: Judgement, backup: Judgement) => void;

/** Linked by a reference in configuration or state, where no identifier says so. */
function pairByReference(
  stores: readonly Judgement[],
  backups: readonly Judgement[],
  graph: ReferenceGraph,
  pair: Pair,
): void {
  const byNode = new Map<number, Judgement[]>();
  for (const backup of backups) {
    const node = graph.nodeOf(backup.change.address);
    byNode.set(node, [...(byNode.get(node) ?? []), backup]);
  }
  if (byNode.size === 0) return;
  for (const store of stores) {
    const node = graph.nodeOf(store.change.address);
    for (const user of [...(graph.users[node] ?? []), ...(graph.indirectUsers[node] ?? [])]) {
      for (const backup of byNode.get(user) ?? []) if (isSameInstanceKey(store, backup)) pair(store, backup);
    }
  }
}

/** Resource-level references fan out; of two keyed instances only those of the same key belong together. */
function isSameInstanceKey(one: Judgement, other: Judgement): boolean {
  const [mine, theirs] = [keyOf(one.change.address), keyOf(other.change.address)];
  return mine === theirs || mine === '' || theirs === '';
}

function keyOf(address: string): string {
  return /\[[^\]]*\]$/.exec(address)?.[0] ?? '';
}

/** Databases and the logical server that holds their point-in-time backups. */
function pairServers(stores: readonly Judgement[], pair: Pair): void {
  const servers = byIdentity(
    stores.filter((judged) => /^azurerm_(mssql|sql)_(server|managed_instance)$/.test(judged.change.type)),
  );
  if (servers.size === 0) return;
  for (const store of stores) {
    if (!/_(mssql|sql)_(managed_)?database$/.test(store.change.type)) continue;
    for (const key of ['server_id', 'managed_instance_id', 'server_name']) {
      for (const name of textsAt(store.view.before, key)) {
        for (const server of named(name.toLowerCase(), servers)) pair(store, server);
      }
    }
  }
}

/** A replica goes together with what it replicates. */
export function replicaAndPrimaryDeleted(judgements: readonly Judgement[]): readonly CrossActionRisk[] {
  const gone = judgements.filter((judged) => judged.destroys);
  const replicas = gone.flatMap((replica) => {
    const named = replica.change.namesPrimary
      ? namesIn(replica.change.type, replica.view.before, namesPrimary)
      : [];
    const sources = named.concat(
      textsAt(replica.view.before, 'rule.destination.bucket').map((name) => name.toLowerCase()),
    );
    return sources.length === 0 ? [] : [{ replica, sources }];
  });
  const index = replicas.length === 0 ? NOBODY : byIdentity(gone);
  const groups = new Map<Judgement, Judgement[]>();
  for (const { replica, sources } of replicas) {
    for (const primary of sources.flatMap((name) => named(name, index))) {
      if (primary === replica || primary.change.type === 'aws_s3_bucket_replication_configuration') continue;
      if (!isSameFamily(primary.change.type, replica.change.type)) continue;
      const group = groups.get(primary);
      if (group === undefined) groups.set(primary, [replica]);
      else if (!group.includes(replica)) group.push(replica);
    }
  }
  return [...groups].map(([primary, members]) =>
    risk('replica_and_primary_deleted', [primary, ...members], 4, 'every copy of the data goes in one apply'),
  );
}

/** A replica replicates its own kind; a child that answers to its parent's identifier is no primary. */
function isSameFamily(one: string, other: string): boolean {
  const family = (type: string): string =>
    type.replace(/_(cluster|instance|replica|server|global\w*|external)/g, '').replace(/_key$/, '');
  return one === other || family(one) === family(other) || /^aws_(db_instance|rds_cluster)$/.test(one);
}

type Stripping = 'schedule' | 'retention' | 'history' | 'lock';

/** Two or more ways back are taken away at once, although the data stays for now. */
export function recoveryStripping(judgements: readonly Judgement[]): readonly CrossActionRisk[] {
  const members: Judgement[] = [];
  const kinds = new Set<Stripping>();
  for (const judged of judgements) {
    const found = strippings(judged);
    if (found.length === 0) continue;
    members.push(judged);
    for (const kind of found) kinds.add(kind);
  }
  if (members.length < 2 && kinds.size < 2) return [];
  const points = judgements.filter(
    (judged) => judged.destroys && judged.tier >= 3 && has(judged, 'backup_delete', 'delete_backup_vault'),
  );
  return [
    risk(
      'recovery_stripping',
      [...members, ...points],
      points.length > 0 ? 4 : 5,
      `ways back are taken away together: ${[...kinds].map((kind) => STRIPPED[kind]).join(', ')}`,
    ),
  ];
}

const STRIPPED: Readonly<Record<Stripping, string>> = {
  schedule: 'backup jobs stop',
  retention: 'backups are kept for a shorter time',
  history: 'versions or point-in-time history go off',
  lock: 'a lock on backups or resources is lifted',
};

function strippings(judged: Judgement): readonly Stripping[] {
  if (judged.classes.length === 0 && !(isDelete(judged) && LOCK.test(judged.change.type))) return [];
  const found = new Set<Stripping>();
  if (isDelete(judged)) {
    if (LOCK.test(judged.change.type)) found.add('lock');
    else if (judged.change.type === 'aws_s3_bucket_versioning' && has(judged, 'protection_disabled'))
      found.add('history');
    else if (judged.tier <= 2 && has(judged, 'backup_retention_reduction')) found.add('schedule');
  }
  const logs = has(judged, 'disable_audit_logging');
  for (const effect of judged.effects) {
    const path = effect.evidence[0]?.path ?? '';
    if (effect.class === 'backup_retention_reduction' && !logs) {
      found.add(
        /(point_in_time|pitr|versioning|soft_delete|continuous|enabled|status|ttl|binary_log)/.test(path)
          ? 'history'
          : 'retention',
      );
    } else if (effect.class === 'protection_disabled') {
      if (/(versioning|soft_delete|mfa_delete)/.test(path)) found.add('history');
      else if (/(lock|immutab|min_retention)/.test(path) || LOCK.test(judged.change.type)) found.add('lock');
    }
  }
  return [...found];
}

const UNDELETE_BY_NAME =
  /^(azurerm_(storage_account|mssql_server|mssql_managed_instance|(postgresql|mysql)_(flexible_)?server|key_vault|log_analytics_workspace|cognitive_account|api_management|app_configuration|cosmosdb_account)|google_(bigquery_dataset|storage_bucket|sql_database_instance|project|secret_manager_secret)|aws_secretsmanager_secret)$/;
const NAME_KEYS = [
  'name',
  'identifier',
  'cluster_identifier',
  'bucket',
  'dataset_id',
  'cluster_id',
  'project_id',
  'secret_id',
  'replication_group_id',
];

/** The same name is taken again at once, at another address or by a replacement. */
export function recreatedUnderSameName(
  judgements: readonly Judgement[],
  world: World,
): readonly CrossActionRisk[] {
  return judgements.flatMap((judged) => {
    if (
      !judged.destroys ||
      judged.tier < 3 ||
      !judged.nature.some((kind) => DATA_CLASSES.has(kind) || GUARDED.has(kind))
    )
      return [];
    const key = NAME_KEYS.find(
      (name) => typeof judged.view.before[name] === 'string' && judged.view.before[name] !== '',
    );
    if (key === undefined) return [];
    const name = String(judged.view.before[key]);
    if (judged.change.action !== 'delete') {
      const next = firstAt(judged.view.after, key);
      return UNDELETE_BY_NAME.test(judged.change.type) && next === name
        ? [
            risk(
              'recreated_under_same_name',
              [judged],
              4,
              'replaced under the same name, which rules out undelete of the old one',
            ),
          ]
        : [];
    }
    if (!world.isMade(judged.change.type)) return [];
    const heir = world
      .byAttribute(judged.change.type, key)
      .get(name.toLowerCase())
      ?.find(
        (other) => other.fate === 'created' && String(other.values[key]).toLowerCase() === name.toLowerCase(),
      );
    return heir === undefined
      ? []
      : [
          risk(
            'recreated_under_same_name',
            [judged],
            4,
            'deleted at one address and created under the same name at another: a replacement in disguise',
            [heir.address],
          ),
        ];
  });
}
