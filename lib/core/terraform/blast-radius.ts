import type { BlastRadius, ReachPath } from '../finding.ts';
import { isFields } from './fields.ts';
import type { TerraformPlan } from './plan-json.ts';
import type { ReferenceGraph } from './reference-graph.ts';
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
  const reach = new Reach(graph, valueUsers(addresses, world, graph), instancesByNode(world, graph));
  const memo = new Map<number, BlastRadius>();
  const radii: BlastRadius[] = [];
  let [listed, omitted] = [0, 0];
  for (const address of plan.changes.length === 0 ? [] : addresses) {
    const node = graph.nodeOf(address);
    let radius = memo.get(node);
    if (radius === undefined) {
      if (listed > MOST_LISTED) {
        omitted++;
        continue;
      }
      radius = { address, ...reach.of(node) };
      memo.set(node, radius);
      listed += radius.all.length;
    }
    if (radius.all.length > 0) radii.push({ ...radius, address });
  }
  return { radii, omitted };
}

/** Lists by node number; most nodes have none. */
type ByNode<T> = readonly (readonly T[] | undefined)[];

/** Searches from one node after another; `#seen` is stamped with the round, so that it is never cleared. */
class Reach {
  readonly #graph: ReferenceGraph;
  readonly #holders: ByNode<number>;
  readonly #instances: ByNode<string>;
  readonly #dead: ReadonlySet<number>;
  readonly #seen: Int32Array;
  /** From whom a node was seen first. */
  readonly #from: Int32Array;
  #round = 0;
  #namedPaths = 0;

  constructor(graph: ReferenceGraph, holders: ByNode<number>, instances: ByNode<string>) {
    this.#graph = graph;
    this.#holders = holders;
    this.#instances = instances;
    this.#dead = deadEnds(graph);
    this.#seen = new Int32Array(graph.users.length);
    this.#from = new Int32Array(graph.users.length);
  }

