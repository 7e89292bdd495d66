/** A kubectl read inside a shell command, as the gateway's own kubectl lane knows it. */
import type { KubernetesAction, ResourceName } from '../../core/action.ts';

export type KubectlReadAction = Extract<
  KubernetesAction,
  { kind: 'kubectl-get' | 'kubectl-logs' | 'kubectl-describe' }
>;

/** Null for every form that the lane does not have: it is not run, whatever its text was judged to be. */
export function readKubectlCall(words: readonly string[]): KubectlReadAction | null {
  const read = readOptions(words);
  if (read === null) return null;
  const { values, flags, operands } = read;
  const [verb, first, second, ...more] = operands;
  const names = [...values.keys(), ...flags];
  const only = (...allowed: string[]) =>
    names.every((name) => name === 'namespace' || allowed.includes(name));
  const namespace = values.get('namespace') ?? null;
  if (first === undefined || more.length > 0 || (namespace !== null && !NAME.test(namespace))) return null;
  switch (verb) {
    case 'get': {
      const output = OUTPUTS.find((format) => format === (values.get('output') ?? 'wide'));
      const target = targetOf(first, second);
      if (output === undefined || target === null || !only('output', 'selector', 'all-namespaces'))
        return null;
      const selector = values.get('selector') ?? null;
      return {
        kind: 'kubectl-get',
        ...target,
        namespace,
        selector,
        output,
        allNamespaces: flags.has('all-namespaces'),
      };
    }
    case 'describe': {
      const target = targetOf(first, second);
      if (target === null || target.name === null || !only()) return null;
      return { kind: 'kubectl-describe', resource: target.resource, name: target.name, namespace };
    }
    case 'logs': {
      const pod = first.replace(/^(?:pods?|po)\//, '');
      const tail = values.get('tail') ?? null;
      const since = values.get('since') ?? null;
      const container = values.get('container') ?? second ?? null;
      if (!only('tail', 'since', 'container', 'previous') || !NAME.test(pod)) return null;
      if (tail !== null && !/^\d{1,5}$/.test(tail)) return null;
      if (since !== null && !/^\d{1,6}[smh]$/.test(since)) return null;
      if (container !== null && !NAME.test(container)) return null;
      return {
        kind: 'kubectl-logs',
        pod: pod as ResourceName,
        namespace,
        container: container as ResourceName | null,
        tail: tail === null ? null : Number(tail),
        since,
        previous: flags.has('previous'),
      };
    }
    default:
      return null;
  }
}

const OUTPUTS = ['json', 'yaml', 'wide', 'name'] as const;
const NAME = /^[a-z0-9A-Z](?:[-a-z0-9A-Z.:_]{0,251}[a-z0-9A-Z])?$/;
const TYPE = /^[a-zA-Z][a-zA-Z0-9.,-]{0,252}$/;

function targetOf(
  first: string,
  second: string | undefined,
): { readonly resource: string; readonly name: ResourceName | null } | null {
  const [type = '', inner, ...more] = first.split('/');
  const name = inner ?? second ?? null;
  if (more.length > 0 || (inner !== undefined && second !== undefined) || !TYPE.test(type)) return null;
  if (name !== null && !NAME.test(name)) return null;
  return { resource: type.toLowerCase(), name: name as ResourceName | null };
}

const VALUED: Readonly<Record<string, string>> = {
  '-n': 'namespace',
  '--namespace': 'namespace',
  '-o': 'output',
  '--output': 'output',
  '-l': 'selector',
  '--selector': 'selector',
  '-c': 'container',
  '--container': 'container',
  '--tail': 'tail',
  '--since': 'since',
};
const FLAGS: Readonly<Record<string, string>> = {
  '-A': 'all-namespaces',
  '--all-namespaces': 'all-namespaces',
  '-p': 'previous',
  '--previous': 'previous',
};

interface Read {
  readonly values: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
  readonly operands: readonly string[];
}

/** Null where an option is unknown, given twice, or lacks its value. */
function readOptions(words: readonly string[]): Read | null {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const operands: string[] = [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined;
    if (flag !== undefined) {
      flags.add(flag);
      continue;
    }
    const long = /^(--[a-z-]+)=([\s\S]*)$/.exec(word) ?? /^(-[nolc])=?([\s\S]+)$/.exec(word);
    const key = long?.[1] ?? word;
    const name = Object.hasOwn(VALUED, key) ? VALUED[key] : undefined;
    const value = long === null ? words[i + 1] : long[2];
    if (name === undefined || value === undefined || value === '' || values.has(name)) return null;
    if (long === null) i += 1;
    values.set(name, value);
  }
  return { values, flags, operands };
}
