import { type Fields, fieldsOf, isFields, listOf, textOf } from './fields.ts';
import type { TerraformPlan } from './plan-json.ts';

/**
 * Who refers to whom, as a graph of names. A node is a resource of the configuration (`module path|type.name`) or
 * a symbol that passes references on (`path|var.x`, `path|output.y`, `path|*` for a whole module, `provider|key`).
 * Instances share the node of their resource. Edges are stored backwards: from what is used to its users.
 */
export interface ReferenceGraph {
  /** Users by a reference that the configuration shows (or, where it shows none, by the state's direct ones). */
  readonly users: ReadonlyMap<string, ReadonlySet<string>>;
  /** Further users that only the state's full dependency list names. */
  readonly indirectUsers: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Builds the graph; linear in configuration and state. */
export function referenceGraph(plan: TerraformPlan): ReferenceGraph {
  const users = new Map<string, Set<string>>();
  const indirectUsers = new Map<string, Set<string>>();
  const configured = new Map<string, { usesLocals: boolean }>();
  walkModules(plan.configuration, users, configured);
  addStateEdges(plan, configured, users, indirectUsers);
  return { users, indirectUsers };
}

/** The node of an instance address: keys are dropped, `module.a["x"].aws_b.c[0]` → `a|aws_b.c`. */
export function nodeOf(address: string): string {
  if (isPlainAddress(address)) return `|${address}`;
  const parts = withoutKeys(address).split('.');
  const path: string[] = [];
  let at = 0;
  while (parts[at] === 'module' && at + 1 < parts.length) {
    path.push(parts[at + 1] ?? '');
    at += 2;
  }
  const size = parts[at] === 'data' ? 3 : 2;
  return `${path.join('.')}|${parts.slice(at, at + size).join('.')}`;
}

/** `type.name` of the root module, without key: most addresses, and their node is themselves. */
function isPlainAddress(address: string): boolean {
  const dot = address.indexOf('.');
  return dot > 0 && address.indexOf('.', dot + 1) < 0 && address.indexOf('[') < 0;
}

/** Whether a node is a resource or data source, not a symbol that only passes references on. */
export function isResourceNode(node: string): boolean {
  const name = node.slice(node.indexOf('|') + 1);
  return (
    name.includes('.') &&
    !name.startsWith('var.') &&
    !name.startsWith('output.') &&
    !node.startsWith('provider|')
  );
}

function withoutKeys(address: string): string {
  return address.includes('[') ? address.replace(INSTANCE_KEY, '') : address;
}

const INSTANCE_KEY = /\[(?:"(?:[^"\\]|\\.)*"|\d+|\*)\]/g;

function walkModules(
  configuration: Fields,
  users: Map<string, Set<string>>,
  configured: Map<string, { usesLocals: boolean }>,
): void {
  for (const [key, provider] of Object.entries(fieldsOf(configuration.provider_config))) {
    const path = moduleParts(textOf(fieldsOf(provider).module_address) ?? '').join('.');
    link(`provider|${key}`, path, referencesIn(fieldsOf(provider).expressions), users);
  }
  const work: { module: Fields; path: string }[] = [
    { module: fieldsOf(configuration.root_module), path: '' },
  ];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { module, path } = item;
    for (const entry of listOf(module.resources)) walkResource(fieldsOf(entry), path, users, configured);
    for (const [name, output] of Object.entries(fieldsOf(module.outputs))) {
      const { expression, depends_on: after } = fieldsOf(output);
      link(`${path}|output.${name}`, path, [...referencesIn(expression), ...texts(after)], users);
    }
    for (const [name, entry] of Object.entries(fieldsOf(module.module_calls))) {
      const call = fieldsOf(entry);
      const child = path === '' ? name : `${path}.${name}`;
      for (const [variable, expression] of Object.entries(fieldsOf(call.expressions))) {
        link(`${child}|var.${variable}`, path, referencesIn(expression), users);
      }
      const whole = [
        ...referencesIn(call.count_expression),
        ...referencesIn(call.for_each_expression),
        ...texts(call.depends_on),
      ];
      link(`${child}|scope`, path, whole, users);
      if (path !== '') add(users, `${path}|scope`, `${child}|scope`);
      add(users, `${child}|*`, `${path}|*`);
      work.push({ module: fieldsOf(call.module), path: child });
    }
  }
}