  /** Who depends on a node, nearest first, and how the first of those that do so indirectly come to it. */
  of(node: number): Omit<BlastRadius, 'address'> {
    if (!this.#hasUsers(node)) return { direct: NOBODY, all: NOBODY };
    const { found, near } = this.#walk(node);
    const direct = this.#instancesOf(found, 0, near);
    const all = near === found.length ? direct : [...direct, ...this.#instancesOf(found, near, found.length)];
    const paths = this.#paths(node, found);
    return paths.length === 0 ? { direct, all } : { direct, all, paths };
  }

  #hasUsers(node: number): boolean {
    if (this.#holders[node] !== undefined || (this.#graph.indirectUsers[node] ?? NOTHING).length > 0)
      return true;
    return !(this.#graph.users[node] ?? NOTHING).every((user) => this.#dead.has(user));
  }

  #instancesOf(nodes: readonly number[], from: number, to: number): readonly string[] {
    const addresses: string[] = [];
    for (let at = from; at < to; at++) {
      const here = this.#instances[nodes[at] ?? -1] ?? NOBODY;
      for (let index = 0; index < here.length; index++) addresses.push(here[index] ?? '');
    }
    return addresses;
  }

  /**
   * Breadth first: the resources among the users. First what is reached without passing another resource (`near` of
   * them), then what lies behind those, last what only the state knows to be an indirect user: it would pass for a
   * near one.
   */
  #walk(start: number): { readonly found: readonly number[]; readonly near: number } {
    const { users, indirectUsers } = this.#graph;
    this.#round++;
    this.#seen[start] = this.#round;
    const found: number[] = [];
    const queue = [start];
    for (let at = 0; at < queue.length; at++) {
      const node = queue[at] ?? start;
      this.#visit(users[node], node, found, queue, true);
      this.#visit(this.#holders[node], node, found, queue, true);
    }
    const near = found.length;
    const behind = [...queue, ...found];
    for (let at = queue.length; at < behind.length; at++) {
      const node = behind[at] ?? start;
      this.#visit(users[node], node, found, behind, false);
      this.#visit(this.#holders[node], node, found, behind, false);
    }
    for (let late = 0, at = behind.length; late < behind.length; late++) {
      const node = behind[late] ?? start;
      this.#visit(indirectUsers[node], node, found, behind, false);
      for (; at < behind.length; at++) {
        const next = behind[at] ?? start;
        this.#visit(users[next], next, found, behind, false);
        this.#visit(this.#holders[next], next, found, behind, false);
      }
    }
    return { found, near };
  }

  /** Takes in the users of a node; `waits`: resources are found, and not gone on from yet. */
  #visit(
    users: readonly number[] | undefined,
    from: number,
    found: number[],
    queue: number[],
    waits: boolean,
  ): void {
    if (users === undefined) return;
    for (let index = 0; index < users.length; index++) {
      const user = users[index] ?? from;
      if (this.#seen[user] === this.#round) continue;
      this.#seen[user] = this.#round;
      this.#from[user] = from;
      const isEnd = this.#graph.ends[user] === true;
      if (isEnd) found.push(user);
      if (!isEnd || !waits) queue.push(user);
    }
  }

  #paths(start: number, found: readonly number[]): readonly ReachPath[] {
    const paths: ReachPath[] = [];
    for (const node of found) {
      if (paths.length === MOST_PATHS || this.#namedPaths === MOST_PATHS_IN_ALL) break;
      const address = this.#instances[node]?.[0];
      if (address === undefined) continue;
      const through = this.#between(start, node);
      if (through.length === 0) continue;
      paths.push({ address, through });
      this.#namedPaths++;
    }
    return paths;
  }

  #between(start: number, end: number): readonly string[] {
    const nodes: number[] = [];
    for (let at = this.#from[end] ?? start; at !== start; at = this.#from[at] ?? start) nodes.push(at);
    const names = nodes.reverse().map((node) => this.#graph.nameOf(node));
    const distinct = names.filter((name, index) => name !== names[index - 1]);
    return distinct.length <= LONGEST_PATH
      ? distinct
      : [...distinct.slice(0, LONGEST_PATH - 2), '…', ...distinct.slice(-1)];
  }
}

const MOST_PATHS = 10;
const MOST_PATHS_IN_ALL = 2000;
const LONGEST_PATH = 8;

/** Whole modules that nobody refers to, and none around them: every resource leads there, and no further. */
function deadEnds({ users, indirectUsers, wholes }: ReferenceGraph): ReadonlySet<number> {
  const dead = new Set<number>();
  for (const whole of wholes) {
    const isUsed = (users[whole] ?? []).some((user) => !dead.has(user));
    if (!isUsed && (indirectUsers[whole] ?? []).length === 0) dead.add(whole);
  }
  return dead;
}

const NOBODY: readonly string[] = [];
const NOTHING: readonly number[] = [];

/** Managed instances that exist or will, by node; those that the plan deletes or forgets are left out. */
function instancesByNode(world: World, graph: ReferenceGraph): ByNode<string> {
  const nodes: string[][] = [];
  const seen = new Set<string>();
  for (const resident of world.residents) {
    if (resident.fate === 'deleted' || resident.fate === 'forgotten' || seen.has(resident.address)) continue;
    seen.add(resident.address);
    const node = graph.nodeOf(resident.address);
    const list = nodes[node];
    if (list === undefined) nodes[node] = [resident.address];
    else list.push(resident.address);
  }
  return nodes;
}

/**
 * Users by value: a kept resource whose attributes carry the id, ARN or self link of one of the addresses, and
 * nobody else answers to that identifier. Finds what configuration and state do not link (ids typed in by hand).
 */
function valueUsers(addresses: readonly string[], world: World, graph: ReferenceGraph): ByNode<number> {
  const touched = new Set(addresses);
  const owners = new Owners();
  for (const resident of world.residents) {
    const { id, arn, self_link: link } = resident.values;
    if (typeof id === 'string' && isTelling(id)) owners.add(id, resident.address);
    if (typeof arn === 'string' && isTelling(arn)) owners.add(arn, resident.address);
    if (typeof link === 'string' && isTelling(link)) owners.add(link, resident.address);
  }
  const users: number[][] = [];
  for (const resident of world.residents) {
    if (resident.fate === 'deleted' || resident.fate === 'created' || resident.fate === 'forgotten') continue;
    for (const owner of ownersNamedBy(resident, owners)) {
      if (owner === resident.address || !touched.has(owner)) continue;
      const [from, to] = [graph.nodeOf(owner), graph.nodeOf(resident.address)];
      if (from === to) continue;
      const known = users[from];
      if (known === undefined) users[from] = [to];
      else known.push(to);
    }
  }
  return users;
}

/** Who answers to an identifier. Most texts of a plan are none: their length tells that without a look-up. */
class Owners {
  readonly #byIdentifier = new Map<string, string | null>();
  readonly #lengths = new Uint8Array(LONGEST + 1);

  add(identifier: string, address: string): void {
    if (identifier.length > LONGEST) return;
    this.#lengths[identifier.length] = 1;
    const owner = this.#byIdentifier.get(identifier);
    if (owner === undefined) this.#byIdentifier.set(identifier, address);
    else if (owner !== address) this.#byIdentifier.set(identifier, null);
  }

  /** Undefined: nobody; null: more than one. */
  get(text: string): string | null | undefined {
    return text.length > LONGEST || this.#lengths[text.length] === 0
      ? undefined
      : this.#byIdentifier.get(text);
  }
}

/** IAM allows ARNs of 2,048 characters. */
const LONGEST = 2048;

function ownersNamedBy(resident: Resident, owners: Owners): readonly string[] {
  const found: string[] = [];
  for (const key in resident.values) {
    if (key !== 'id' && key !== 'arn' && key !== 'self_link') lookUp(resident.values[key], owners, found, 0);
  }
  return found;
}

const DEEPEST = 20;

function lookUp(node: unknown, owners: Owners, found: string[], depth: number): void {
  if (typeof node === 'string') {
    const owner = owners.get(node);
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
