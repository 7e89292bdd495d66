/** `recourse evaluate …`: the verdict without running anything. Exit 0 allow or warn, 3 escalate, 4 block, 2 bad input. */
import { readFileSync } from 'node:fs';
import { exitCodeOf } from '../exit-code.ts';
import { codeOf, loadPolicy, requireEnvironment } from '../policy-file.ts';
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
  const planJson = parseJson(file, readText(file));
  const answer = planVerdict(planJson, { workspace: null, destroy: false }, options.env, policy);
  if ('problem' in answer) throw new Stop(`${file}: ${answer.problem}`);
  const { decision, reasons } = answer.verdict;
  const { evaluation } = answer;
  if (options.json) process.stdout.write(`${JSON.stringify({ decision, reasons, evaluation })}\n`);
  else
    process.stdout.write(
      `${evaluationText(evaluation, process.stdout.isTTY)}\n${decisionText(decision, reasons)}\n`,
    );
  process.exitCode = exitCodeOf(decision);
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Stop(`${file} cannot be read (${codeOf(error)})`);
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Stop(`${file} is not JSON (${why}). Make it with: terraform show -json PLANFILE > plan.json`);
  }
}
