import type { ConsequenceClass, Tier } from '../finding.ts';
import { changedLeaves, type Leaf, LOG_LIST } from './changed-leaves.ts';
import { change, UNKNOWN } from './effects.ts';
import { grantsBroadly, isPublic } from './exposure.ts';
import { isSet, numberOf, switchState } from './fields.ts';
import type { Effect, View } from './rule.ts';
import { isoDays, weakerWord } from './weaker-words.ts';

/**
 * What the name of a changed attribute tells, whatever the type: the net under the tables of `resources/`.
 * `caution` is the tier of a hit: 1 for a known type, whose own watches raise it where data goes, 5 for an
 * unknown one. One walk over before and after.
 */
export function commonEffects(view: View, caution: Tier): readonly Effect[] {
  if (view.action === 'create') return [];
  const effects: Effect[] = [];
  for (const leaf of changedLeaves(view)) {
    const found = judge(leaf, caution === 5);
    if (found !== null) {
      const tier = leaf.after === UNKNOWN ? 5 : caution;
      effects.push({ tier, advice: null, ...found, evidence: change(leaf.path, leaf.before, leaf.after) });
    }
  }
  return effects;
}

interface Judgement {
  readonly class: ConsequenceClass;
  readonly why: string;
}

const PROTECTION =
  /^(deletion_?protection(_enabled)?|enable_deletion_protection|delete_protection(_state|_enabled)?|termination_protection(_enabled)?|disable_api_(termination|stop)|enable_drop_protection|purge_protection_enabled|prevent_(destroy|deletion|destruction).*|deletion_policy|api_deletion_protection.*|final_snapshot|create_snapshot_before_destroy|retain_(backups|data|primary).*|block_public_\w+|ignore_public_acls|restrict_public_buckets|public_access_prevention|prevent_volume_destruction|protect_from_scale_in|.*vault_lock.*|immutability.*|mfa_delete|point_in_time_recovery\w*|soft_delete\w*|versioning\w*|.*_protection|protected)$/;
const DESTRUCTION =
  /^(skip_final_(snapshot|backup)|force_(destroy|delete)|delete_contents_on_destroy|delete_automated_backups|purge_\w*on_destroy\w*|delete_(data|os)_disks?_on_\w+|delete_on_termination|close_on_deletion|permanent(ly)?_delet\w+|bypass_\w+_retention)$/;
const RETENTION =
  /(retention|retained_backups|recovery_window|deletion_window|snapshot_limit|time_travel|delete_after)/;
const BACKUP = /(backup|snapshot|point_in_time|pitr|continuous|versioning|soft_delete|retention_policy)/;
const ENCRYPTION = /(^encrypt|encrypted|encryption|^sse|^kms_|_kms_|kms_key)/;
const KEY = /(kms_key|kms_master_key|key_vault_key_id|encryption_key)/;
const PUBLIC =
  /^(publicly_accessible|public_network_access(_enabled)?|public_access(_enabled)?|anonymous_\w+|allow_(nested_items_to_be|blob)_public(_access)?|map_public_ip_on_launch|endpoint_public_access|public)$/;
const LOGGING = /(logging|^audit|_audit|log_export|enable_log|logs_enabled|flow_log)/;
const SCALE =
  /^(replicas|desired_(count|capacity|size)|min_(size|capacity|count|replicas)|max_(size|capacity|count|replicas)|node_count|worker_count|instance_count|instances|initial_node_count|target_size)$/;
const NETWORK =
  /(cidr|ingress|source_range|authorized_network|allowed_ip|ip_rules|whitelist|allowlist|public|members?$|principal|firewall)/;
const POLICY = /(^policy$|_policy$|policy_document|^assume_role|permissions?$|^roles?$)/;

