import { type Fields, fieldsOf, hitsAt, isFields, listOf, NO_FIELDS, textsAt } from './fields.ts';
import type { ResourceChange, TerraformPlan } from './plan-json.ts';
import { shapeOf } from './shapes.ts';

/** What becomes of a resource instance in this plan. */
export type Fate = 'kept' | 'changed' | 'deleted' | 'replaced' | 'forgotten' | 'created';

/** A resource instance that exists now, or (fate created) will. */
export interface Resident {
  readonly address: string;
  readonly type: string;
  readonly fate: Fate;
  /** The object as it is now; for a created one, as planned. */
  readonly values: Fields;
  /** The object as the plan leaves it; where the plan does not change it, as it is. */
  readonly planned: Fields;
}

/** The surroundings of a change: what else exists, what becomes of it, and how providers are configured. */
export interface World {
  readonly residents: readonly Resident[];
  /** Residents of a type, existing and planned. */
  ofType(type: string): readonly Resident[];
  /** Whether the plan makes any object of a type where there was none. */
  isMade(type: string): boolean;
  /** Residents that answer to an identifier: id, ARN, name or self link, also as the last part of a path. */
  named(identifier: string): readonly Resident[];
  /** Residents of a type by the texts at an attribute path, in lower case; whole and last part. */
  byAttribute(type: string, path: string): ReadonlyMap<string, readonly Resident[]>;
  /**
   * An azurerm feature (`key_vault.purge_soft_delete_on_destroy`), once for every azurerm provider configuration:
   * null is a value that is not constant, `default` is none at all.
   */
  feature(path: string): readonly (boolean | null | 'default')[];
}

const IDENTITY_KEYS: ReadonlySet<string> = new Set([
  'id',
  'arn',
  'name',
  'self_link',
  'identifier',
  'cluster_identifier',
  'replication_group_id',
  'cluster_id',
  'bucket',
  'key_id',
  'dataset_id',
  'table_id',
  'instance_id',
  'project_id',
  'resource_id',
  'secret_id',
  'versionless_id',
  'resource_versionless_id',
  'vault_uri',
  'repository_id',
  'uid',
]);

/** A last part that so many share identifies nobody. */
const AMBIGUOUS = 50;

/** Builds the world of a plan; linear in the plan, indexes are made when first asked for. */
export function worldOf(plan: TerraformPlan): World {
  const residents = gatherResidents(plan);
  let types: Map<string, Resident[]> | null = null;
  let names: Map<string, Resident[]> | null = null;
  let features: readonly unknown[] | null = null;
  const attributes = new Map<string, ReadonlyMap<string, readonly Resident[]>>();
  const ofType = (type: string): readonly Resident[] => {
    types ??= groupBy(residents, (resident) => [resident.type]);
    return types.get(type) ?? [];
  };
  const made = new Set(residents.flatMap(({ type, fate }) => (fate === 'created' ? type : [])));
  return {
    residents,
    ofType,
    isMade: (type) => made.has(type),
    byAttribute(type, path) {
      const key = `${type} ${path}`;
      const known = attributes.get(key);
      if (known !== undefined) return known;
      const index = groupBy(ofType(type), (resident) =>
        textsAt(resident.values, path).flatMap((text) => [text.toLowerCase(), lastPart(text.toLowerCase())]),
      );
      attributes.set(key, index);
      return index;
    },
    named(identifier) {
      names ??= groupBy(residents, identitiesOf);
      const whole = identifier.toLowerCase();
      const found = names.get(whole);
      if (found !== undefined) return found;
      const tail = lastPart(whole);
      const group = tail === whole ? [] : (names.get(tail) ?? []);
      return group.length > AMBIGUOUS ? [] : group;
    },
    feature(path) {
      features ??= azureFeatures(plan.configuration);
      return features.map((block) => {
        const hit = hitsAt(block, path.split('.'))[0];
        if (hit === undefined) return 'default';
        const value = isFields(hit.value) ? hit.value.constant_value : hit.value;
        return typeof value === 'boolean' ? value : null;
      });
    },
  };
}

/** What the plan does to the object that exists now; null for what is neither there before nor after. */
export function fateOf(change: ResourceChange): Fate | null {
  switch (change.action) {
    case 'create':
      return 'created';
    case 'delete':
      return 'deleted';
    case 'delete+create':
    case 'create+delete':
      return 'replaced';
    case 'forget':
      return 'forgotten';
    case 'update':
      return 'changed';
    case 'import':
    case 'move':
    case 'no-op':
      return 'kept';
    case 'read':
      return null;
  }
}

/** The identifiers a resource answers to, in lower case (Azure ids differ in case from place to place). */
export function identitiesOf(resident: {
  readonly type: string;
  readonly values: Fields;
}): readonly string[] {
  const places = shapeOf(resident.type, resident.values).places(isIdentity);
  const values = Object.values(resident.values);
  const found: string[] = [];
  for (const place of places) {
    const value = values[place];
    if (typeof value === 'string' && value !== '') found.push(value.toLowerCase());
  }
  return found;
}

const isIdentity = (name: string): boolean => IDENTITY_KEYS.has(name);

/** The last part of a path, ARN or URL: `orders` of `arn:aws:rds:eu-west-1:1:db:orders`. */
export function lastPart(identifier: string): string {
  return identifier.slice(Math.max(identifier.lastIndexOf('/'), identifier.lastIndexOf(':')) + 1);
}

function gatherResidents(plan: TerraformPlan): readonly Resident[] {
  const residents: Resident[] = [];
  const seen = new Set<string>();
  for (const change of plan.changes) {
    const fate = change.mode === 'data' ? null : fateOf(change);
    if (fate === null) continue;
    if (change.deposed === null) seen.add(change.address);
    if (change.previousAddress !== null) seen.add(change.previousAddress);
    const values = change.before ?? change.after ?? NO_FIELDS;
    const planned = fate === 'changed' ? (change.after ?? values) : values;
    residents.push({ address: change.address, type: change.type, fate, values, planned });
  }
  for (const resource of plan.priorState) {
    if (resource.mode === 'data' || seen.has(resource.address)) continue;
    const { address, type, values } = resource;
    residents.push({ address, type, fate: 'kept', values, planned: values });
  }
  return residents;
}

function groupBy(
  residents: readonly Resident[],
  keysOf: (resident: Resident) => readonly string[],
): Map<string, Resident[]> {
  const groups = new Map<string, Resident[]>();
  for (const resident of residents) {
    for (const key of new Set(keysOf(resident))) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [resident]);
      else group.push(resident);
    }
  }
  return groups;
}

/** Every `features` block of every azurerm provider configuration, aliased and in modules. */
function azureFeatures(configuration: Fields): readonly unknown[] {
  return Object.values(fieldsOf(configuration.provider_config))
    .map(fieldsOf)
    .filter((provider) => provider.name === 'azurerm')
    .flatMap((provider) => {
      const features = fieldsOf(provider.expressions).features;
      return Array.isArray(features) && features.length > 0 ? listOf(features) : [features];
    });
}
