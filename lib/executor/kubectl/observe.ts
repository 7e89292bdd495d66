/** Asking the cluster, before anything changes, what is there and what an apply would do to it. */

import { isMutation, type KubernetesAction } from '../../core/action.ts';
import { canonicalJson, type Digest, sha256 } from '../../core/canonical.ts';
import { steadyDiff } from '../../core/kubernetes/diff.ts';
import { boundVolume, type LiveState, readLive } from '../../core/kubernetes/live.ts';
import { secretValues } from '../../core/kubernetes/mask.ts';
import type { KubeObject } from '../../core/kubernetes/object.ts';
import { redactAssignments, redactText } from '../../core/redact.ts';
import { isRefusal } from '../../core/refusal.ts';
import { applyNamespace } from './apply-namespace.ts';
import { namespaceArgument } from './arguments.ts';
import { lastWords } from './failure.ts';
import type { Kubectl } from './kubectl.ts';

/** What a plan freezes of the cluster. Holds no secret. */
export interface Observation {
  /** Null where the cluster gave none, and for actions other than apply. Empty: nothing would change. */
  readonly diff: string | null;
  /** Hash of the diff before anything was taken out of it; null where there is none. */
  readonly diffHash: Digest | null;
  readonly live: LiveState;
  readonly notes: readonly string[];
}

export interface ManifestInput {
  readonly bytes: Uint8Array;
  readonly objects: readonly KubeObject[];
}

/** For each of the questions; the cluster may be far away or gone, and the plan is made all the same. */
const TIMEOUT_MS = 12_000;
const REQUEST_TIMEOUT = '--request-timeout=8s';

export async function observe(
  kubectl: Kubectl,
  action: KubernetesAction,
  manifest: ManifestInput | null,
  context: string | null,
): Promise<Observation | null> {
  if (!isMutation(action) || action.kind === 'kubectl-exec') return null;
  if (context === null) return unasked('kubectl has no current context, so the cluster was not asked');
  const pinned = [`--context=${context}`, REQUEST_TIMEOUT];
  if (action.kind === 'kubectl-apply' && manifest !== null) {
    const [live, diff] = await Promise.all([
      liveOf(kubectl, pinned, action, manifest),
      diffOf(kubectl, action, manifest, context),
    ]);
    const known = 'printed' in live ? secretValues(live.printed) : [];
    return {
      diff: diff.text === null ? null : redactText(diff.text, known),
      diffHash: diff.hash,
      live: 'printed' in live ? readLive(live.printed) : null,
      notes: [
        ...(diff.text === null ? [`no server-side diff: ${diff.problem}`] : []),
        ...('printed' in live ? [] : [`what is there now is not known: ${live.problem}`]),
      ],
    };
  }
  if (action.kind !== 'kubectl-delete' && action.kind !== 'kubectl-scale') return null;
  const found = await printedOf(kubectl, [...pinned, ...getNamed(action)]);
  if (!('printed' in found)) return unasked(`what is there now is not known: ${found.problem}`);
  const live = readLive(await withVolume(kubectl, pinned, found.printed));
  return {
    diff: null,
    diffHash: null,
    live,
    notes: live.length === 0 ? ['the cluster has no such object now'] : [],
  };
}

export interface Diff {
  /** Redacted; null where the cluster gives none, for the reason in `problem`. */
  readonly text: string | null;
  readonly hash: Digest | null;
  readonly problem: string;
}

