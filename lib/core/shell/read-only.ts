import { ruleFor } from './commands/index.ts';
import { type CallContext, type Problem, refuse } from './commands/rule.ts';
import { type Field, resolve, resolveAll, resolveJoined, type Scope } from './fields.ts';
import { formOf, HARMLESS_ENV } from './forms.ts';
import { parseShell } from './parse.ts';
import { joinPath } from './paths.ts';
import { equalsPattern, type ShellPattern } from './pattern.ts';
import { reachFrom, secretProblem } from './reach.ts';
import { redirectsOf } from './redirects.ts';
import type { JudgedPart, JudgedRedirect, JudgedScript, JudgedWord } from './script.ts';
import { isSecretPath } from './secrets.ts';
import type { Node, Simple } from './tree.ts';

/** A problem with the text of the command it is about. */
export interface Complaint extends Problem {
  readonly command: string;
}

export interface ReadOnlyVerdict {
  /** Non-null only when there is no complaint. */
  readonly script: JudgedScript | null;
  readonly complaints: readonly Complaint[];
  readonly needsSandbox: boolean;
}

/** Whether every part of a tree is known to only read, and the script to run if so. `allow`: the operator's own patterns. */
export function judgeReadOnly(tree: Node, allow: readonly ShellPattern[]): ReadOnlyVerdict {
  const judge = new Judge(allow);
  const script = judge.node(tree, new Map());
  const clean = judge.complaints.length === 0;
  return { script: clean ? script : null, complaints: judge.complaints, needsSandbox: judge.needsSandbox };
}

