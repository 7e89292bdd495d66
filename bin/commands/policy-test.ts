/** `recourse policy test FILE`: cases kept beside a policy, and whether it answers as they say. Exit 1 where not. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Policy, PolicyProblem } from '../../lib/core/policy/policy.ts';
import {
  type CaseFile,
  type Given,
  looksLikeCases,
  type PolicyCase,
  readCases,
} from '../../lib/core/policy/read-cases.ts';
import { calledAction } from '../called-action.ts';
import { codeOf, loadPolicy, readPolicyFile, requireEnvironment } from '../policy-file.ts';
import {
  type Answer,
  applyAction,
  type KubernetesAction,
  kubectlVerdict,
  type NoAnswer,
  planVerdict,
  shellVerdict,
} from '../policy-verdict.ts';
import { Stop } from '../stop.ts';

interface Options {
  readonly policy?: string;
  readonly env?: string;
  readonly json?: boolean;
}

interface Outcome {
  readonly name: string;
  readonly line: number;
  readonly environment: string;
  readonly ok: boolean;
  readonly expected: PolicyCase['expect'];
  /** What differs, or why there is no answer; a line each. */
  readonly differs: readonly string[];
  readonly decision: string | null;
  readonly reasons: Answer['verdict']['reasons'];
}

export async function test(given: string, options: Options): Promise<void> {
  const { file, cases, policy } = load(given, options);
  const outcomes: Outcome[] = [];
  for (const each of cases.cases) outcomes.push(await outcomeOf(each, file, cases, policy, options));
  const failed = outcomes.filter((each) => !each.ok);
  if (options.json) print(JSON.stringify({ file, ok: failed.length === 0, cases: outcomes }, null, 2));
  else print(text(file, outcomes));
  process.exitCode = failed.length === 0 ? 0 : 1;
}

/** FILE may be the cases, or the policy whose cases lie beside it. */
function load(given: string, options: Options): { file: string; cases: CaseFile; policy: Policy } {
  const source = readPolicyFile(given);
  const isCases = looksLikeCases(source);
  const file = isCases ? given : besideOf(given);
  const read = readCases(isCases ? source : readPolicyFile(file));
  if (!read.ok) throw new Stop(`the cases have ${problemsText(file, read.problems)}`);
  if (read.file.cases.length === 0) throw new Stop(`${file} has no cases`);
  const named = read.file.policy === null ? undefined : path.resolve(path.dirname(file), read.file.policy);
  const { policy } = loadPolicy(options.policy ?? (isCases ? named : given));
  return { file, cases: read.file, policy };
}

function besideOf(policy: string): string {
  const stem = policy.replace(/\.ya?ml$/, '');
  const names = [`${stem}.test.yaml`, `${stem}.test.yml`];
  const found = names.find((name) => existsSync(name));
  if (found !== undefined) return found;
  throw new Stop(`${policy} is a policy, and there are no cases beside it: write them to ${names[0]}`);
}

function problemsText(file: string, problems: readonly PolicyProblem[]): string {
  const lines = problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return `${lines.length === 1 ? 'a problem' : 'problems'}:\n${lines.join('\n')}`;
}

async function outcomeOf(
  each: PolicyCase,
  file: string,
  cases: CaseFile,
  policy: Policy,
  options: Options,
): Promise<Outcome> {
  const environment = each.environment ?? options.env ?? cases.environment;
  if (environment === null) {
    throw new Stop(
      `${file}:${each.line}: for which environment? Write environment: NAME in the case or above all, or use -e`,
    );
  }
  requireEnvironment(policy, environment);
  const { name, line, expect: expected } = each;
  const about = { name, line, environment, expected };
  const answer = await answerTo(each.given, path.dirname(file), environment, policy);
  if ('problem' in answer) {
    return { ...about, ok: false, differs: [`no answer: ${answer.problem}`], decision: null, reasons: [] };
  }
  const { decision, reasons } = answer.verdict;
  const differs = [
    ...(decision === expected.decision ? [] : [`expected ${expected.decision}, the policy says ${decision}`]),
    ...(expected.rule === null || reasons.some(({ rule }) => rule === expected.rule)
      ? []
      : [
          `expected the rule ${expected.rule} among the reasons; they are ${reasons.map(({ rule }) => rule).join(', ')}`,
        ]),
    ...(expected.class === null || reasons.some((reason) => reason.class === expected.class)
      ? []
      : [`expected the class ${expected.class} among the reasons; they have ${classesOf(reasons)}`]),
  ];
  return { ...about, ok: differs.length === 0, differs, decision, reasons };
}

