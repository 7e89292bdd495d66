/** `recourse evaluate …`: the verdict without running anything. Exit 0 allow or warn, 3 escalate, 4 block, 2 bad input. */
import { exitCodeOf } from '../exit-code.ts';
import { readPlanFile } from '../plan-file.ts';
import { loadPolicy, requireEnvironment } from '../policy-file.ts';
import { planVerdict } from '../policy-verdict.ts';
import { Stop } from '../stop.ts';
import { decisionText, evaluationText } from '../text/evaluation-text.ts';

interface Options {
  readonly env: string;
  readonly policy?: string;
  readonly json?: boolean;
}

export function evaluateTerraform(file: string, options: Options): void {
  const { policy } = loadPolicy(options.policy);
  requireEnvironment(policy, options.env);
  const planJson = readPlanFile(file);
  const answer = planVerdict(planJson, { workspace: null, destroy: false }, options.env, policy);
  if ('problem' in answer) throw new Stop(`${file}: ${answer.problem}`);
  const { decision, reasons } = answer.verdict;
  const { evaluation } = answer;
  if (options.json) process.stdout.write(`${JSON.stringify({ decision, reasons, evaluation })}\n`);
  else process.stdout.write(`${evaluationText(evaluation)}\n\n${decisionText(decision, reasons)}\n`);
  process.exitCode = exitCodeOf(decision);
}
