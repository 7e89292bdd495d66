/** Runs one authorised kubectl plan with its frozen bytes. What leaves here is redacted. */
import type { KubernetesAction } from '../../core/action.ts';
import type { AuthorizedPlan } from '../../core/authorize.ts';
import { canonicalJson, type Digest } from '../../core/canonical.ts';
import { renderMasked, secretValues } from '../../core/kubernetes/mask.ts';
import { maskTable } from '../../core/kubernetes/table.ts';
import type { KubectlFrozen } from '../../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import { laneOf, type RunResult } from '../../core/run.ts';
import { printed } from '../printed.ts';
import type { ProcessResult } from '../process.ts';
import { applyNamespace } from './apply-namespace.ts';
import { kubectlArguments, MAX_TEXT } from './arguments.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import { failureOf } from './failure.ts';
import { isKubernetes, parseManifest } from './frozen.ts';
import type { Kubectl } from './kubectl.ts';
import { decodeObservation, diffOf, type ManifestInput } from './observe.ts';

const READ_TIMEOUT_MS = 30_000;
/** The run's own signal ends it before. */
const CHANGE_TIMEOUT_MS = 3_600_000;
const MAX_OBJECTS = 16 * 1024 * 1024;

export async function executeKubectl(
  kubectl: Kubectl,
  { plan }: Pick<AuthorizedPlan, 'plan'>,
  signal: AbortSignal,
): Promise<RunResult> {
  const { action, frozen } = plan;
  if (!isKubernetes(action) || frozen.kind !== 'kubectl') {
    return refused(refuse('plan_tampered', 'The plan holds no frozen kubectl call. Make it again.'));
  }
  const inputs = await inputsOf(kubectl, action, frozen, signal);
  if (isRefusal(inputs)) return refused(inputs);
  const { context, manifest, serverSide, place } = inputs;
  const lane = laneOf(action) === 'kubectl-read' ? 'kubectl-read' : 'kubectl-write';
  const result = await kubectl.run({
    lane,
    args: [
      ...(context === null ? [] : [`--context=${context}`]),
      ...kubectlArguments(action, serverSide, place),
    ],
    ...(manifest === null ? {} : { input: manifest.bytes }),
    timeoutMs: lane === 'kubectl-read' ? READ_TIMEOUT_MS : CHANGE_TIMEOUT_MS,
    maxOutputBytes: structured(action) ? MAX_OBJECTS : MAX_TEXT,
    signal,
  });
  return present(kubectl, action, result, manifest);
}

interface Inputs {
  readonly context: string | null;
  readonly manifest: ManifestInput | null;
  readonly serverSide: boolean;
  /** What tells kubectl where the objects of a manifest belong. */
  readonly place?: readonly string[];
}

/** Looks once more whether the cluster and what would change there are those that were frozen. */
async function inputsOf(
  kubectl: Kubectl,
  action: KubernetesAction,
  frozen: KubectlFrozen,
  signal: AbortSignal,
): Promise<Inputs | Refusal> {
  const cluster = await kubectl.cluster();
  if (canonicalJson(cluster) !== frozen.cluster) {
    const before: Cluster = JSON.parse(frozen.cluster);
    return refuse(
      'plan_stale',
      `kubectl now talks to ${describeCluster(cluster)}; the plan was made for ${describeCluster(before)}. Nothing was done. Make the call again without plan_id.`,
    );
  }
  const { blobs } = kubectl.settings;
  if (action.kind !== 'kubectl-apply') return { context: cluster.context, manifest: null, serverSide: false };
  const bytes = frozen.manifest === null ? null : await blobs.get(frozen.manifest);
  if (bytes === null)
    return refuse('plan_tampered', 'The frozen manifest is gone. Make the call again without plan_id.');
  const manifest = parseManifest(bytes, action);
  if (isRefusal(manifest)) return manifest;
  const place = await applyNamespace(kubectl, action.namespace, manifest.objects);
  if (isRefusal(place)) return place;
  const observed = frozen.diff === null ? null : await blobs.get(frozen.diff);
  if (frozen.diff !== null && observed === null) {
    return refuse('plan_tampered', 'The frozen diff is gone. Make the call again without plan_id.');
  }
  const planned = observed === null ? null : decodeObservation(observed).diffHash;
  if (planned === null || cluster.context === null)
    return { context: cluster.context, manifest, serverSide: false, place };
  const now = await diffOf(kubectl, action, manifest, cluster.context, signal);
  if (now.hash !== planned) {
    return refuse(
      'plan_stale',
      now.text === null
        ? `What this would change cannot be compared with what was planned: ${await clean(kubectl, now.problem, [])}. Nothing was done.`
        : 'What this would change in the cluster is no longer what was planned. Nothing was done. Make the call again without plan_id.',
    );
  }
  return { context: cluster.context, manifest, serverSide: true, place };
}

async function present(
  kubectl: Kubectl,
  action: KubernetesAction,
  result: ProcessResult,
  manifest: ManifestInput | null,
): Promise<RunResult> {
  const secrets = manifest === null ? [] : secretValues(manifest.objects.map((object) => object.fields));
  const failure = failureOf(action.kind.replace('-', ' '), result);
  const output = outputOf(action, result);
  const error = failure ?? (isRefusal(output) ? output : null);
  const shown = isRefusal(output) ? '' : output;
  const [stdout, stderr, message] = await Promise.all([
    structured(action) ? kubectl.settings.sweep(shown) : clean(kubectl, shown, secrets),
    clean(kubectl, result.stderr, secrets),
    error === null ? null : clean(kubectl, error.why, secrets),
  ]);
  return {
    exit_code: result.exitCode,
    output: await put(kubectl, stdout),
    stderr: await put(kubectl, stderr),
    error: error === null || message === null ? null : { code: error.code, message },
    produced_plan: null,
  };
}

function structured(action: KubernetesAction): boolean {
  return action.kind === 'kubectl-get' && (action.output === 'json' || action.output === 'yaml');
}

/** Objects are read and masked before a line of them is printed; what cannot be read is not printed. */
function outputOf(action: KubernetesAction, result: ProcessResult): string | Refusal {
  if (action.kind !== 'kubectl-get' || !structured(action)) {
    const text = action.kind === 'kubectl-get' ? maskTable(result.stdout) : result.stdout;
    return result.truncated ? `${text}\n[cut at ${MAX_TEXT >> 20} MB]` : text;
  }
  if (result.stdout.trim() === '') return '';
  if (result.truncated) {
    return refuse(
      'execution_failed',
      `The answer is larger than ${MAX_OBJECTS >> 20} MB. Narrow it with name, namespace or selector, or use output name.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(result.stdout);
  } catch {
    return refuse('execution_failed', 'kubectl get gave no JSON, so nothing of it can be shown safely.');
  }
  return renderMasked(value, action.output === 'yaml' ? 'yaml' : 'json');
}

async function clean(kubectl: Kubectl, text: string, secrets: readonly string[]): Promise<string> {
  return printed(text, secrets, kubectl.settings.sweep);
}

async function put(kubectl: Kubectl, text: string): Promise<Digest | null> {
  return text === '' ? null : kubectl.settings.blobs.put(new TextEncoder().encode(text));
}

function refused({ code, why }: Refusal): RunResult {
  return { exit_code: null, output: null, stderr: null, error: { code, message: why }, produced_plan: null };
}
