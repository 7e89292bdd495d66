import { type Call, Calls } from './calls.ts';
import { type Complaint, Complaints, NOTHING } from './complaints.ts';
import { type Field, resolveAll, resolveJoined } from './fields.ts';
import { HARMLESS_ENV } from './forms.ts';
import { optionAsText, wordOf } from './judged-words.ts';
import type { ShellPattern } from './pattern.ts';
import { Place } from './place.ts';
import { type RedirectOutcome, redirectsOf } from './redirects.ts';
import { Scope } from './scope.ts';
import type { JudgedScript } from './script.ts';
import type { Node, Simple } from './tree.ts';

export interface ReadOnlyVerdict {
  /** Non-null only when there is no complaint. */
  readonly script: JudgedScript | null;
  readonly complaints: readonly Complaint[];
  readonly needsSandbox: boolean;
}

/** Whether every part of a tree is known to only read, and the script to run if so. `allow`: the operator's own patterns. */
export function judgeReadOnly(tree: Node, allow: readonly ShellPattern[]): ReadOnlyVerdict {
  const judge = new Judge(allow);
  const script = judge.node(tree, new Scope());
  const complaints = judge.complaints.list;
  const { needsSandbox } = judge.calls;
  return { script: complaints.length === 0 ? script : null, complaints, needsSandbox };
}

/** Lower-case names are the script's own by custom (POSIX.1-2017, 8.1); the others belong to the shell and to programs. */
/** The body of a loop with the variables as they then are; null where that is not known to only read. */
export function judgeBody(body: Node, variables: Readonly<Record<string, string>>): JudgedScript | null {
  const judge = new Judge([]);
  judge.calls.inLoop = true;
  const script = judge.node(body, Scope.of(variables));
  return judge.complaints.list.length === 0 ? script : null;
}

const PLAIN_VARIABLE = /^[a-z][a-z0-9_]*$/;

const MAX_RUNS = 200;
/** Loops in loops multiply, also where they run nothing. */
const MAX_STEPS = 6_000;

/** Follows the structure of a tree: lists, pipes, branches, loops and what is assigned on the way. */
class Judge {
  readonly complaints = new Complaints();
  readonly calls: Calls;
  private readonly place = new Place();
  private runs = 0;
  private steps = 0;
  /** Variables that loops over literal words set. */
  private readonly loopNames = new Set<string>();

  constructor(allow: readonly ShellPattern[]) {
    this.calls = new Calls(this.complaints, this.place, allow, (node, scope) => this.node(node, scope));
  }

  node(node: Node, scope: Scope): JudgedScript {
    this.steps += 1;
    if (this.steps > MAX_STEPS) return NOTHING;
    if (this.steps === MAX_STEPS)
      return this.complaints.add(
        'size',
        'the command holds too many steps to follow',
        'the whole command',
        'Split it into several calls.',
      );
    switch (node.k) {
      case 'simple':
        return this.simple(node, scope);
      case 'list':
        return { kind: 'sequence', nodes: node.nodes.map((one) => this.node(one, scope)) };
      case 'logic': {
        const left = this.node(node.left, scope);
        const right = this.branch(node.right, scope);
        return { kind: node.op === '&&' ? 'and' : 'or', left, right };
      }
      case 'pipe': {
        if (node.stages.length === 1) {
          const [only] = node.stages;
          const body = only === undefined ? NOTHING : this.node(only, scope);
          return node.negated ? { kind: 'not', body } : body;
        }
        const stages = node.stages.map((stage) => this.node(stage, new Scope(scope)));
        const pipe: JudgedScript = { kind: 'pipe', stages, withStderr: node.withStderr };
        return node.negated ? { kind: 'not', body: pipe } : pipe;
      }
      case 'group': {
        const body = this.node(node.body, node.subshell ? new Scope(scope) : scope);
        return node.subshell ? { kind: 'subshell', body, redirects: [] } : body;
      }
      case 'redirected': {
        if (node.body.k !== 'group')
          return this.complaints.add(
            'blocks.redirected',
            'a redirected block is not followed',
            node.source,
            'Redirect each command to /dev/null instead.',
          );
        const redirects = this.redirects(node.redirects, scope, node.source);
        return {
          kind: 'subshell',
          body: this.node(node.body.body, new Scope(scope)),
          redirects: redirects.list,
        };
      }
      case 'if': {
        const test = this.node(node.test, scope);
        const body = this.branch(node.body, scope);
        const otherwise = node.otherwise === null ? null : this.branch(node.otherwise, scope);
        return { kind: 'if', test, body, otherwise };
      }
      case 'for':
        return this.loop(node, scope);
      case 'background':
        return this.complaints.add(
          'background',
          'a background job outlives its judgement',
          node.source,
          'Leave out the &.',
        );
      case 'opaque':
        return this.complaints.add(
          'syntax.unmodelled',
          `${node.what} is not followed`,
          node.source,
          'Use plain commands with pipes, &&, ||, ; and for over literal words.',
        );
    }
  }

