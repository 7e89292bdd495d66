/** `recourse evaluate kubernetes MANIFEST`: what applying it would do, judged without asking any cluster. */
import { readFileSync } from 'node:fs';
import type { Action, RootPath } from '../../lib/core/action.ts';
import { assessKubernetes } from '../../lib/core/kubernetes/consequences.ts';
import { readManifest } from '../../lib/core/kubernetes/manifest.ts';
import { decide } from '../../lib/core/policy/decide.ts';
import { exitCodeOf } from '../exit-code.ts';
import { codeOf, loadPolicy, requireEnvironment } from '../policy-file.ts';
import { Stop } from '../stop.ts';
import { decisionText, evaluationText } from '../text/evaluation-text.ts';

export function evaluateKubernetes(
  file: string,
  options: { readonly env: string; readonly policy?: string; readonly json?: boolean },
): void {
  const { policy } = loadPolicy(options.policy);
  requireEnvironment(policy, options.env);
  const manifest = readManifest(readBytes(file));
  if (!manifest.ok) throw new Stop(`${file}: ${manifest.problem}`);
  const action: Extract<Action, { kind: 'kubectl-apply' }> = {
    kind: 'kubectl-apply',
    manifest: { from: 'file', file: '.' as RootPath },
    namespace: null,
    dryRun: 'none',
  };
  const { evaluation, findings } = assessKubernetes(action, manifest.objects, {
    protectedNamespaces: policy.protectedNamespaces,
    notes: ['no cluster was asked: every object counts as one that may exist already'],
  });
  const { decision, reasons } = decide(action, options.env, policy, findings);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ decision, reasons, evaluation })}\n`
      : `${evaluationText(evaluation, process.stdout.isTTY)}\n${decisionText(decision, reasons)}\n`,
  );
  process.exitCode = exitCodeOf(decision);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new Stop(`${file} cannot be read (${codeOf(error)})`);
  }
}