/** The server-side diff of these bytes now. */
export async function diffOf(
  kubectl: Kubectl,
  action: Extract<KubernetesAction, { kind: 'kubectl-apply' }>,
  manifest: ManifestInput,
  context: string,
  signal?: AbortSignal,
): Promise<Diff> {
  const none = (problem: string): Diff => ({ text: null, hash: null, problem });
  const place = await applyNamespace(kubectl, action.namespace, manifest.objects);
  if (isRefusal(place)) return none(place.why);
  const result = await kubectl.run({
    lane: 'kubectl-read',
    args: [`--context=${context}`, REQUEST_TIMEOUT, 'diff', '--server-side=true', ...place, '--filename=-'],
    input: manifest.bytes,
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_DIFF,
    ...(signal === undefined ? {} : { signal }),
  });
  const own = secretValues(manifest.objects.map((object) => object.fields));
  const clean = (text: string) => redactAssignments(redactText(text, own));
  if (result.truncated) return none('it is larger than 1 MB');
  if (result.exitCode === 0) return { text: '', hash: sha256(''), problem: '' };
  if (result.exitCode !== 1 || !result.stdout.startsWith('diff ')) {
    return none(clean(lastWords(result.stderr)) || 'kubectl diff gave no answer');
  }
  const steady = steadyDiff(result.stdout, new TextDecoder().decode(manifest.bytes));
  return { text: clean(withoutCopies(steady)), hash: sha256(steady), problem: '' };
}

const MAX_DIFF = 1024 * 1024;

/** Annotations that repeat a whole object stand on the line after their name. */
function withoutCopies(diff: string): string {
  return diff.replace(
    /^([ +-]\s*\S*last-applied-configuration: *(?:\|-?)?)(.*)((?:\n[ +-]\s*\{.*)*)/gm,
    (_whole, lead: string) => `${lead} [redacted]`,
  );
}

function unasked(note: string): Observation {
  return { diff: null, diffHash: null, live: null, notes: [note] };
}

type Printed = { readonly printed: unknown } | { readonly problem: string };

async function printedOf(kubectl: Kubectl, args: readonly string[], input?: Uint8Array): Promise<Printed> {
  const result = await kubectl.run({
    lane: 'kubectl-read',
    args,
    timeoutMs: TIMEOUT_MS,
    ...(input === undefined ? {} : { input }),
  });
  if (result.exitCode !== 0 || result.truncated) {
    return { problem: redactAssignments(lastWords(result.stderr)) || 'kubectl get gave no answer' };
  }
  if (result.stdout.trim() === '') return { printed: { items: [] } };
  try {
    return { printed: JSON.parse(result.stdout) };
  } catch {
    return { problem: 'kubectl get gave no JSON' };
  }
}

async function liveOf(
  kubectl: Kubectl,
  pinned: readonly string[],
  action: KubernetesAction,
  manifest: ManifestInput,
): Promise<Printed> {
  const place = await applyNamespace(kubectl, action.namespace, manifest.objects);
  if (isRefusal(place)) return { problem: place.why };
  const get = ['get', '--ignore-not-found=true', '--output=json', ...place, '--filename=-'];
  return printedOf(kubectl, [...pinned, ...get], manifest.bytes);
}

function getNamed(action: { resource: string; name: string; namespace: string | null }): string[] {
  return [
    'get',
    '--ignore-not-found=true',
    '--output=json',
    namespaceArgument(action.namespace),
    '--',
    action.resource,
    action.name,
  ];
}

/** A claim's fate is its volume's: the two as one list. */
async function withVolume(kubectl: Kubectl, pinned: readonly string[], printed: unknown): Promise<unknown> {
  const volume = boundVolume(printed);
  if (volume === null || !/^[a-z0-9][a-z0-9.-]{0,252}$/.test(volume)) return printed;
  const found = await printedOf(kubectl, [
    ...pinned,
    ...getNamed({ resource: 'persistentvolumes', name: volume, namespace: null }),
  ]);
  return 'printed' in found ? { items: [printed, found.printed] } : printed;
}

export function encodeObservation(observation: Observation): Uint8Array {
  return new TextEncoder().encode(canonicalJson(observation));
}

/** Reads what `encodeObservation` wrote; the blob's hash was checked. */
export function decodeObservation(bytes: Uint8Array): Observation {
  const value: Observation = JSON.parse(new TextDecoder().decode(bytes));
  return value;
}
