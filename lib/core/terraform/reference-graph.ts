import { placeOf } from './instance-address.ts';

/**
 * Who refers to whom. A node is a resource of a module (`type.name`) or a symbol in one that passes references on
 * (`var.x`, `output.y`, `*` for the whole module, `scope` for the call), or a provider. Instances share the node of
 * their resource. Nodes are numbers, because plans have tens of thousands and every one is walked from. Edges are
 * stored backwards: from what is used to its users, some of them more than once.
 */
export interface ReferenceGraph {
  /** Users by a reference that the configuration shows (or, where it shows none, by the state's direct ones). */
  readonly users: readonly (readonly number[])[];
  /** Further users that only the state's full dependency list names. */
  readonly indirectUsers: readonly (readonly number[])[];
  /** Managed resources by number: they end the search for direct users, all else only passes it on. */
  readonly ends: readonly boolean[];
  /** The nodes that stand for whole modules, outer ones before the modules that they call. */
  readonly wholes: readonly number[];
  /** What a person calls a node: `aws_b.c`, `module.a.var.x`, `module.a`. */
  nameOf(node: number): string;
  /** The number of an instance's node: keys are dropped, `module.a["x"].aws_b.c[0]` → `aws_b.c` of module `a`. */
  nodeOf(address: string): number;
}

/** Numbers of a module's nodes, by their name within it. */
export interface Names {
  /** `module.a.module.b.`, before the name of a node. */
  readonly prefix: string;
  readonly ids: Map<string, number>;
}

export class Graph implements ReferenceGraph {
  readonly users: number[][] = [];
  readonly indirectUsers: number[][] = [];
  readonly ends: boolean[] = [];
  readonly wholes: number[] = [];
  readonly #prefixes: string[] = [];
  readonly #names: string[] = [];
  readonly #modules = new Map<string, Names>();
  readonly #providers: Names = { prefix: 'provider.', ids: new Map() };
  readonly #addresses = new Map<string, number>();

  module(path: string): Names {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const prefix = path === '' ? '' : `module.${path.replaceAll('.', '.module.')}.`;
    const names: Names = { prefix, ids: new Map() };
    this.#modules.set(path, names);
    return names;
  }

  id(names: Names, name: string): number {
    const known = names.ids.get(name);
    if (known !== undefined) return known;
    const id = this.users.push([]) - 1;
    names.ids.set(name, id);
    this.#prefixes.push(names.prefix);
    this.#names.push(name);
    this.indirectUsers.push([]);
    this.ends.push(names !== this.#providers && isManaged(name));
    return id;
  }

  nameOf(node: number): string {
    const [prefix, name] = [this.#prefixes[node] ?? '', this.#names[node] ?? ''];
    if (name === '*' || name === 'scope') return prefix === '' ? 'the root module' : prefix.slice(0, -1);
    return `${prefix}${name}`;
  }

  provider(key: string): number {
    return this.id(this.#providers, key);
  }

  nodeOf(address: string): number {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    const { path, name } = placeOf(address);
    const id = this.id(this.module(path), name);
    this.#addresses.set(address, id);
    return id;
  }

  /** A user's edges come one after another, so that most doubles are seen. */
  add(edges: readonly number[][], used: number, user: number): void {
    const list = edges[used];
    if (list !== undefined && list[list.length - 1] !== user) list.push(user);
  }
}

function isManaged(name: string): boolean {
  return name.includes('.') && !/^(var|output|data)\./.test(name);
}