function walkResource(
  resource: Fields,
  path: string,
  users: Map<string, Set<string>>,
  configured: Map<string, { usesLocals: boolean }>,
): void {
  const address = textOf(resource.address);
  if (address === null) return;
  const node = `${path}|${withoutKeys(address)}`;
  const references = [
    ...referencesIn(resource.expressions),
    ...referencesIn(resource.count_expression),
    ...referencesIn(resource.for_each_expression),
    ...referencesIn(resource.provisioners),
    ...texts(resource.depends_on),
  ];
  configured.set(node, { usesLocals: references.some((reference) => reference.startsWith('local.')) });
  link(node, path, references, users);
  add(users, `${path}|scope`, node);
  add(users, node, `${path}|*`);
  const provider = textOf(resource.provider_config_key);
  if (provider !== null) add(users, `provider|${provider}`, node);
}

/** Every `references` list below an expression, nested blocks included. */
function referencesIn(expression: unknown): string[] {
  const found: string[] = [];
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
  return found;
}

function link(
  user: string,
  path: string,
  references: readonly string[],
  users: Map<string, Set<string>>,
): void {
  if (references.length === 0) return;
  const outputs = new Set(references.filter((name) => name.startsWith('module.')).flatMap(calledModule));
  for (const reference of references) {
    const used = resolve(withoutKeys(reference), path, outputs);
    if (used !== null && used !== user) add(users, used, user);
  }
}

/** Module calls that are named together with an output: their bare name in the same list adds nothing. */
function calledModule(reference: string): string[] {
  const parts = withoutKeys(reference).split('.');
  return parts.length > 2 ? [parts[1] ?? ''] : [];
}

const NO_NODE = new Set(['each', 'count', 'path', 'self', 'terraform', 'local']);

function resolve(reference: string, path: string, outputs: ReadonlySet<string>): string | null {
  const parts = reference.split('.');
  const [head, name, third] = parts;
  if (head === undefined || name === undefined || NO_NODE.has(head)) return null;
  if (head === 'var') return `${path}|var.${name}`;
  if (head === 'module') {
    const child = path === '' ? name : `${path}.${name}`;
    if (third !== undefined) return `${child}|output.${third}`;
    return outputs.has(name) ? null : `${child}|*`;
  }
  return head === 'data' ? `${path}|data.${name}.${third ?? ''}` : `${path}|${head}.${name}`;
}

/**
 * The state lists all dependencies of an instance, indirect ones too. Where configuration is gone, or goes through
 * locals (which plan JSON does not resolve), those that no other listed one explains count as direct.
 */
function addStateEdges(
  plan: TerraformPlan,
  configured: ReadonlyMap<string, { usesLocals: boolean }>,
  users: Map<string, Set<string>>,
  indirectUsers: Map<string, Set<string>>,
): void {
  const listed = new Map<string, Set<string>>();
  for (const resource of plan.priorState) {
    if (resource.dependsOn.length === 0) continue;
    const node = nodeOf(resource.address);
    const known = listed.get(node) ?? new Set<string>();
    for (const address of resource.dependsOn) known.add(nodeOf(address));
    listed.set(node, known);
  }
  for (const [node, dependencies] of listed) {
    const own = configured.get(node);
    const counts = own === undefined || own.usesLocals;
    const explained =
      counts && dependencies.size <= MOST_TO_REDUCE ? explainedBy(dependencies, listed) : new Set();
    for (const dependency of dependencies) {
      add(counts && !explained.has(dependency) ? users : indirectUsers, dependency, node);
    }
  }
}

const MOST_TO_REDUCE = 100;

function explainedBy(
  dependencies: ReadonlySet<string>,
  listed: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const explained = new Set<string>();
  for (const dependency of dependencies) {
    for (const further of listed.get(dependency) ?? []) if (further !== dependency) explained.add(further);
  }
  return explained;
}

function moduleParts(address: string): readonly string[] {
  return address
    .replace(INSTANCE_KEY, '')
    .split('.')
    .filter((_, index) => index % 2 === 1);
}

function texts(value: unknown): string[] {
  return listOf(value).filter((item): item is string => typeof item === 'string');
}

function add(edges: Map<string, Set<string>>, from: string, to: string): void {
  const known = edges.get(from);
  if (known === undefined) edges.set(from, new Set([to]));
  else known.add(to);
}