/** Folders from which a program may be named by its full path. */
const PROGRAM_FOLDERS = /^\/(?:usr\/(?:local\/)?)?s?bin\/([\w.+[-]+)$/;
const PLAIN_VARIABLE = /^[a-z][a-z0-9_]*$/;
const MAX_RUNS = 200;
const MAX_FOLDERS = 8;
const MAX_DEPTH = 6;
const SAFE: JudgedScript = { kind: 'nothing' };

class Judge {
  readonly complaints: Complaint[] = [];
  needsSandbox = false;
  private runs = 0;
  private depth = 0;
  /** Every folder, relative to the caller's, in which a command may run after the `cd`s so far. */
  private folders: readonly string[] = ['.'];
  private readonly allow: readonly ShellPattern[];

  constructor(allow: readonly ShellPattern[]) {
    this.allow = allow;
  }

  node(node: Node, scope: Scope): JudgedScript {
    switch (node.k) {
      case 'simple':
        return this.simple(node, scope, []);
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
          const body = only === undefined ? SAFE : this.node(only, scope);
          return node.negated ? { kind: 'not', body } : body;
        }
        const stages = node.stages.map((stage) => this.node(stage, new Map(scope)));
        const pipe: JudgedScript = { kind: 'pipe', stages, withStderr: node.withStderr };
        return node.negated ? { kind: 'not', body: pipe } : pipe;
      }
      case 'group': {
        const body = this.node(node.body, node.subshell ? new Map(scope) : scope);
        return node.subshell ? { kind: 'subshell', body, redirects: [] } : body;
      }
      case 'redirected': {
        if (node.body.k !== 'group')
          return this.complain(
            'blocks.redirected',
            'a redirected block is not followed',
            node.source,
            'Redirect each command to /dev/null instead.',
          );
        const redirects = this.redirects(node.redirects, scope, node.source);
        return {
          kind: 'subshell',
          body: this.node(node.body.body, new Map(scope)),
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
        return this.complain(
          'background',
          'a background job outlives its judgement',
          node.source,
          'Leave out the &.',
        );
      case 'opaque':
        return this.complain(
          'syntax.unmodelled',
          `${node.what} is not followed`,
          node.source,
          'Use plain commands with pipes, &&, ||, ; and for over literal words.',
        );
    }
  }

  /** A part that may not run: what it assigns is no longer certain afterwards. */
  private branch(node: Node, scope: Scope): JudgedScript {
    const inner: Scope = new Map(scope);
    const script = this.node(node, inner);
    for (const [name, value] of inner) {
      if (scope.get(name) !== value) scope.set(name, { ...value, certain: false });
    }
    return script;
  }

  private loop(node: Node & { k: 'for' }, scope: Scope): JudgedScript {
    if (node.values === null || !PLAIN_VARIABLE.test(node.name))
      return this.complain(
        'for.words',
        'the loop has no literal list of its own',
        node.source,
        'Write: for x in a b c; do …; done.',
      );
    const values = resolveAll(node.values, scope);
    const bad = values.find((value) => value.kind !== 'literal');
    if (bad !== undefined)
      return this.complain(
        'for.words',
        `the loop word ${bad.source} is not literal`,
        node.source,
        'Write the words out: for x in a b c; do …; done.',
      );
    const nodes = values.slice(0, MAX_RUNS).map((value) => {
      scope.set(node.name, { text: value.text, certain: true, fetched: false });
      return this.complaints.length > 20 ? SAFE : this.node(node.body, scope);
    });
    return { kind: 'sequence', nodes };
  }

  private simple(node: Simple, scope: Scope, outerEnv: readonly string[]): JudgedScript {
    this.runs += 1;
    if (this.runs > MAX_RUNS) {
      if (this.runs > MAX_RUNS + 1) return SAFE;
      return this.complain(
        'size',
        `there are more than ${MAX_RUNS} commands`,
        node.source,
        'Split it into several calls.',
      );
    }
    if (node.words.length === 0) return this.assignments(node, scope);
    const env = [...outerEnv];
    for (const assign of node.assigns) {
      const value = assign.value === null ? null : resolveJoined(assign.value, scope);
      const text = `${assign.name}=${value?.text ?? ''}`;
      if (value?.kind !== 'literal' || !HARMLESS_ENV.test(text)) {
        return this.complain(
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
    return this.call({ fields, viaVariable, env, redirects, source: node.source, scope });
  }

  private assignments(node: Simple, scope: Scope): JudgedScript {
    if (node.redirects.length > 0)
      return this.complain('redirect', 'a redirection without a command', node.source, null);
    for (const assign of node.assigns) {
      const value = assign.value === null ? null : resolveJoined(assign.value, scope);
      if (value?.kind !== 'literal' || !PLAIN_VARIABLE.test(assign.name)) {
        const problem = `the assignment to ${assign.name} is not a plain literal`;
        return this.complain('assignment', problem, node.source, 'Write the value where it is used.');
      }
      scope.set(assign.name, { text: value.text, certain: true, fetched: false });
    }
    return SAFE;
  }

  private call(call: Call): JudgedScript {
    const { fields, viaVariable, env, redirects, source, scope } = call;
    const [name, ...args] = fields;
    if (name === undefined || viaVariable || name.kind !== 'literal') {
      return this.complain(
        'command.dynamic',
        `the command name ${name?.source ?? ''} is not a literal word`,
        source,
        'Write the program name itself.',
      );
    }
    const texts = fields.every((field) => field.kind === 'literal')
      ? fields.map((field) => field.text)
      : null;
    if (texts !== null && env.length === 0 && this.allow.some((pattern) => equalsPattern(pattern, texts))) {
      const secret = texts
        .slice(1)
        .find((text) => this.folders.some((folder) => isSecretPath(joinPath(folder, text))));
      if (secret !== undefined) return this.secret(secret, source);
      const words = texts.slice(1).map((text): JudgedWord => ({ kind: 'text', text }));
      return {
        kind: 'run',
        program: texts[0] ?? '',
        words,
        env: {},
        redirects: redirects.list,
        paths: redirects.paths,
      };
    }
    const program = name.text.includes('/') ? PROGRAM_FOLDERS.exec(name.text)?.[1] : name.text;
    if (program === undefined)
      return this.complain(
        'command.path',
        `${name.text} is a program at a path of its own`,
        source,
        'Name the program without a folder.',
      );
    const wrapped = this.form(call, program, args);
    if (wrapped !== null) return wrapped;
    const rule = ruleFor(program);
    if (rule === undefined) {
      return this.complain(
        'unknown',
        `${program} is not on the list of read-only commands`,
        source,
        'Use a read-only command, or ask for an approval of this one.',
      );
    }
    if (program === 'git' && this.folders.length > 1) {
      const message = 'git after cd may read another repository, whose settings can run programs';
      return this.complain('git.folder', message, source, 'Pass cwd to the tool instead of cd.');
    }
    const outcome = rule(args, this.context());
    if (!outcome.ok) return this.report(outcome.problem, source);
    const printing = program === 'echo' || program === 'printf';
    const words: JudgedWord[] = [];
    for (const arg of args) {
      const word = arg.kind === 'dynamic' && printing ? this.joined(arg, scope, source) : wordOf(arg);
      if (word === null)
        return this.complain(
          'word.dynamic',
          `the word ${arg.source} holds ${arg.why}, which is not known before it runs`,
          source,
          'Write the word out.',
        );
      words.push(word);
    }
    if (outcome.needsSandbox) this.needsSandbox = true;
    const variables = Object.fromEntries(
      env.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
    );
    return {
      kind: 'run',
      program,
      words: guarded(words, outcome.guards),
      env: variables,
      redirects: redirects.list,
      paths: [...outcome.paths, ...redirects.paths],
    };
  }

  /** The few programs that only pass a command on or belong to the shell itself; null for every other program. */
  private form(call: Call, program: string, args: readonly Field[]): JudgedScript | null {
    const form = formOf(program, args);
    if (form === null) return null;
    switch (form.k) {
      case 'refused':
        return this.complain(form.rule, form.message, call.source, form.instead);
      case 'lookup':
        return { kind: 'lookup', names: form.names, redirects: call.redirects.list };
      case 'cd':
        return this.changeFolder(call, form.path);
      case 'inner': {
        const fields = args.slice(form.from);
        const env = [...call.env, ...form.env];
        const next = { ...call, fields, env, viaVariable: fields[0]?.expanded ?? true };
        const body = this.nested(() => this.call(next), call.source);
        return form.seconds === null ? body : { kind: 'limit', seconds: form.seconds, body };
      }
      case 'code': {
        const parsed = parseShell(form.text);
        if (!parsed.ok)
          return this.complain('shell', `${program} -c: ${parsed.problem}`, call.source, parsed.instead);
        const body = this.nested(() => this.node(parsed.tree, new Map()), call.source);
        return { kind: 'subshell', body, redirects: call.redirects.list };
      }
    }
  }

  private changeFolder(call: Call, path: string): JudgedScript {
    const next = this.folders.map((folder) => joinPath(folder, path));
    const bad = next.some((folder) => folder.startsWith('..') || isSecretPath(`${folder}/x`));
    const quiet = call.redirects.list.every((redirect) => redirect.kind === 'discard');
    const folders = [...new Set([...this.folders, ...next])];
    if (bad || !quiet || folders.length > MAX_FOLDERS) {
      const message = 'cd may only enter an ordinary folder below the current one';
      return this.complain(
        'cd.outside',
        message,
        call.source,
        'Pass cwd to the tool, or cd to a relative folder.',
      );
    }
    this.folders = folders;
    return { kind: 'cd', path };
  }

  private nested(judge: () => JudgedScript, source: string): JudgedScript {
    if (this.depth >= MAX_DEPTH)
      return this.complain('depth', 'commands nest too deeply', source, 'Write the commands themselves.');
    this.depth += 1;
    const script = judge();
    this.depth -= 1;
    return script;
  }

  /** A word of `echo` that holds `$(…)` or `$?`: harmless to print when what is inside is read-only itself. */
  private joined(arg: Field, scope: Scope, source: string): JudgedWord | null {
    const parts: JudgedPart[] = [];
    for (const piece of arg.pieces) {
      if (piece.k === 'text' && !piece.odd) parts.push({ kind: 'text', text: piece.v });
      else if (piece.k === 'command') {
        parts.push({
          kind: 'output',
          script: this.nested(() => this.node(piece.body, new Map(scope)), source),
          split: !piece.quoted,
        });
      } else if (piece.k === 'var' && piece.name === '?' && piece.use.k === 'value')
        parts.push({ kind: 'status' });
      else if (piece.k === 'var') {
        const [only, ...more] = resolve({ pieces: [piece], source: piece.source }, scope);
        if (only?.kind !== 'literal' || more.length > 0) return null;
        parts.push({ kind: 'text', text: only.text });
      } else return null;
    }
    return { kind: 'join', parts };
  }

  private redirects(list: Simple['redirects'], scope: Scope, source: string): Redirects {
    const outcome = redirectsOf(list, scope, this.context());
    for (const problem of outcome.problems) this.report(problem, source);
    return outcome;
  }

  private context(): CallContext {
    return reachFrom(this.folders);
  }

  private secret(path: string, source: string): JudgedScript {
    return this.report(secretProblem(path), source);
  }

  private report(problem: Problem, command: string): JudgedScript {
    this.complaints.push({ ...problem, command });
    return SAFE;
  }

  private complain(rule: string, message: string, command: string, instead: string | null): JudgedScript {
    const outcome = refuse(rule, message, instead);
    return outcome.ok ? SAFE : this.report(outcome.problem, command);
  }
}

interface Call {
  readonly fields: readonly Field[];
  /** The program name came out of an expansion. */
  readonly viaVariable: boolean;
  readonly env: readonly string[];
  readonly redirects: Redirects;
  readonly source: string;
  readonly scope: Scope;
}

type Redirects = { readonly list: readonly JudgedRedirect[]; readonly paths: readonly string[] };

/** `--include=*.ts` is passed on as it is: a file that is named like an option is never meant. */
function optionAsText(field: Field): Field {
  return field.kind === 'glob' && /^--[\w-]+=/.test(field.text) ? { ...field, kind: 'literal' } : field;
}

function wordOf(field: Field): JudgedWord | null {
  if (field.kind === 'literal') return { kind: 'text', text: field.text };
  return field.kind === 'glob' ? { kind: 'glob', pattern: field.text } : null;
}

/** Guards that are options go before `--`, all others to the end. */
function guarded(words: readonly JudgedWord[], guards: readonly string[]): readonly JudgedWord[] {
  if (guards.length === 0) return words;
  const more = guards.map((text): JudgedWord => ({ kind: 'text', text }));
  const end = guards[0]?.startsWith('-')
    ? words.findIndex((word) => word.kind === 'text' && word.text === '--')
    : -1;
  return end < 0 ? [...words, ...more] : [...words.slice(0, end), ...more, ...words.slice(end)];
}
