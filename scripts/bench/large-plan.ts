/** Plan JSON as `terraform show -json` prints it, as large as asked; the same for the same count. */
import { KINDS, type Kind, type Values } from './plan-resources.ts';

/** `ordinary`: most of it stays, some is made, some changes. `dangerous`: everything goes, or is weakened. */
export type Mood = 'ordinary' | 'dangerous';

const ACTIONS: Readonly<Record<Mood, readonly (readonly string[])[]>> = {
  ordinary: [
    ['no-op'],
    ['update'],
    ['no-op'],
    ['create'],
    ['no-op'],
    ['no-op'],
    ['delete', 'create'],
    ['no-op'],
  ],
  dangerous: [['delete'], ['update'], ['delete', 'create'], ['create', 'delete']],
};
const MODULES = 40;

export function largePlan(changes: number, mood: Mood): string {
  const instances = Array.from({ length: changes }, (_, index) => instanceAt(index, mood));
  const existing = modulesOf(instances.filter(({ before }) => before !== null).map(stateEntry));
  return JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    planned_values: {
      root_module: {
        child_modules: modulesOf(instances.filter(({ after }) => after !== null).map(plannedEntry)),
      },
    },
    resource_changes: instances.map(changeEntry),
    prior_state: {
      format_version: '1.0',
      terraform_version: '1.11.4',
      values: { root_module: { child_modules: existing } },
    },
    configuration: {
      provider_config: {
        aws: { name: 'aws', full_name: PROVIDER, expressions: { region: { constant_value: 'eu-west-1' } } },
      },
      root_module: { module_calls: callsOf(instances) },
    },
    timestamp: '2026-01-01T00:00:00Z',
    applyable: true,
    complete: true,
    errored: false,
  });
}

const PROVIDER = 'registry.terraform.io/hashicorp/aws';

interface Instance {
  readonly kind: Kind;
  readonly name: string;
  readonly module: string;
  readonly address: string;
  /** The resource before it in the same module, which it refers to. */
  readonly uses: string | null;
  readonly actions: readonly string[];
  readonly before: Values | null;
  readonly after: Values | null;
}

function instanceAt(index: number, mood: Mood): Instance {
  const kind = kindAt(index);
  const actions = ACTIONS[mood][Math.floor(index / KINDS.length) % ACTIONS[mood].length] ?? ['no-op'];
  const module = `part${Math.floor(index / KINDS.length) % MODULES}`;
  const values = kind.values(index);
  const before = actions[0] === 'create' && actions.length === 1 ? null : values;
  const isFirst = index % KINDS.length === 0;
  return {
    kind,
    name: `n${index}`,
    module,
    address: `module.${module}.${kind.type}.n${index}`,
    uses: isFirst ? null : `${kindAt(index - 1).type}.n${index - 1}`,
    actions,
    before,
    after: afterOf(values, actions, kind, mood),
  };
}

/** A new object has no ids yet: terraform leaves out what it does not know. */
function afterOf(values: Values, actions: readonly string[], kind: Kind, mood: Mood): Values | null {
  if (actions[0] === 'delete' && actions.length === 1) return null;
  if (actions[0] === 'no-op') return values;
  if (actions[0] === 'update')
    return { ...values, ...(mood === 'dangerous' ? kind.weakened : { tags: { Name: 'new' } }) };
  const known = Object.entries(values).filter(([key]) => !UNKNOWN.has(key));
  return Object.fromEntries(known);
}

const UNKNOWN = new Set(['id', 'arn', 'unique_id', 'resource_id', 'address', 'endpoint', 'private_ip']);

function changeEntry({ kind, name, module, address, actions, before, after }: Instance) {
  const marks = Object.fromEntries(kind.sensitive.map((key) => [key, true]));
  const isNew = actions.includes('create');
  const unknown = Object.fromEntries(
    Object.keys(before ?? {}).flatMap((key) => (isNew && UNKNOWN.has(key) ? [[key, true]] : [])),
  );
  return {
    address,
    module_address: `module.${module}`,
    mode: 'managed',
    type: kind.type,
    name,
    provider_name: PROVIDER,
    change: {
      actions,
      before,
      after,
      after_unknown: isNew ? { ...unknown, id: true, arn: true } : {},
      before_sensitive: before === null ? false : marks,
      after_sensitive: after === null ? false : marks,
    },
    ...(actions.length > 1 ? { action_reason: 'replace_because_cannot_update' } : {}),
  };
}

interface Placed {
  readonly module: string;
  readonly entry: object;
}

function stateEntry(instance: Instance): Placed {
  const uses = instance.uses === null ? {} : { depends_on: [`module.${instance.module}.${instance.uses}`] };
  return { module: instance.module, entry: { ...entryOf(instance, instance.before), ...uses } };
}

function plannedEntry(instance: Instance): Placed {
  return { module: instance.module, entry: entryOf(instance, instance.after) };
}

function entryOf({ kind, name, address }: Instance, values: Values | null) {
  return {
    address,
    mode: 'managed',
    type: kind.type,
    name,
    provider_name: PROVIDER,
    schema_version: 1,
    values,
    sensitive_values: Object.fromEntries(kind.sensitive.map((key) => [key, true])),
  };
}

function modulesOf(placed: readonly Placed[]) {
  const modules = byModule(placed);
  return [...modules].map(([module, entries]) => ({
    address: `module.${module}`,
    resources: entries.map(({ entry }) => entry),
  }));
}

function callsOf(instances: readonly Instance[]) {
  const modules = byModule(instances);
  return Object.fromEntries(
    [...modules].map(([module, members]) => [
      module,
      {
        source: './part',
        expressions: { region: { constant_value: 'eu-west-1' } },
        module: { resources: members.map(configured) },
      },
    ]),
  );
}

function byModule<T extends { readonly module: string }>(
  items: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const modules = new Map<string, T[]>();
  for (const item of items) {
    const members = modules.get(item.module);
    if (members === undefined) modules.set(item.module, [item]);
    else members.push(item);
  }
  return modules;
}

function configured({ kind, name, uses }: Instance) {
  const given = Object.entries(kind.values(0)).filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number',
  );
  return {
    address: `${kind.type}.${name}`,
    mode: 'managed',
    type: kind.type,
    name,
    provider_config_key: 'aws',
    expressions: {
      ...Object.fromEntries(given.slice(0, 12).map(([key, value]) => [key, { constant_value: value }])),
      ...(uses === null ? {} : { depends: { references: [`${uses}.id`, uses] } }),
      tags: { references: ['var.tags'] },
    },
    schema_version: 1,
  };
}

function kindAt(index: number): Kind {
  const kind = KINDS[index % KINDS.length];
  if (kind === undefined) throw new RangeError(`no kind for ${index}`);
  return kind;
}