function judge(leaf: Leaf, isUnknownType: boolean): Judgement | null {
  const name = leaf.names.at(-1) ?? '';
  const path = leaf.names.join('.');
  const hidden = leaf.after === UNKNOWN;
  // What makes a delete final is no guard: it is good that it goes off.
  const wentOff =
    switchState(leaf.before) === true && (hidden || isNowOff(leaf.after)) && !DESTRUCTION.test(name);
  const wentOn = switchState(leaf.before) !== true && switchState(leaf.after) === true;
  const [was, now] = [amountOf(leaf.before), amountOf(leaf.after)];
  // Less than nothing (-1) is how many services say "without end".
  const fell =
    was !== null && was > 0 && (hidden || leaf.after === null || (now !== null && now >= 0 && now < was));
  if (
    wentOff &&
    (PROTECTION.test(name) || (isSwitch(name) && leaf.names.some((step) => PROTECTION.test(step))))
  ) {
    return { class: protectionClass(name, path), why: `${name} is switched off` };
  }
  if (wentOn && DESTRUCTION.test(name)) {
    return { class: 'protection_disabled', why: `${name} is switched on: a later delete leaves no way back` };
  }
  if (name === 'final_snapshot_identifier' && isSet(leaf.before) && !isSet(leaf.after)) {
    return { class: 'protection_disabled', why: 'the name of the final snapshot is removed' };
  }
  // Log services keep for ever at 0, so for types with a table of their own that is no cut.
  const isForever = !isUnknownType && name === 'retention_in_days' && now === 0;
  if (fell && !isForever && RETENTION.test(path) && !LOGGING.test(path)) {
    return { class: 'backup_retention_reduction', why: `${name} is lowered` };
  }
  if (wentOff && BACKUP.test(path))
    return { class: 'backup_retention_reduction', why: `${path} is switched off` };
  if (wentOn && PUBLIC.test(name)) return { class: 'expose_data_publicly', why: `${name} is switched on` };
  if (wentOff && LOGGING.test(path))
    return { class: 'disable_audit_logging', why: `${path} is switched off` };
  if (LOG_LIST.test(name) && typeof leaf.before === 'string' && leaf.after === null) {
    return { class: 'disable_audit_logging', why: `${leaf.before} is no longer written` };
  }
  if (wentOff && ENCRYPTION.test(path)) return { class: 'remove_encryption', why: `${path} is switched off` };
  if (KEY.test(name) && typeof leaf.before === 'string' && leaf.before !== '' && !hidden) {
    return isSet(leaf.after)
      ? { class: 'encryption_key_change', why: `${name} changes` }
      : { class: 'remove_encryption', why: `${name} is removed` };
  }
  if (
    SCALE.test(name) &&
    was !== null &&
    now !== null &&
    was > 0 &&
    (now === 0 || (isUnknownType && now * 2 < was))
  ) {
    return {
      class: 'production_scale_down',
      why: now === 0 ? `${name} goes to zero` : `${name} is cut by more than half`,
    };
  }
  if (
    NETWORK.test(path) &&
    !/egress|destination/.test(path) &&
    isPublic(leaf.after) &&
    !isPublic(leaf.before)
  ) {
    const isPrincipal = /member|principal/.test(path);
    return {
      class: isPrincipal ? 'expose_data_publicly' : 'security_group_public_ingress',
      why: `${name} opens to everybody`,
    };
  }
  if (POLICY.test(name) && !hidden && grantsBroadly(leaf.after) && !grantsBroadly(leaf.before)) {
    return { class: 'iam_policy_change', why: `${name} now grants broadly` };
  }
  const weaker = hidden ? null : (leaf.weaker ?? weakerWord(leaf.names, leaf.before, leaf.after));
  if (weaker !== null) return weaker;
  return isUnknownType && (wentOff || fell) ? weakened(path) : null;
}

/** A number, or the days of a period. */
function amountOf(value: unknown): number | null {
  return numberOf(value) ?? isoDays(value);
}

const WEAKER: readonly [RegExp, ConsequenceClass][] = [
  [/retention|backup|snapshot|versioning|soft_delete|pitr/, 'backup_retention_reduction'],
  [/encrypt|kms|tls|ssl/, 'remove_encryption'],
  [/logging|audit/, 'disable_audit_logging'],
  [/protect|lock|guard/, 'protection_disabled'],
  [/replica|count|capacity/, 'production_scale_down'],
  [/policy|role|auth/, 'iam_policy_change'],
  [/private|isolat|firewall/, 'network_isolation_loss'],
];

/** A type nobody knows: any guard-like attribute that gets weaker is worth a look. */
function weakened(path: string): Judgement | null {
  const kind = WEAKER.find(([words]) => words.test(path))?.[1];
  return kind === undefined ? null : { class: kind, why: `${path} gets weaker` };
}

function isNowOff(after: unknown): boolean {
  return switchState(after) === false || (typeof after === 'string' && switchState(after) !== true);
}

function isSwitch(name: string): boolean {
  return name === 'enabled' || name === 'status' || name === 'state';
}

function protectionClass(name: string, path: string): ConsequenceClass {
  if (/public/.test(name)) return 'expose_data_publicly';
  return /point_in_time|soft_delete|retain_backups/.test(path)
    ? 'backup_retention_reduction'
    : 'protection_disabled';
}
