/** `recourse evaluate kubernetes MANIFEST`: what applying it would do, judged without asking any cluster. */
import { readFileSync } from 'node:fs';
import { exitCodeOf } from '../exit-code.ts';
import { codeOf, loadPolicy, requireEnvironment } from '../policy-file.ts';
import { applyAction, kubectlVerdict } from '../policy-verdict.ts';
import { Stop } from '../stop.ts';
import { decisionText, evaluationText } from '../text/evaluation-text.ts';

export function evaluateKubernetes(
  file: string,
  options: { readonly env: string; readonly policy?: string; readonly json?: boolean },
): void {
  const { policy } = loadPolicy(options.policy);
  requireEnvironment(policy, options.env);
  const answer = kubectlVerdict(applyAction(null), readBytes(file), options.env, policy);
  if ('problem' in answer) throw new Stop(`${file}: ${answer.problem}`);
  const { verdict, evaluation } = answer;
  const { decision, reasons } = verdict;
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ decision, reasons, evaluation })}\n`
      : `${evaluationText(evaluation)}\n\n${decisionText(decision, reasons)}\n`,
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
