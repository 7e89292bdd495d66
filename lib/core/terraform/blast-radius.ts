import type { BlastRadius } from '../finding.ts';
import { isFields } from './fields.ts';
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
  const reach = reachOver(graph, valueUsers(addresses, world), instancesByNode(world));
  const memo = new Map<string, BlastRadius>();
  const radii: BlastRadius[] = [];
  let [listed, omitted] = [0, 0];
  for (const address of plan.changes.length === 0 ? [] : addresses) {
    const node = nodeOf(address);
    let radius = memo.get(node);
    if (radius === undefined) {
      if (listed > MOST_LISTED) {
        omitted++;
        continue;
      }
      radius = { address, direct: reach(node, true), all: reach(node, false) };
      memo.set(node, radius);
      listed += radius.all.length;
    }
    if (radius.all.length > 0) radii.push({ address, direct: radius.direct, all: radius.all });
  }
  return { radii, omitted };
}

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/** The graph in numbers: plans have tens of thousands of nodes and every one is walked from. */
interface Numbered {
  readonly users: readonly (readonly number[])[];
  readonly indirect: readonly (readonly number[])[];
  readonly instances: readonly (readonly string[])[];
  /** Resources end the search for direct users; data sources and symbols only pass it on. */
  readonly ends: readonly boolean[];
}

/** A function from a node to the instances that depend on it, nearest first. */
function reachOver(
  graph: ReferenceGraph,
  holders: Edges,
  instances: ReadonlyMap<string, readonly string[]>,
): (node: string, nearest: boolean) => readonly string[] {
  const ids = new Map<string, number>();
  const names: string[] = [];
  const idOf = (node: string): number => {
    const known = ids.get(node);
    if (known !== undefined) return known;
    ids.set(node, names.length);
    return names.push(node) - 1;
  };
  const list = (edges: readonly Edges[]): number[][] => {
    const out: number[][] = [];
    for (const edge of edges) {
      for (const [from, users] of edge) {
        const at = idOf(from);
        const known = out[at] ?? [];
        for (const user of users) known.push(idOf(user));
        out[at] = known;
      }
    }
    return out;
  };
  const users = list([graph.users, holders]);
  const indirect = list([graph.indirectUsers]);
  const numbered: Numbered = {
    users,
    indirect,
    instances: names.map((name) => instances.get(name) ?? []),
    ends: names.map((name) => isResourceNode(name) && !name.includes('|data.')),
  };
  const seen = new Int32Array(names.length);
  let round = 0;
  return (node, nearest) => {
    const start = ids.get(node);
    return start === undefined ? [] : walk(start, nearest, numbered, seen, ++round);
  };
}

/** Breadth first from a node; `seen` is stamped with the round, so that it is never cleared. */
function walk(
  start: number,
  nearest: boolean,
  graph: Numbered,
  seen: Int32Array,
  round: number,
): readonly string[] {
  const found: string[] = [];
  const queue = [start];
  seen[start] = round;
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at] ?? start;
    for (const edges of nearest ? [graph.users[node]] : [graph.users[node], graph.indirect[node]]) {
      for (const user of edges ?? []) {
        if (seen[user] === round) continue;
        seen[user] = round;
        const isEnd = graph.ends[user] === true;
        if (isEnd) for (const address of graph.instances[user] ?? []) found.push(address);
        if (!nearest || !isEnd) queue.push(user);
      }
    }
  }
  return found;
}

/** Managed instances that exist or will, by node; those that the plan deletes or forgets are left out. */
function instancesByNode(world: World): ReadonlyMap<string, readonly string[]> {
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
  return nodes;
}

/**
 * Users by value: a kept resource whose attributes carry the id, ARN or self link of one of the addresses, and
 * nobody else answers to that identifier. Finds what configuration and state do not link (ids typed in by hand).
 */
function valueUsers(addresses: readonly string[], world: World): Edges {
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
  for (const key in resident.values) {
    if (key !== 'id' && key !== 'arn' && key !== 'self_link') lookUp(resident.values[key], owners, found, 0);
  }
  return found;
}

const DEEPEST = 20;

function lookUp(
  node: unknown,
  owners: ReadonlyMap<string, string | null>,
  found: string[],
  depth: number,
): void {
  if (typeof node === 'string') {
    const owner = node.length < 8 ? null : owners.get(node);
    if (typeof owner === 'string') found.push(owner);
  } else if (Array.isArray(node)) {
    if (depth < DEEPEST) for (const item of node) lookUp(item, owners, found, depth + 1);
  } else if (isFields(node) && depth < DEEPEST) {
    for (const key in node) lookUp(node[key], owners, found, depth + 1);
  }
}

/** Long and structured enough to be an identifier and not a word that happens to be the same. */
function isTelling(identifier: string): boolean {
  return identifier.length >= 8 && /[:/\d-]/.test(identifier);
}
