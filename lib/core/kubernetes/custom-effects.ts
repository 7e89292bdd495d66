/** Custom resources: an operator does what they say, so what their names and attributes tell is all there is. */
import type { ConsequenceClass, Evidence } from '../finding.ts';
import { type Effect, effect } from './effect.ts';
import { isFields, type KubeObject } from './object.ts';

/** Words of a kind that tell what its objects hold or guard. */
const KINDS: readonly [RegExp, ConsequenceClass][] = [
  [
    /schedule\w*backup|backup\w*schedule|backup\w*polic|snapshot\w*(?:schedule|polic|class)/,
    'backup_retention_reduction',
  ],
  [/backup|snapshot|restore/, 'backup_delete'],
  [/network|ingress|gateway|firewall|authorization|peerauthentication/, 'network_isolation_loss'],
  [/polic(?:y|ies)|constraint|exception/, 'protection_disabled'],
  [
    /sql|postgres|mongo|redis|valkey|kafka|cassandra|scylla|elastic|opensearch|clickhouse|database|cockroach|neo4j|influx|etcd|cluster(?:s)?$|keyspace/,
    'database_delete',
  ],
  [/tenant|bucket|minio|rabbit|topic|queue|volume|filesystem|objectstore|longhorn/, 'storage_delete'],
  [/secret|vault|key|password/, 'secret_delete'],
];

export function customDelete(text: string): Effect {
  const name = text.split('.')[0] ?? text;
  const of = isBackupSchedule(text)
    ? 'backup_retention_reduction'
    : (KINDS.find(([words]) => words.test(name))?.[1] ?? null);
  return effect(5, of, `a custom resource (${name}): its operator decides what goes with it`);
}

/** A plan of backups, told by its group where its kind says only `schedules`. */
function isBackupSchedule(text: string): boolean {
  return /^schedules?\..*(?:velero|backup|k8up|stash|kasten)/.test(text);
}

/** Attributes by which operators take guards off, as those of cloud resources are called. */
const TELLING: readonly [RegExp, (value: unknown) => boolean, ConsequenceClass, string][] = [
  [
    /^(?:deletion|delete|termination)protection(?:enabled)?$/,
    isOff,
    'protection_disabled',
    'it can be deleted',
  ],
  [
    /^(?:forcedestroy|forcedelete|skipfinalsnapshot|deleteautomatedbackups|wipe\w*|destroy\w*)$/,
    isOn,
    'protection_disabled',
    'a later delete leaves no way back',
  ],
  [
    /^(?:backup\w*retention\w*|retentiondays|backupretentionperiod)$/,
    isNothing,
    'backup_retention_reduction',
    'no backups are kept',
  ],
  [
    /^(?:publiclyaccessible|publicaccess|allowpublicaccess)$/,
    isOn,
    'expose_data_publicly',
    'it is open to everybody',
  ],
  [/^fromentities$/, admitsWorld, 'network_isolation_loss', 'traffic from everywhere is let in'],
];

export function customApply({ fields }: KubeObject): Effect[] {
  const found: Effect[] = [];
  const rest: { path: string; value: unknown; depth: number }[] = [
    { path: 'spec', value: fields.spec, depth: 0 },
  ];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { path, value, depth } = next;
    if (depth > 40 || typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    for (const [key, held] of Object.entries(value)) {
      const place = isList ? `${path}[${key}]` : `${path}.${key}`;
      if (!isList) found.push(...told(key, { path: place, value: held }));
      rest.push({ path: place, value: held, depth: depth + 1 });
    }
  }
  return found;
}

function told(key: string, evidence: Evidence): Effect[] {
  const name = key.toLowerCase().replace(/[_-]/g, '');
  if (/^(?:instances|replicas|nodecount)$/.test(name) && isNothing(evidence.value)) {
    return [effect(1, 'production_scale_down', 'it asks for no running copy', [evidence])];
  }
  if (/mtls\.mode$/i.test(evidence.path) && /^(?:disable|permissive)/i.test(String(evidence.value))) {
    return [effect(1, 'remove_encryption', 'traffic without mutual TLS is let through', [evidence])];
  }
  const hit = TELLING.find(([names, holds]) => names.test(name) && holds(evidence.value));
  return hit === undefined ? [] : [effect(5, hit[2], `${hit[3]}: ${key}`, [evidence])];
}

function isOff(value: unknown): boolean {
  return value === false || /^(?:false|disabled|off|no)$/i.test(String(value));
}

function isOn(value: unknown): boolean {
  return value === true || /^(?:true|enabled|on|yes)$/i.test(String(value));
}

function admitsWorld(value: unknown): boolean {
  return Array.isArray(value) && value.some((item) => item === 'world' || item === 'all');
}

function isNothing(value: unknown): boolean {
  return !isFields(value) && Number(value) === 0 && value !== '' && value !== null;
}
