import { type Fields, fieldsOf, isFields, listOf, textOf } from './fields.ts';
import { withoutKeys } from './instance-address.ts';
import type { TerraformPlan } from './plan-json.ts';
import { Graph, type Names, type ReferenceGraph } from './reference-graph.ts';

/** Builds the graph; linear in configuration and state. */
export function referenceGraph(plan: TerraformPlan): ReferenceGraph {
  const graph = new Graph();
  const configured = walkModules(plan.configuration, graph);
  addStateEdges(plan, configured, graph);
  return graph;
}

/** Nodes of the configuration's resources: whether they go through locals, which plan JSON does not resolve. */
type Configured = ReadonlyMap<number, boolean>;

/** One module of the configuration, and the nodes that its references lead to. */
class Scope {
  readonly module: Fields;
  readonly path: string;
  readonly graph: Graph;
  readonly names: Names;
  readonly whole: number;
  readonly called: number;
  readonly #known = new Map<string, number | null>();

  constructor(module: Fields, path: string, graph: Graph) {
    this.module = module;
    this.path = path;
    this.graph = graph;
    this.names = graph.module(path);
    this.whole = graph.id(this.names, '*');
    this.called = graph.id(this.names, 'scope');
    graph.wholes.push(this.whole);
  }

  id(name: string): number {
    return this.graph.id(this.names, name);
  }

  link(user: number, references: readonly string[]): void {
    const { graph } = this;
    let outputs: ReadonlySet<string> | null = null;
    for (let index = 0; index < references.length; index++) {
      const reference = references[index] ?? '';
      // `a.b.c` comes with `a.b` behind it, which leads to the same node.
      if (isWithin(reference, references[index + 1])) continue;
      if (reference.startsWith('module.')) outputs ??= calledModules(references);
      const used = this.#resolve(reference, outputs ?? NO_MODULES);
      if (used !== null && used !== user) graph.add(graph.users, used, user);
    }
  }

