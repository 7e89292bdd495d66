/** `recourse evaluate …`: the verdict without running anything. Exit 0 allow or warn, 3 escalate, 4 block, 2 bad input. */
import { readFileSync } from 'node:fs';
import type { Action, RootPath, WorkspaceName } from '../../lib/core/action.ts';
import { NO_OWN, ownMatcher } from '../../lib/core/own.ts';
import { judgeTerraformPlan } from '../../lib/core/terraform/judge.ts';
import { exitCodeOf } from '../exit-code.ts';
import { codeOf, loadPolicy, requireEnvironment } from '../policy-file.ts';
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
  const action: Action = {
    kind: 'terraform-apply',
    cwd: '.' as RootPath,
    workspace: 'default' as WorkspaceName,
    ref: null,
    args: [],
  };
  const planJson = parseJson(file, readText(file));
  const judged = judgeTerraformPlan({
    action,
    environment: options.env,
    policy,
    planJson,
    scan: [],
    history: { findings: [] },
    own: ownMatcher(NO_OWN),
  });
  if (!judged.ok) throw new Stop(`${file}: ${judged.problem}`);
  const { verdict, assessment } = judged.judgement;
  const { decision, reasons } = verdict;
  const { evaluation } = assessment;
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
