import { type Sight, scan } from './block/scan.ts';
import { type Field, resolveAll } from './fields.ts';
import { type Invocation, looseOptions } from './invocation.ts';
import { parseShell } from './parse.ts';
import { baseName, normalPath } from './paths.ts';
import { Scope } from './scope.ts';
import type { Node, Simple } from './tree.ts';

/** A policy's command pattern: one call, or calls that feed each other. */
export interface ShellPattern {
  readonly text: string;
  /** In the order in which data flows. `bash <(curl …)` reads as `curl | bash`. */
  readonly stages: readonly PatternStage[];
}

export interface PatternStage {
  readonly name: string;
  /** All words, for exact comparison. */
  readonly words: readonly string[];
  readonly flags: readonly string[];
  readonly operands: readonly string[];
}

/**
 * Reads a policy pattern such as `curl | sh`, `rm -rf /`, `aws`, `bash <(curl ...)`. A word `...` stands for
 * anything. What is not a plain call or pipeline of plain calls is a problem, never a pattern that matches nothing.
 */
export function parseShellPattern(
  text: string,
): { readonly ok: true; readonly pattern: ShellPattern } | { readonly ok: false; readonly problem: string } {
  const parsed = parseShell(text);
  if (!parsed.ok) return { ok: false, problem: parsed.problem };
  const stages = stagesOf(parsed.tree);
  if (typeof stages === 'string') return { ok: false, problem: stages };
  return { ok: true, pattern: { text: text.trim(), stages } };
}

/**
 * True when the call, or the flow of data into it, is what the pattern describes: by program name without
 * folder, with at least the pattern's flags in any order and spelling, and its operands in order.
 */
export function matchesPattern(pattern: ShellPattern, sight: Sight): boolean {
  const last = pattern.stages[pattern.stages.length - 1];
  if (last === undefined || !matchesStage(last, sight.call)) return false;
  const sources = [...sight.upstream, ...sight.call.args.flatMap((arg) => arg.nested), ...inputs(sight)];
  let from = 0;
  return pattern.stages.slice(0, -1).every((stage) => {
    const found = sources.findIndex(
      (node, i) => i >= from && scan(node).calls.some(({ call }) => matchesStage(stage, call)),
    );
    from = found;
    return found >= 0;
  });
}

/** True when the argv is the pattern's words and nothing else. */
export function equalsPattern(pattern: ShellPattern, argv: readonly string[]): boolean {
  const [only] = pattern.stages;
  if (only === undefined || pattern.stages.length !== 1) return false;
  return only.words.length === argv.length && only.words.every((word, i) => word === argv[i]);
}

function stagesOf(tree: Node): PatternStage[] | string {
  if (tree.k === 'pipe' && !tree.negated) {
    const stages = tree.stages.map((stage) =>
      stage.k === 'simple' ? stageOf(stage) : 'a stage is not a plain command',
    );
    const problem = stages.find((stage) => typeof stage === 'string');
    return problem ?? stages.flatMap((stage) => (typeof stage === 'string' ? [] : stage));
  }
  return tree.k === 'simple' ? stageOf(tree) : 'it is not one plain command or pipeline';
}

function stageOf(node: Simple): PatternStage[] | string {
  if (node.assigns.length > 0 || node.redirects.length > 0) return 'it holds an assignment or a redirection';
  const before: PatternStage[] = [];
  const words: string[] = [];
  for (const word of node.words) {
    const [piece] = word.pieces;
    if (word.pieces.length === 1 && (piece?.k === 'process' || piece?.k === 'command')) {
      const inner = stagesOf(piece.body);
      if (typeof inner === 'string') return inner;
      before.push(...inner);
      continue;
    }
    const fields = resolveAll([word], new Scope());
    const [field] = fields;
    const home = field?.why.startsWith('a home') || field?.why.startsWith('the home');
    if (field === undefined || fields.length !== 1 || (field.kind === 'dynamic' && !home)) {
      return `the word ${word.source} is not literal`;
    }
    if (field.text !== '...' && field.text !== '…') words.push(field.text);
  }
  const [name, ...rest] = words;
  if (name === undefined) return 'it names no command';
  const stage: PatternStage = {
    name: baseName(name),
    words,
    flags: rest.filter((word) => /^-./.test(word) && word !== '--'),
    operands: rest.filter((word) => !/^-./.test(word)),
  };
  return [...before, stage];
}

function matchesStage(stage: PatternStage, call: Invocation): boolean {
  if (stage.name !== call.name) return false;
  if (stage.flags.length === 0 && stage.operands.length === 0) return true;
  return stage.flags.every((flag) => hasFlag(flag, call.args)) && hasOperands(stage.operands, call.args);
}

/** Letters whose long form means the same in the tools that operators name in policies. */
const LONG: Readonly<Record<string, readonly string[]>> = {
  r: ['recursive'],
  R: ['recursive'],
  f: ['force'],
  e: ['exec'],
  a: ['all'],
  i: ['interactive', 'in-place', 'login'],
  s: ['shell'],
  l: ['login'],
  n: ['namespace', 'dry-run'],
  y: ['yes', 'assume-yes'],
  d: ['delete', 'detach'],
  c: ['command'],
  k: ['insecure'],
  g: ['global'],
  o: ['output'],
  u: ['user'],
};

function hasFlag(flag: string, args: readonly Field[]): boolean {
  if (args.some(({ text }) => text === flag || text.startsWith(`${flag}=`))) return true;
  const given = looseOptions(args, new Set(), false).flags;
  if (flag.startsWith('--')) {
    const [name = ''] = flag.slice(2).split('=');
    if ([...given].some((one) => one.length >= 3 && name.startsWith(one))) return true;
    return Object.entries(LONG).some(([letter, names]) => names.includes(name) && given.has(letter));
  }
  if (!/^-[A-Za-z0-9]{1,4}$/.test(flag)) return false;
  return [...flag.slice(1)].every((letter) => {
    const other = letter === 'r' ? 'R' : letter === 'R' ? 'r' : letter;
    if (given.has(letter) || given.has(other)) return true;
    return (LONG[letter] ?? []).some((name) =>
      [...given].some((one) => one.length >= 3 && name.startsWith(one)),
    );
  });
}

/** In order; a bare word such as a sub-command must come before any other operand. */
function hasOperands(wanted: readonly string[], args: readonly Field[]): boolean {
  let from = 0;
  return wanted.every((operand, nth) => {
    const bare = nth === 0 && /^[a-z][\w-]*$/.test(operand);
    const found = args.findIndex(
      (arg, i) => i >= from && sameOperand(operand, arg.text) && (!bare || leads(args, i)),
    );
    from = found + 1;
    return found >= 0;
  });
}

/** Nothing but options, and words that may be their values, stand before the word. */
function leads(args: readonly Field[], index: number): boolean {
  return args
    .slice(0, index)
    .every((arg, i) => arg.text.startsWith('-') || (i > 0 && args[i - 1]?.text.startsWith('-')));
}

function sameOperand(wanted: string, given: string): boolean {
  if (wanted === given) return true;
  if (/^0*[0-7]{3,4}$/.test(wanted) && /^0*[0-7]{3,4}$/.test(given)) return Number(wanted) === Number(given);
  return /[/~\uE000]/.test(wanted) && normalPath(wanted) === normalPath(given);
}

function inputs(sight: Sight): Node[] {
  return sight.redirects.flatMap((redirect) => {
    const words =
      redirect.k === 'odd' ? redirect.nested : [redirect.k === 'text' ? redirect.body : redirect.target];
    return resolveAll(words, sight.scope).flatMap((field) => field.nested);
  });
}
