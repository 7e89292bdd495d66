/**
 * How kubectl is told where the objects of a manifest belong: each where it says, the others in `default`, and
 * never where the operator's context happens to point. With `--namespace` kubectl refuses objects of any other
 * namespace, in the middle of the work; without it, it takes the context's for those that say none.
 */
import { knownKind } from '../../core/kubernetes/kinds.ts';
import type { KubeObject } from '../../core/kubernetes/object.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import { namespaceArgument } from './arguments.ts';
import type { Kubectl } from './kubectl.ts';

/** `given`: the namespace argument of the call. */
export async function applyNamespace(
  kubectl: Kubectl,
  given: string | null,
  objects: readonly KubeObject[],
): Promise<readonly string[] | Refusal> {
  const named = objects.map((object) => object.namespace);
  if (given !== null || named.every((each) => each === null || each === 'default')) {
    return [namespaceArgument(given)];
  }
  const silent = objects.filter((object) => object.namespace === null && mayHaveNamespace(object));
  const [first] = silent;
  if (first === undefined || ['', 'default'].includes(await contextNamespace(kubectl))) return [];
  return refuse(
    'invalid_arguments',
    `${first.kind} ${first.name} names no namespace, while others of the manifest name theirs. Say metadata.namespace in each.`,
  );
}

/** What is not known may. */
function mayHaveNamespace({ apiVersion, kind }: KubeObject): boolean {
  return knownKind(apiVersion, kind)?.namespaced !== false;
}

/** Empty where the context has none. */
async function contextNamespace(kubectl: Kubectl): Promise<string> {
  const said = await kubectl.run({
    lane: 'kubectl-read',
    args: ['config', 'view', '--minify=true', '--output=jsonpath={.contexts[0].context.namespace}'],
    timeoutMs: 10_000,
  });
  return said.exitCode === 0 ? said.stdout.trim() : UNKNOWN;
}

const UNKNOWN = '(unknown)';
