import type { ConsequenceClass } from '../../../finding.ts';
import { effect, type Fields, firstAt, isFields, switchState, type View, type Watch } from '../vocabulary.ts';

/** What a pod may do to its node, in the words of the terraform provider and of raw manifests alike. */
const REACHES_NODE: Readonly<Record<string, ConsequenceClass>> = {
  host_network: 'network_isolation_loss',
  hostNetwork: 'network_isolation_loss',
  host_pid: 'protection_disabled',
  hostPID: 'protection_disabled',
  host_ipc: 'protection_disabled',
  hostIPC: 'protection_disabled',
  privileged: 'protection_disabled',
  host_path: 'protection_disabled',
  hostPath: 'protection_disabled',
};

/** The pod reaches its node in a way that it did not before. Creates count. */
export const nodeAccess: Watch = (view) => {
  const had = reaches(view.before.spec);
  const fresh = [...reaches(view.after.spec)].filter((key) => !had.has(key));
  return fresh.flatMap((key) =>
    effect(REACHES_NODE[key] ?? null, {}, `the pod reaches its node: ${key}`, [
      { path: `after.spec.${key}`, value: true },
    ]),
  );
};

function reaches(spec: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const work: { readonly node: unknown; readonly depth: number }[] = [{ node: spec, depth: 0 }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { node, depth } = item;
    if (typeof node !== 'object' || node === null || depth > DEEPEST) continue;
    const isList = Array.isArray(node);
    for (const [key, value] of Object.entries(node)) {
      if (!isList && Object.hasOwn(REACHES_NODE, key) && isOn(value)) found.add(key);
      work.push({ node: value, depth: depth + 1 });
    }
  }
  return found;
}

const DEEPEST = 30;

/** A switch that is on, or a block that is there. */
function isOn(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isFields);
  return isFields(value) || switchState(value) === true;
}

/** Pods of the namespace may do more than before. */
export function laxPodSecurity(view: View): ReturnType<Watch> {
  const path = 'metadata.labels';
  const level = (fields: Fields): number => {
    const labels: unknown = firstAt(fields, path);
    const found = isFields(labels) ? labels['pod-security.kubernetes.io/enforce'] : undefined;
    return LEVELS.indexOf(String(found));
  };
  const [was, now] = [level(view.before), level(view.after)];
  if (view.action !== 'update' || was === -1 || (now !== -1 && now <= was)) return [];
  return effect('protection_disabled', {}, 'pods in it may do more: their security level is lowered', [
    { path: `after.${path}`, value: 'pod-security.kubernetes.io/enforce' },
  ]);
}

/** Strictest first; what is not in the list guards nothing. */
const LEVELS = ['restricted', 'baseline'];
