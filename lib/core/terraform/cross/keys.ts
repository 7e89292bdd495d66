import type { CrossActionRisk } from '../../finding.ts';
import { textsAt } from '../fields.ts';
import type { Judgement } from '../judgement.ts';
import { keyTest } from '../shapes.ts';
import { identitiesOf, type Resident, type World } from '../world.ts';
import { namesIn, risk } from './links.ts';

const KEY_TYPE =
  /(kms_(external_|replica_)?(external_)?key|kms_crypto_key(_version)?|key_vault(_key)?|managed_hardware_security_module|cloudhsm_v2_cluster|signing_key|encryption_key|master_key|_key)$/;
const USES_KEY =
  /(kms|encrypt|key_vault|cmk|customer_managed|disk_encryption_set|key_name|crypto_key|key_id|key_arn)/;
const usesKey = keyTest((key) => USES_KEY.test(key));
const HOP_TYPES: readonly [type: string, attributes: readonly string[]][] = [
  ['aws_kms_alias', ['target_key_id', 'target_key_arn']],
  ['azurerm_disk_encryption_set', ['key_vault_key_id', 'key_vault_key_url']],
  ['google_kms_crypto_key_version', ['crypto_key']],
  ['azurerm_key_vault_key', ['key_vault_id']],
];

/** A key goes, or is disabled, while something that stays (or a snapshot just being written) needs it. */
export function keyOfRetainedData(
  judgements: readonly Judgement[],
  world: World,
): readonly CrossActionRisk[] {
  const keys = judgements.filter(isLostKey);
  if (keys.length === 0) return [];
  const owners = new Map<string, Judgement>();
  const helpers = new Set<string>();
  for (const key of keys) {
    helpers.add(key.change.address);
    for (const identity of identitiesOf({ type: key.change.type, values: key.view.before }))
      if (isKeyName(identity)) owners.set(trimmed(identity), key);
  }
  for (const [type, attributes] of HOP_TYPES) {
    for (const hop of world.ofType(type)) {
      const key = attributes
        .flatMap((path) => textsAt(hop.values, path))
        .map((name) => ownerOf(name, owners))
        .find(Boolean);
      if (key === undefined) continue;
      if (type !== 'azurerm_disk_encryption_set') helpers.add(hop.address);
      for (const identity of identitiesOf(hop)) if (isKeyName(identity)) owners.set(trimmed(identity), key);
    }
  }
  const needed = new Map<Judgement, string[]>();
  const snapshots = new Set(
    judgements
      .filter((judged) => judged.destroys && judged.tier === 3)
      .map((judged) => judged.change.address),
  );
  for (const resident of world.residents) {
    if (helpers.has(resident.address) || !(isKept(resident) || snapshots.has(resident.address))) continue;
    for (const key of keysUsedBy(resident, owners)) {
      const users = needed.get(key);
      if (users === undefined) needed.set(key, [resident.address]);
      else users.push(resident.address);
    }
  }
  return [...needed].map(([key, users]) =>
    risk(
      'kms_key_encrypts_retained_data',
      [key],
      4,
      'the key goes while data that stays, or a backup of what goes, is encrypted with it',
      users,
    ),
  );
}

/** Destroyed or switched off; aliases, grants and policies are no keys. */
function isLostKey(judged: Judgement): boolean {
  if (!judged.nature.includes('encryption_key_change') || !KEY_TYPE.test(judged.change.type)) return false;
  if (judged.destroys) return judged.tier >= 2;
  return judged.effects.some(
    (effect) =>
      effect.class === 'encryption_key_change' &&
      /^(is_enabled|enabled|state)$/.test(effect.evidence[0]?.path ?? ''),
  );
}

function isKept(resident: Resident): boolean {
  return resident.fate === 'kept' || resident.fate === 'changed' || resident.fate === 'forgotten';
}

function keysUsedBy(resident: Resident, owners: ReadonlyMap<string, Judgement>): ReadonlySet<Judgement> {
  const found = new Set<Judgement>();
  for (const name of namesIn(resident.type, resident.values, usesKey)) {
    const key = ownerOf(name, owners);
    if (key !== undefined) found.add(key);
  }
  return found;
}

/** The key that a name leads to: the name itself, its ARN's key id, or a path above it (versions, vault URIs). */
function ownerOf(name: string, owners: ReadonlyMap<string, Judgement>): Judgement | undefined {
  let part = trimmed(name.toLowerCase());
  const tail = part.slice(part.lastIndexOf('/') + 1);
  for (let depth = 0; depth < 8 && part.length >= 6; depth++) {
    const owner = owners.get(part);
    if (owner !== undefined) return owner;
    const cut = part.lastIndexOf('/');
    if (cut <= 0) break;
    part = trimmed(part.slice(0, cut));
  }
  return part.startsWith('arn:') || name.includes(':key/') ? owners.get(tail) : undefined;
}

/** Short plain names ("main") identify nothing outside their own type. */
function isKeyName(identity: string): boolean {
  return identity.length >= 8 && /[:/-]/.test(identity);
}

function trimmed(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : name;
}
