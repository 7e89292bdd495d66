/**
 * Cases kept beside a policy: what is given, and what the policy must answer. Read as strictly as the policy itself,
 * so that a case with a slip in it is a problem, not a case that passes.
 */
import { DECISIONS, type Decision } from '../decision.ts';
import { FINDING_CLASSES, type FindingClass } from '../finding.ts';
import type { PolicyProblem } from './policy.ts';
import { fields, listOf, oneOf, type Reader, Report, textLike, yesOrNo } from './reader.ts';
import { readPolicyText, type Tree } from './tree.ts';

export interface PolicyCase {
  readonly name: string;
  /** 1-based, of the case in its file. */
  readonly line: number;
  /** Null: the file's, or the command line's. */
  readonly environment: string | null;
  readonly given: Given;
  readonly expect: Expected;
}

/** Files are named as they stand in the file of cases: relative to it. */
export type Given =
  | { readonly kind: 'shell'; readonly command: string }
  | {
      readonly kind: 'plan';
      readonly file: string;
      readonly workspace: string | null;
      readonly destroy: boolean;
    }
  | { readonly kind: 'manifest'; readonly file: string; readonly namespace: string | null }
  | { readonly kind: 'call'; readonly tool: string; readonly arguments: unknown };

export interface Expected {
  readonly decision: Decision;
  /** Rule and class that must be among the reasons. */
  readonly rule: string | null;
  readonly class: FindingClass | null;
}

export interface CaseFile {
  readonly policy: string | null;
  readonly environment: string | null;
  readonly cases: readonly PolicyCase[];
}

export type ParsedCases =
  | { readonly ok: true; readonly file: CaseFile }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

export function readCases(source: string): ParsedCases {
  const { tree, problems } = readPolicyText(source);
  const report = new Report();
  const read = tree === null ? undefined : caseFile(tree, '', report);
  if (read !== undefined && read.cases === undefined && report.problems.length === 0) {
    report.problem({ line: 1, column: 1 }, 'cases', 'a file of cases has a list under `cases`');
  }
  const found = [...problems, ...report.problems].sort((a, b) => a.line - b.line || a.column - b.column);
  if (found.length > 0 || read === undefined) return { ok: false, problems: found };
  const { policy = null, environment = null, cases = [] } = read;
  return { ok: true, file: { policy, environment, cases } };
}

/** Whether a text is a file of cases, and not a policy. */
export function looksLikeCases(source: string): boolean {
  const { tree } = readPolicyText(source);
  return tree?.kind === 'map' && tree.entries.some((entry) => entry.key === 'cases');
}

const line = textLike('one line of text', /^[^\p{Cc}]{1,300}$/u);
const file = textLike('the name of a file', /^[^\p{Cc}]{1,1000}$/u);
const environmentName = textLike('the name of an environment', /^[a-z][a-z0-9-]{0,31}$/);
const command: Reader<string> = (tree, path, report) =>
  tree.kind === 'scalar' && typeof tree.value === 'string' && tree.value !== ''
    ? tree.value
    : report.problem(tree.at, path, 'must be a command as text');

const anything: Reader<unknown> = (tree) => plain(tree);

const given: Reader<Given> = (tree, path, report) => {
  const read = givenFields(tree, path, report);
  if (read === undefined) return undefined;
  const kinds = (['shell', 'plan', 'manifest', 'tool'] as const).filter((key) => read[key] !== undefined);
  const [kind, ...others] = kinds;
  const wrong = (message: string) => report.problem(tree.at, path, message);
  if (kind === undefined || others.length > 0) return wrong('give one of shell, plan, manifest, or tool');
  const { workspace = null, destroy = false, namespace = null } = read;
  const belongs = { plan: ['workspace', 'destroy'], manifest: ['namespace'], tool: ['arguments'], shell: [] };
  const allowed: readonly string[] = belongs[kind];
  for (const key of ['workspace', 'destroy', 'namespace', 'arguments'] as const) {
    if (read[key] !== undefined && !allowed.includes(key)) return wrong(`${key} does not belong to ${kind}`);
  }
  switch (kind) {
    case 'shell':
      return { kind, command: read.shell ?? '' };
    case 'plan':
      return { kind, file: read.plan ?? '', workspace, destroy };
    case 'manifest':
      return { kind, file: read.manifest ?? '', namespace };
    case 'tool':
      return { kind: 'call', tool: read.tool ?? '', arguments: read.arguments ?? {} };
  }
};

const givenFields = fields({
  shell: command,
  plan: file,
  manifest: file,
  tool: textLike('the name of a tool', /^gateway_[a-z_]{1,40}$/),
  workspace: textLike('the name of a workspace', /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,89}$/),
  destroy: yesOrNo,
  namespace: textLike('the name of a namespace', /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
  arguments: anything,
});

const decision = oneOf(DECISIONS, 'a decision');
const expectedFields = fields({
  decision,
  rule: textLike('the name of a rule', /^[^\p{Cc}\s]{1,200}$/u),
  class: oneOf(FINDING_CLASSES, 'a finding class'),
});

/** `block`, or a map with more to hold against. */
const expected: Reader<Expected> = (tree, path, report) => {
  if (tree.kind === 'scalar') {
    const only = decision(tree, path, report);
    return only === undefined ? undefined : { decision: only, rule: null, class: null };
  }
  const read = expectedFields(tree, path, report);
  if (read === undefined) return undefined;
  if (read.decision === undefined) return report.problem(tree.at, path, 'decision is missing');
  return { decision: read.decision, rule: read.rule ?? null, class: read.class ?? null };
};

const caseFields = fields({ name: line, environment: environmentName, given, expect: expected });

const oneCase: Reader<PolicyCase> = (tree, path, report) => {
  const before = report.problems.length;
  const read = caseFields(tree, path, report);
  if (read === undefined || report.problems.length > before) return undefined;
  for (const key of ['given', 'expect'] as const) {
    if (read[key] === undefined) return report.problem(tree.at, path, `${key} is missing`);
  }
  if (read.given === undefined || read.expect === undefined) return undefined;
  return {
    name: read.name ?? `case on line ${tree.at.line}`,
    line: tree.at.line,
    environment: read.environment ?? null,
    given: read.given,
    expect: read.expect,
  };
};

const caseFile = fields({ policy: file, environment: environmentName, cases: listOf(oneCase) });

function plain(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plain);
    case 'map':
      return Object.fromEntries(tree.entries.map(({ key, value }) => [key, plain(value)]));
  }
}
