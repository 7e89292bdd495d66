/**
 * The digest of a terraform plan: what an approval binds to. Two plans made from equal inputs have equal
 * digests; times, plan ids and download folders are not in it. Whatever may hold a secret goes in as an HMAC,
 * so that no record can be used to guess it.
 */
import type { TerraformTarget } from '../action.ts';
import { canonicalJson, type Digest, digestOf, sha256 } from '../canonical.ts';
import type { DigestParts } from '../plan.ts';
import { describeTerraformArguments, renderTerraformArguments } from './arguments.ts';
import { type Fields, fieldsOf, isFields, listOf } from './fields.ts';
import type { PlanFile } from './plan-file.ts';

export interface TerraformDigestInputs {
  /** Of the source alone. */
  readonly snapshot: Digest;
  /** Of the modules that were downloaded for it; null where there are none. */
  readonly modules: Digest | null;
  readonly target: TerraformTarget & { readonly destroy: boolean };
  readonly tool: { readonly name: string; readonly version: string };
  readonly planFile: PlanFile;
  /** `terraform show -json` of that file, parsed. */
  readonly planJson: unknown;
  readonly hmac: (text: string) => string;
}

export function terraformDigest(inputs: TerraformDigestInputs): {
  readonly digest: Digest;
  readonly parts: DigestParts;
} {
  const { snapshot, modules, target, tool, planFile, hmac } = inputs;
  const plan = fieldsOf(inputs.planJson);
  const secret = (value: unknown): Digest => sha256(hmac(canonicalJson(value)));
  const changes = changesOf(plan);
  const args = target.args.filter(({ flag }) => flag !== 'destroy');
  const destroy = target.destroy || args.length !== target.args.length;
  const commit = target.commit === undefined ? [] : [target.commit];
  const parts: DigestParts = {
    snapshot: { hash: snapshot, shown: snapshot },
    modules: { hash: modules ?? digestOf(null), shown: modules },
    configuration: { hash: digestOf(hashes(planFile.configuration)), shown: null },
    lock_file: { hash: sha256(planFile.lockFile), shown: null },
    tool: {
      hash: digestOf([tool.name, tool.version, planFile.terraformVersion]),
      shown: `${tool.name} ${tool.version}`,
    },
    providers: shownAsIs(providersOf(plan, planFile.lockFile)),
    backend: {
      hash: secret([planFile.backend.type, Buffer.from(planFile.backend.config).toString('base64')]),
      shown: planFile.backend.type,
    },
    target: {
      hash: digestOf([target.cwd, target.ref, ...commit]),
      shown: [target.cwd, ...commit].join(' @ '),
    },
    workspace: shownAsIs([planFile.workspace]),
    state: {
      hash: digestOf([planFile.state.lineage, planFile.state.serial]),
      shown: `serial ${planFile.state.serial}`,
    },
    arguments: {
      hash: secret([destroy, renderTerraformArguments(args)]),
      shown: [...(destroy ? ['-destroy'] : []), ...describeTerraformArguments(args)].join(' '),
    },
    variables: {
      hash: secret(fieldsOf(plan.variables)),
      shown: Object.keys(fieldsOf(plan.variables)).sort().join(', '),
    },
    changes: { hash: secret(changes), shown: countsOf(changes) },
  };
  const digest = digestOf({
    type: 'recourse.terraform.v1',
    parts: Object.entries(parts).map(([name, { hash }]) => [name, hash]),
  });
  return { digest, parts };
}

function shownAsIs(lines: readonly string[]): { readonly hash: Digest; readonly shown: string } {
  return { hash: digestOf(lines), shown: lines.join(', ') };
}

function hashes(files: ReadonlyMap<string, Uint8Array>): readonly (readonly [string, Digest])[] {
  return [...files]
    .map(([name, bytes]) => [name, sha256(bytes)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Repeats what other parts cover, is a time, or (relevant_attributes) comes in no fixed order. */
const NOT_CHANGES = new Set([
  'timestamp',
  'variables',
  'configuration',
  'planned_values',
  'prior_state',
  'relevant_attributes',
  'terraform_version',
]);

/** Everything that the plan says will happen. What newer formats add is in it until it is known to be noise. */
function changesOf(plan: Fields): Fields {
  const kept = Object.entries(plan).filter(([name]) => !NOT_CHANGES.has(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, Array.isArray(value) ? inOrder(value.map(settled)) : value]),
  );
}

/** `replace_paths` is a set that terraform writes in any order. */
function settled(entry: unknown): unknown {
  if (!isFields(entry) || !isFields(entry.change) || !Array.isArray(entry.change.replace_paths)) return entry;
  return { ...entry, change: { ...entry.change, replace_paths: inOrder(entry.change.replace_paths) } };
}

function inOrder(values: readonly unknown[]): readonly unknown[] {
  return values
    .map((value) => ({ value, text: canonicalJson(value) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ value }) => value);
}

/** Full source addresses that the configuration and the changes name, with the versions that are locked. */
function providersOf(plan: Fields, lockFile: Uint8Array): readonly string[] {
  const names = new Set<string>();
  for (const config of Object.values(fieldsOf(fieldsOf(plan.configuration).provider_config))) {
    const name = fieldsOf(config).full_name;
    if (typeof name === 'string') names.add(name);
  }
  for (const change of [...listOf(plan.resource_changes), ...listOf(plan.resource_drift)]) {
    const name = fieldsOf(change).provider_name;
    if (typeof name === 'string') names.add(name);
  }
  const locked = new Map<string, string>();
  const blocks = /^provider\s+"([^"]+)"\s*\{[^}]*?\bversion\s*=\s*"([^"]+)"/gm;
  for (const [, name = '', version = ''] of new TextDecoder().decode(lockFile).matchAll(blocks)) {
    locked.set(name, version);
    names.add(name);
  }
  return [...names].sort().map((name) => (locked.has(name) ? `${name} ${locked.get(name)}` : name));
}

function countsOf(changes: Fields): string {
  const counts = new Map<string, number>();
  for (const entry of listOf(changes.resource_changes)) {
    const action = listOf(fieldsOf(fieldsOf(entry).change).actions).join('+');
    counts.set(action, (counts.get(action) ?? 0) + 1);
  }
  return [...counts]
    .sort()
    .map(([action, count]) => `${count} ${action}`)
    .join(', ');
}
