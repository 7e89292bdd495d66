/** Runs a kubectl read inside a shell command as the kubectl lane does: its arguments, its credentials, its masks. */
import { renderMasked } from '../../core/kubernetes/mask.ts';
import { maskTable } from '../../core/kubernetes/table.ts';
import { kubectlArguments } from '../kubectl/arguments.ts';
import { insideRoot, kubeconfigFiles } from '../kubectl/cluster.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { printed } from '../printed.ts';
import { type KubectlReadAction, readKubectlCall } from './kubectl-call.ts';
import type { OwnProgram } from './machine.ts';

const TIMEOUT_MS = 30_000;

/** `find`: the kubectl of this machine, looked up when it is first needed. */
export function kubectlReader(find: () => Promise<Kubectl | { readonly unavailable: string }>): OwnProgram {
  return async (words, signal) => {
    const action = readKubectlCall(words);
    if (action === null) return failed('kubectl: this form is not read here; use gateway_kubectl_get');
    const kubectl = await find();
    if ('unavailable' in kubectl) return failed(kubectl.unavailable);
    const { settings } = kubectl;
    if (insideRoot(kubeconfigFiles(settings.env, settings.cwd), settings.root) !== null) {
      return failed('kubectl: the kubeconfig lies inside the root, where agents can write');
    }
    const { context } = await kubectl.cluster();
    const result = await kubectl.run({
      lane: 'kubectl-read',
      args: [...(context === null ? [] : [`--context=${context}`]), ...kubectlArguments(action, false)],
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    const clean = (text: string) => printed(text, [], settings.sweep);
    const stdout = masked(action, result.stdout, result.truncated);
    if (stdout === null) return failed('kubectl: the answer cannot be read, so nothing of it is shown');
    const [shown, stderr] = await Promise.all([
      isStructured(action) ? settings.sweep(stdout) : clean(stdout),
      clean(result.stderr),
    ]);
    return { stdout: shown, stderr, exitCode: result.exitCode ?? 1 };
  };
}

function isStructured(action: KubectlReadAction): boolean {
  return action.kind === 'kubectl-get' && (action.output === 'json' || action.output === 'yaml');
}

/** Null where it could not be masked. */
function masked(action: KubectlReadAction, text: string, truncated: boolean): string | null {
  if (action.kind !== 'kubectl-get') return text;
  if (!isStructured(action)) return maskTable(text);
  if (text.trim() === '') return '';
  if (truncated) return null;
  try {
    return renderMasked(JSON.parse(text), action.output === 'yaml' ? 'yaml' : 'json');
  } catch {
    return null;
  }
}

function failed(message: string): { stdout: string; stderr: string; exitCode: number } {
  return { stdout: '', stderr: `${message}\n`, exitCode: 1 };
}