  #resolve(reference: string, outputs: ReadonlySet<string>): number | null {
    const known = this.#known.get(reference);
    if (known !== undefined) return known;
    const parts = withoutKeys(reference).split('.');
    const [head, name, third] = parts;
    if (head === 'module' && name !== undefined && third === undefined) {
      return outputs.has(name) ? null : this.graph.id(this.graph.module(this.childPath(name)), '*');
    }
    const node = this.#target(head, name, third);
    this.#known.set(reference, node);
    return node;
  }

  #target(head: string | undefined, name: string | undefined, third: string | undefined): number | null {
    if (head === undefined || name === undefined || NO_NODE.has(head)) return null;
    if (head === 'module') {
      return this.graph.id(this.graph.module(this.childPath(name)), `output.${third}`);
    }
    return this.id(head === 'data' ? `data.${name}.${third ?? ''}` : `${head}.${name}`);
  }

  childPath(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

const NO_MODULES: ReadonlySet<string> = new Set();

/** Module calls that are named together with an output: their bare name in the same list adds nothing. */
function calledModules(references: readonly string[]): ReadonlySet<string> {
  const called = new Set<string>();
  for (const reference of references) {
    if (!reference.startsWith('module.')) continue;
    const parts = withoutKeys(reference).split('.');
    if (parts.length > 2) called.add(parts[1] ?? '');
  }
  return called;
}

/** An attribute of a resource and the resource: not of modules and data, where the parts say more. */
function isWithin(reference: string, next: string | undefined): boolean {
  return (
    next !== undefined &&
    reference.startsWith(next) &&
    reference.charCodeAt(next.length) === DOT &&
    !reference.startsWith('module.') &&
    !reference.startsWith('data.') &&
    next.includes('.')
  );
}

const DOT = 46;
const NO_NODE = new Set(['each', 'count', 'path', 'self', 'terraform', 'local']);

function walkModules(configuration: Fields, graph: Graph): Configured {
  const configured = new Map<number, boolean>();
  const root = new Scope(fieldsOf(configuration.root_module), '', graph);
  for (const [key, entry] of Object.entries(fieldsOf(configuration.provider_config))) {
    const provider = fieldsOf(entry);
    const path = moduleParts(textOf(provider.module_address) ?? '').join('.');
    new Scope({}, path, graph).link(graph.provider(key), referencesIn([provider.expressions]));
  }
  const work: Scope[] = [root];
  for (let scope = work.pop(); scope !== undefined; scope = work.pop()) {
    for (const entry of listOf(scope.module.resources)) walkResource(fieldsOf(entry), scope, configured);
    for (const [name, output] of Object.entries(fieldsOf(scope.module.outputs))) {
      const { expression, depends_on: after } = fieldsOf(output);
      scope.link(scope.id(`output.${name}`), [...referencesIn([expression]), ...texts(after)]);
    }
    for (const [name, entry] of Object.entries(fieldsOf(scope.module.module_calls))) {
      work.push(walkCall(name, fieldsOf(entry), scope));
    }
  }
  return configured;
}

function walkCall(name: string, call: Fields, scope: Scope): Scope {
  const { graph } = scope;
  const child = new Scope(fieldsOf(call.module), scope.childPath(name), graph);
  for (const [variable, expression] of Object.entries(fieldsOf(call.expressions))) {
    scope.link(child.id(`var.${variable}`), referencesIn([expression]));
  }
  scope.link(child.called, [
    ...referencesIn([call.count_expression, call.for_each_expression]),
    ...texts(call.depends_on),
  ]);
  if (scope.path !== '') graph.add(graph.users, scope.called, child.called);
  graph.add(graph.users, child.whole, scope.whole);
  return child;
}

function walkResource(resource: Fields, scope: Scope, configured: Map<number, boolean>): void {
  const { graph } = scope;
  const address = textOf(resource.address);
  if (address === null) return;
  const node = scope.id(withoutKeys(address));
  const { expressions, count_expression: count, for_each_expression: each, provisioners } = resource;
  const references = referencesIn([expressions, count, each, provisioners]);
  for (const name of texts(resource.depends_on)) references.push(name);
  configured.set(node, references.some(isLocal));
  if (references.length > 0) scope.link(node, references);
  graph.add(graph.users, scope.called, node);
  graph.add(graph.users, node, scope.whole);
  const provider = textOf(resource.provider_config_key);
  if (provider !== null) graph.add(graph.users, graph.provider(provider), node);
}

function isLocal(reference: string): boolean {
  return reference.startsWith('local.');
}

/** Every `references` list below expressions, nested blocks included. */
function referencesIn(expressions: readonly unknown[]): string[] {
  const found: string[] = [];
  for (const expression of expressions) {
    if (typeof expression !== 'object' || expression === null) continue;
    const work: unknown[] = [expression];
    for (let node = work.pop(); node !== undefined; node = work.pop()) {
      if (Array.isArray(node)) for (const item of node) work.push(item);
      if (!isFields(node)) continue;
      for (const key in node) {
        const value = node[key];
        if (typeof value !== 'object' || value === null || key === 'constant_value') continue;
        if (key !== 'references') work.push(value);
        else for (const name of texts(value)) found.push(name);
      }
    }
  }
  return found;
}

/**
 * The state lists all dependencies of an instance, indirect ones too. Where configuration is gone, or goes through
 * locals, those that no other listed one explains count as direct.
 */
function addStateEdges(plan: TerraformPlan, configured: Configured, graph: Graph): void {
  const dependants = plan.priorState.filter((resource) => resource.dependsOn.length > 0);
  const nodes = dependants.map((resource) => graph.nodeOf(resource.address));
  if (nodes.every((node) => configured.get(node) === false)) {
    for (let index = 0; index < dependants.length; index++) {
      const node = nodes[index] ?? -1;
      for (const address of dependants[index]?.dependsOn ?? []) {
        graph.add(graph.indirectUsers, graph.nodeOf(address), node);
      }
    }
    return;
  }
  const listed = new Map<number, Set<number>>();
  for (const [index, { dependsOn }] of dependants.entries()) {
    const node = nodes[index] ?? -1;
    const known = listed.get(node) ?? new Set<number>();
    for (const address of dependsOn) known.add(graph.nodeOf(address));
    listed.set(node, known);
  }
  for (const [node, dependencies] of listed) {
    const counts = configured.get(node) ?? true;
    const explained =
      counts && dependencies.size <= MOST_TO_REDUCE ? explainedBy(dependencies, listed) : new Set<number>();
    for (const dependency of dependencies) {
      const isDirect = counts && !explained.has(dependency);
      graph.add(isDirect ? graph.users : graph.indirectUsers, dependency, node);
    }
  }
}

const MOST_TO_REDUCE = 100;

function explainedBy(
  dependencies: ReadonlySet<number>,
  listed: ReadonlyMap<number, ReadonlySet<number>>,
): ReadonlySet<number> {
  const explained = new Set<number>();
  for (const dependency of dependencies) {
    for (const further of listed.get(dependency) ?? []) if (further !== dependency) explained.add(further);
  }
  return explained;
}

function moduleParts(address: string): readonly string[] {
  return withoutKeys(address)
    .split('.')
    .filter((_, index) => index % 2 === 1);
}

function texts(value: unknown): string[] {
  return listOf(value).filter((item): item is string => typeof item === 'string');
}