function classesOf(reasons: Outcome['reasons']): string {
  const classes = [...new Set(reasons.flatMap((reason) => reason.class ?? []))];
  return classes.length === 0 ? 'none' : classes.join(', ');
}

async function answerTo(
  given: Given,
  folder: string,
  environment: string,
  policy: Policy,
): Promise<Answer | NoAnswer> {
  switch (given.kind) {
    case 'shell':
      return shellVerdict(given.command, environment, policy);
    case 'plan': {
      const bytes = bytesOf(folder, given.file);
      if ('problem' in bytes) return bytes;
      const json = parsed(new TextDecoder().decode(bytes.bytes));
      if (json === null)
        return { problem: `${given.file} is not JSON; make it with: terraform show -json PLANFILE` };
      return planVerdict(json.value, given, environment, policy);
    }
    case 'manifest': {
      const bytes = bytesOf(folder, given.file);
      return 'problem' in bytes
        ? bytes
        : kubectlVerdict(applyAction(given.namespace), bytes.bytes, environment, policy);
    }
    case 'call':
      return answerToCall(given, folder, environment, policy);
  }
}

async function answerToCall(
  { tool, arguments: args }: Extract<Given, { kind: 'call' }>,
  folder: string,
  environment: string,
  policy: Policy,
): Promise<Answer | NoAnswer> {
  const called = await calledAction(tool, args);
  if ('problem' in called) return called;
  const { action, manifest } = called;
  if (action.kind === 'shell') return shellVerdict(action.command, environment, policy);
  if (action.kind === 'kubectl-apply' && action.manifest.from === 'file') {
    const bytes = bytesOf(folder, action.manifest.file);
    return 'problem' in bytes ? bytes : kubectlVerdict(action, bytes.bytes, environment, policy);
  }
  if (!isKubectl(action)) return { problem: `${action.kind} cannot be judged from a call` };
  return kubectlVerdict(
    action,
    manifest === null ? null : new TextEncoder().encode(manifest),
    environment,
    policy,
  );
}

function isKubectl(action: { readonly kind: string }): action is KubernetesAction {
  return action.kind.startsWith('kubectl-');
}

function bytesOf(folder: string, file: string): { readonly bytes: Uint8Array } | NoAnswer {
  try {
    return { bytes: readFileSync(path.resolve(folder, file)) };
  } catch (error) {
    return { problem: `${file} cannot be read (${codeOf(error)})` };
  }
}

function parsed(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function text(file: string, outcomes: readonly Outcome[]): string {
  const lines = outcomes.flatMap((each) => [
    `${each.ok ? 'ok  ' : 'FAIL'}  ${each.name} (${each.environment}): ${each.decision ?? 'no answer'}`,
    ...(each.ok ? [] : [`      ${file}:${each.line}`, ...each.differs.map((line) => `      ${line}`)]),
    ...(each.ok ? [] : each.reasons.slice(0, 5).map((reason) => `      - ${reason.rule}: ${reason.message}`)),
  ]);
  const failed = outcomes.filter((each) => !each.ok).length;
  return [
    ...lines,
    '',
    failed === 0 ? `${outcomes.length} cases hold` : `${failed} of ${outcomes.length} cases do not hold`,
  ].join('\n');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
