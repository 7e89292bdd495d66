import type { BlastRadius } from '../finding.ts';
import type { TerraformPlan } from './plan-json.ts';
import { isResourceNode, nodeOf, type ReferenceGraph } from './references.ts';
import type { Resident, World } from './world.ts';

/** Most addresses listed over all radii of one evaluation; a chain of n would list n² otherwise. */
export const MOST_LISTED = 250_000;

export interface BlastReport {
  readonly radii: readonly BlastRadius[];
  /** Addresses whose radius is not listed because the list was full. */
  readonly omitted: number;
}

/**
 * Who depends on each of these addresses, directly and in all. Dependents that this plan deletes are passed
 * through but not listed: nothing of them is left to be hurt. Addresses without dependents are left out.
 */
export function blastRadii(
  addresses: readonly string[],
  plan: TerraformPlan,
  world: World,
  graph: ReferenceGraph,
): BlastReport {
  const instances = instancesByNode(plan, world);
  const holders = valueUsers(addresses, world);
  const memo = new Map<string, BlastRadius>();
  const radii: BlastRadius[] = [];
  let [listed, omitted] = [0, 0];
  for (const address of addresses) {
    const node = nodeOf(address);
    if (listed > MOST_LISTED && !memo.has(node)) {
      omitted++;
      continue;
    }
    const radius = memo.get(node) ?? radiusOf(node, graph, holders, instances);
    if (!memo.has(node)) {
      memo.set(node, radius);
      listed += radius.all.length;
    }
    if (radius.all.length > 0) radii.push({ ...radius, address });
  }
  return { radii, omitted };
}

function radiusOf(
  node: string,
  graph: ReferenceGraph,
  holders: ReadonlyMap<string, ReadonlySet<string>>,
  instances: ReadonlyMap<string, readonly string[]>,
): BlastRadius {
  const direct = reach(node, (at) => [...(graph.users.get(at) ?? []), ...(holders.get(at) ?? [])], true);
  const all = reach(
    node,
    (at) => [...(graph.users.get(at) ?? []), ...(holders.get(at) ?? []), ...(graph.indirectUsers.get(at) ?? [])],
    false,
  );
  const fan = (nodes: ReadonlySet<string>): readonly string[] =>
    [...nodes].flatMap((found) => instances.get(found) ?? []).sort();
  return { address: '', direct: fan(direct), all: fan(all) };
}

/** Resource nodes reachable over users; `nearest` stops at the first resource on each way. */
function reach(start: string, usersOf: (node: string) => readonly string[], nearest: boolean): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set([start]);
  const work = [start];
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    for (const user of usersOf(node)) {
      if (seen.has(user)) continue;
      seen.add(user);
      const isResource = isResourceNode(user);
      if (isResource) found.add(user);
      if (!isResource || !nearest || user.includes('|data.')) work.push(user);
    }
  }
  return found;
}

/** Managed instances that exist or will, by node; those that the plan deletes or forgets are left out. */
function instancesByNode(plan: TerraformPlan, world: World): ReadonlyMap<string, readonly string[]> {
  const nodes = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const resident of world.residents) {
    if (resident.fate === 'deleted' || resident.fate === 'forgotten' || seen.has(resident.address)) continue;
    seen.add(resident.address);
    const node = nodeOf(resident.address);
    const list = nodes.get(node);
    if (list === undefined) nodes.set(node, [resident.address]);
    else list.push(resident.address);
  }
  return plan.changes.length === 0 ? new Map() : nodes;
}

/**
 * Users by value: a kept resource whose attributes carry the id, ARN or self link of one of the addresses, and
 * nobody else answers to that identifier. Finds what configuration and state do not link (ids typed in by hand).
 */
function valueUsers(addresses: readonly string[], world: World): ReadonlyMap<string, ReadonlySet<string>> {
  const touched = new Set(addresses);
  const owners = new Map<string, string | null>();
  for (const resident of world.residents) {
    for (const key of ['id', 'arn', 'self_link']) {
      const identifier = resident.values[key];
      if (typeof identifier !== 'string' || !isTelling(identifier)) continue;
      const owner = owners.get(identifier);
      if (owner === undefined) owners.set(identifier, resident.address);
      else if (owner !== resident.address) owners.set(identifier, null);
    }
  }
  const users = new Map<string, Set<string>>();
  for (const resident of world.residents) {
    if (resident.fate === 'deleted' || resident.fate === 'created' || resident.fate === 'forgotten') continue;
    for (const owner of ownersNamedBy(resident, owners)) {
      if (owner === resident.address || !touched.has(owner)) continue;
      const [from, to] = [nodeOf(owner), nodeOf(resident.address)];
      if (from === to) continue;
      const known = users.get(from);
      if (known === undefined) users.set(from, new Set([to]));
      else known.add(to);
    }
  }
  return users;
}

function ownersNamedBy(resident: Resident, owners: ReadonlyMap<string, string | null>): readonly string[] {
  const found: string[] = [];
  const work: unknown[] = [];
  for (const key in resident.values) {
    if (key !== 'id' && key !== 'arn' && key !== 'self_link') work.push(resident.values[key]);
  }
  while (work.length > 0) {
    const node = work.pop();
    if (typeof node === 'string') {
      const owner = owners.get(node);
      if (typeof owner === 'string') found.push(owner);
    } else if (typeof node === 'object' && node !== null) {
      for (const value of Object.values(node)) if (value !== null) work.push(value);
    }
  }
  return found;
}

/** Long and structured enough to be an identifier and not a word that happens to be the same. */
function isTelling(identifier: string): boolean {
  return identifier.length >= 8 && /[:/\d-]/.test(identifier);
}
