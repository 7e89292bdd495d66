import type { ConsequenceClass, Evidence, Tier } from '../finding.ts';
import { type Fields, isFields, isSet, numberOf, switchState } from './fields.ts';
import { type DestroyRow, otherwise, type ResourceRule, rule } from './rule.ts';

/**
 * Types that no table knows: judged by the words of the name and by attributes (section 6 of the recoverability
 * reference). A delete of one is never reversible because nothing was found; absence of evidence is tier 5.
 */
export function unknownTypeRule(type: string, before: Fields): ResourceRule {
  const words = type.split('_').slice(1);
  const kind = classOfWords(words);
  const signals = signalsIn(before);
  return rule(classesOf(kind, words), [verdict(type, words, kind, signals)]);
}

/** Providers whose naming is understood, so that a pure relation in its name can be believed. */
const KNOWN_PROVIDERS = new Set(
  'aws awscc google azurerm azuread azapi kubernetes helm datadog grafana newrelic cloudflare github gitlab vault okta auth0 snowflake mongodbatlas pagerduty azuredevops opsgenie oci digitalocean dns consul nomad tfe fastly sentry launchdarkly'.split(
    ' ',
  ),
);

const RELATION =
  /_(attachment|association|membership|assignment|binding|rule|record|policy|permission|settings?|configuration|target|subscription|listener|schedule)s?$/;

/** Whole words of a type name that say it holds something. `cluster` and the like say data, not a class. */
const DATA_WORDS: readonly [ConsequenceClass | null, readonly string[]][] = [
  ['backup_delete', ['backup', 'backups', 'snapshot', 'snapshots', 'archive', 'retention', 'recovery']],
  ['encryption_key_change', ['key', 'keys', 'keyring', 'kms', 'hsm', 'certificate', 'cert', 'ca']],
  ['secret_delete', ['secret', 'secrets', 'credential', 'credentials', 'token', 'vault', 'password']],
  [
    'database_delete',
    'database databases db sql postgres postgresql mysql mariadb mssql mongo mongodb redis valkey cassandra scylla warehouse table tables dataset index collection keyspace elasticsearch opensearch clickhouse cockroachdb dynamodb neo4j influxdb user_pool directory'.split(
      ' ',
    ),
  ],
  [
    'storage_delete',
    'bucket container object blob file files share filesystem volume disk pvc storage queue topic stream registry repository log_group logs workspace image images'.split(
      ' ',
    ),
  ],
  ['account_delete', ['project', 'account', 'tenant', 'organization', 'subscription']],
  ['cluster_delete', ['cluster', 'clusters']],
];

function classOfWords(words: readonly string[]): ConsequenceClass | null {
  const pairs = words.map((word, index) => `${word}_${words[index + 1] ?? ''}`);
  for (const [kind, list] of DATA_WORDS) {
    if (list.some((word) => words.includes(word) || pairs.includes(word))) return kind;
  }
  return null;
}

/** Classes for names that hold no data but guard something. */
const RELATION_CLASSES: readonly [RegExp, ConsequenceClass][] = [
  [/(^|_)(iam|role|rbac|policy|permission|membership|access|grant)(_|$)/, 'iam_policy_change'],
  [/(^|_)(firewall|security_group|network_policy|acl|waf|nsg)(_|$)/, 'network_isolation_loss'],
  [/(^|_)(dns|record|zone)(_|$)/, 'dns_change'],
  [/(^|_)(audit|log|logging|trail)(_|$)/, 'disable_audit_logging'],
  [/(^|_)(lock|protection|guard|guardrail)(_|$)/, 'protection_disabled'],
];

function classesOf(kind: ConsequenceClass | null, words: readonly string[]): readonly ConsequenceClass[] {
  if (kind !== null) return [kind];
  const name = words.join('_');
  return RELATION_CLASSES.filter(([pattern]) => pattern.test(name)).map(([, found]) => found);
}

interface Signals {
  readonly protection: Evidence | null;
  readonly force: Evidence | null;
  readonly backup: Evidence | null;
}

function verdict(
  type: string,
  words: readonly string[],
  kind: ConsequenceClass | null,
  signals: Signals,
): DestroyRow {
  if (kind === null && RELATION.test(type) && isKnownProvider(type)) {
    return otherwise(1, `${type} is a relation or rule of a known provider; it holds no data of its own`);
  }
  if (signals.protection !== null) {
    return speak(5, 'protected by its own flag: the delete is expected to be refused', signals.protection);
  }
  if (signals.force !== null) {
    const tier = kind === null ? 5 : 4;
    return speak(
      tier,
      `unknown type; ${signals.force.path} says that contents are destroyed with it`,
      signals.force,
    );
  }
  if (signals.backup !== null) {
    return speak(
      5,
      `unknown type; backup signal ${signals.backup.path} seen, not verified that it outlives the resource`,
      signals.backup,
    );
  }
  return otherwise(
    5,
    kind === null
      ? `unknown type ${type}: nothing here tells what its delete destroys`
      : `unknown type, but its name (${words.join(' ')}) says that it holds data`,
    { advice: 'a person who knows this resource type should look at it' },
  );
}

function speak(tier: Tier, why: string, evidence: Evidence): DestroyRow {
  return { when: () => [evidence], tier, why, advice: null, classes: null };
}

function isKnownProvider(type: string): boolean {
  return KNOWN_PROVIDERS.has(type.split('_')[0] ?? '');
}

const PROTECTS =
  /^(deletion_?protection(_enabled)?|delete_protection(_state|_enabled)?|termination_protection(_enabled)?|prevent_(destroy|deletion|destruction).*|protected|enable_deletion_protection|deletion_policy)$/;
const FORCES = /^(force_destroy|force_delete|delete_contents\w*|skip_final_\w+|purge_\w*on_destroy)$/;
const BACKS_UP =
  /^(final_snapshot\w*|backup_retention\w*|snapshot_policy|versioning\w*|soft_delete\w*|recovery_window\w*|deletion_window\w*)$/;
const DEEPEST = 12;

function signalsIn(before: Fields): Signals {
  const found: { protection: Evidence | null; force: Evidence | null; backup: Evidence | null } = {
    protection: null,
    force: null,
    backup: null,
  };
  const work: [string, unknown, number][] = [['', before, 0]];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const [path, node, depth] = item;
    if (typeof node !== 'object' || node === null || depth > DEEPEST) continue;
    for (const [key, value] of Object.entries(node)) {
      const here = Array.isArray(node) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      const evidence = { path: here, value };
      if (PROTECTS.test(key) && switchState(value) === true) found.protection ??= evidence;
      if (FORCES.test(key) && switchState(value) === true) found.force ??= evidence;
      if (BACKS_UP.test(key) && isSignal(value)) found.backup ??= evidence;
      if (typeof value === 'object') work.push([here, value, depth + 1]);
    }
  }
  return found;
}

function isSignal(value: unknown): boolean {
  const number = numberOf(value);
  if (number !== null) return number > 0;
  if (Array.isArray(value) || isFields(value)) return switchState(value) !== false;
  return isSet(value) && switchState(value) !== false;
}