  /** A part that may not run: what it assigns is no longer certain afterwards. */
  private branch(node: Node, scope: Scope): JudgedScript {
    const inner = new Scope(scope);
    const script = this.node(node, inner);
    for (const [name, value] of inner.changes()) {
      if (scope.get(name) !== value) scope.set(name, { ...value, certain: false });
    }
    return script;
  }

  private loop(node: Node & { k: 'for' }, scope: Scope): JudgedScript {
    if (node.values === null || !PLAIN_VARIABLE.test(node.name))
      return this.complaints.add(
        'for.words',
        'the loop has no literal list of its own',
        node.source,
        'Write: for x in a b c; do …; done.',
      );
    const values = resolveAll(node.values, scope);
    if (values.some((value) => value.kind === 'glob') && values.every((value) => value.kind !== 'dynamic'))
      return this.each(node, values, scope);
    const bad = values.find((value) => value.kind !== 'literal');
    if (bad !== undefined)
      return this.complaints.add(
        'for.words',
        `the loop word ${bad.source} is not literal`,
        node.source,
        'Write the words out: for x in a b c; do …; done.',
      );
    this.loopNames.add(node.name);
    const nodes = values.slice(0, MAX_RUNS).map((value) => {
      scope.set(node.name, { text: value.text, certain: true, fetched: false });
      const enough = this.complaints.list.length > 20 || this.steps > MAX_STEPS;
      return enough ? NOTHING : this.node(node.body, scope);
    });
    return { kind: 'sequence', nodes };
  }

  /** Judged with the patterns themselves: what could match a secret is not read. */
  private each(node: Node & { k: 'for' }, values: readonly Field[], scope: Scope): JudgedScript {
    const variables = scope.constants();
    const outer = this.calls.inLoop;
    this.calls.inLoop = true;
    const loops = new Set([node.name]);
    const nodes = values.slice(0, MAX_RUNS).map(({ text, kind }) => {
      const inner = new Scope(scope);
      inner.set(node.name, { text, certain: true, fetched: false, pattern: kind === 'glob' });
      const script = this.node(node.body, inner);
      for (const [name] of inner.changes()) {
        if (!this.loopNames.has(name) && name !== node.name)
          this.complaints.add(
            'for.assigns',
            `the loop sets ${name}, and how often it runs is not known`,
            node.source,
            'Write the value where it is used.',
          );
        loops.add(name);
      }
      return script;
    });
    this.calls.inLoop = outer;
    for (const name of loops) scope.forget(name);
    const words = values.flatMap((value) => wordOf(value) ?? []);
    const sample: JudgedScript = { kind: 'sequence', nodes };
    return { kind: 'each', name: node.name, values: words, variables, body: node.body, sample };
  }

  private simple(node: Simple, scope: Scope): JudgedScript {
    this.runs += 1;
    if (this.runs > MAX_RUNS) {
      if (this.runs > MAX_RUNS + 1) return NOTHING;
      return this.complaints.add(
        'size',
        `there are more than ${MAX_RUNS} commands`,
        node.source,
        'Split it into several calls.',
      );
    }
    if (node.words.length === 0) return this.assignments(node, scope);
    const env: string[] = [];
    for (const assign of node.assigns) {
      const value = assign.value === null ? null : resolveJoined(assign.value, scope);
      const text = `${assign.name}=${value?.text ?? ''}`;
      if (value?.kind !== 'literal' || !HARMLESS_ENV.test(text)) {
        return this.complaints.add(
          'environment',
          `setting ${assign.name} can change what the command does`,
          node.source,
          'Leave the variable out; only LC_ALL, LANG and TZ may be set.',
        );
      }
      env.push(text);
    }
    const [first] = node.words;
    const viaVariable =
      first === undefined || first.generated === true || first.pieces.some((piece) => piece.k !== 'text');
    const fields = resolveAll(node.words, scope).map(optionAsText);
    const redirects = this.redirects(node.redirects, scope, node.source);
    const call: Call = { fields, viaVariable, env, redirects, source: node.source, scope };
    return this.calls.judge(call);
  }

  private assignments(node: Simple, scope: Scope): JudgedScript {
    if (node.redirects.length > 0)
      return this.complaints.add('redirect', 'a redirection without a command', node.source, null);
    for (const assign of node.assigns) {
      const value = assign.value === null ? null : resolveJoined(assign.value, scope);
      if (!PLAIN_VARIABLE.test(assign.name)) {
        const problem = `the shell or a program may read ${assign.name} by its name`;
        return this.complaints.add('assignment', problem, node.source, 'Use a name in lower case.');
      }
      if (value?.kind !== 'literal') {
        const problem = `the assignment to ${assign.name} is not a plain literal`;
        return this.complaints.add('assignment', problem, node.source, 'Write the value where it is used.');
      }
      scope.set(assign.name, { text: value.text, certain: true, fetched: false });
    }
    return NOTHING;
  }

  private redirects(list: Simple['redirects'], scope: Scope, source: string): RedirectOutcome {
    const outcome = redirectsOf(list, scope, this.place.reach);
    for (const problem of outcome.problems) this.complaints.report(problem, source);
    return outcome;
  }
}
