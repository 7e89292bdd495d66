import { insteadOf } from './commands/alternatives.ts';
import { ruleFor } from './commands/index.ts';
import { PRINTING } from './commands/rule.ts';
import { unknownWord } from './commands/words.ts';
import type { Complaints } from './complaints.ts';
import { type Field, resolve } from './fields.ts';
import { formOf } from './forms.ts';
import { guarded, wordOf } from './judged-words.ts';
import { parseShell } from './parse.ts';
import { equalsPattern, type ShellPattern } from './pattern.ts';
import type { Place } from './place.ts';
import { secretProblem } from './reach.ts';
import type { RedirectOutcome } from './redirects.ts';
import { Scope } from './scope.ts';
import type { JudgedPart, JudgedScript, JudgedWord } from './script.ts';
import { isSubstitution, named } from './substitution.ts';
import type { Node } from './tree.ts';

/** One program call with its words expanded. */
export interface Call {
  readonly fields: readonly Field[];
  /** The program name came out of an expansion. */
  readonly viaVariable: boolean;
  /** `NAME=value` texts that are known to be harmless. */
  readonly env: readonly string[];
  readonly redirects: RedirectOutcome;
  readonly source: string;
  readonly scope: Scope;
}

/** Folders from which a program may be named by its full path. */
const PROGRAM_FOLDERS = /^\/(?:usr\/(?:local\/)?)?s?bin\/([\w.+[-]+)$/;
/** Hyphens, dashes and minus signs that are not the one which starts an option. */
const FALSE_DASH =
  /^[\u02d7\u058a\u05be\u2010-\u2015\u2043\u207b\u208b\u2212\u2796\u2e3a\u2e3b\u30fc\ufe58\ufe63\uff0d]/;
const MAX_DEPTH = 6;
const NO_VARIABLES: Readonly<Record<string, string>> = {};

/** Judges single calls: by the operator's patterns, as a wrapper or builtin, or by the rule of their program. */
export class Calls {
  needsSandbox = false;
  /** In a loop over names that are not known yet: judged again for each of them, without the operator's patterns. */
  inLoop = false;
  private depth = 0;
  private readonly complaints: Complaints;
  private readonly place: Place;
  private readonly allow: readonly ShellPattern[];
  /** Judges the scripts that words and `sh -c` texts hold. */
  private readonly inner: (node: Node, scope: Scope) => JudgedScript;

  constructor(
    complaints: Complaints,
    place: Place,
    allow: readonly ShellPattern[],
    inner: (node: Node, scope: Scope) => JudgedScript,
  ) {
    this.complaints = complaints;
    this.place = place;
    this.allow = allow;
    this.inner = inner;
  }

  judge(call: Call): JudgedScript {
    const { fields, viaVariable, source } = call;
    const [name, ...args] = fields;
    if (name === undefined || viaVariable || name.kind !== 'literal') {
      return this.complaints.add(
        'command.dynamic',
        `the command name ${name?.source ?? ''} is not a literal word`,
        source,
        'Write the program name itself.',
      );
    }
    const own = this.operators(call);
    if (own !== null) return own;
    const program = name.text.includes('/') ? PROGRAM_FOLDERS.exec(name.text)?.[1] : name.text;
    if (program === undefined)
      return this.complaints.add(
        'command.path',
        `${name.text} is a program at a path of its own`,
        source,
        'Name the program without a folder.',
      );
    return this.form(call, program, args) ?? this.run(call, program, args);
  }

  /** A command that the operator allows word for word; null for every other. */
  private operators(call: Call): JudgedScript | null {
    const { fields, env, redirects, source } = call;
    if (this.allow.length === 0 || this.inLoop || env.length > 0) return null;
    if (fields.some((field) => field.kind !== 'literal')) return null;
    const texts = fields.map((field) => field.text);
    if (!this.allow.some((pattern) => equalsPattern(pattern, texts))) return null;
    const [program = '', ...args] = texts;
    const secret = args.find((text) => this.place.isSecret(text));
    if (secret !== undefined) return this.complaints.report(secretProblem(secret), source);
    const words = args.map((text): JudgedWord => ({ kind: 'text', text }));
    const { list, paths } = redirects;
    return { kind: 'run', program, words, env: NO_VARIABLES, redirects: list, paths, away: false };
  }

  private run(call: Call, program: string, given: readonly Field[]): JudgedScript {
    const { env, redirects, source, scope } = call;
    const args = named(program, given);
    const rule = ruleFor(program);
    if (rule === undefined) {
      return this.complaints.add(
        'unknown',
        `${program} is not on the list of read-only commands`,
        source,
        insteadOf(program),
      );
    }
    if (program === 'kubectl' && this.inLoop) {
      const message = 'kubectl in a loop over file names is not followed';
      return this.complaints.add(
        'for.kubectl',
        message,
        source,
        'Write the words out: for x in a b c; do …; done.',
      );
    }
    if (program === 'git' && !this.place.isCallers) {
      const message = 'git after cd may read another repository, whose settings can run programs';
      return this.complaints.add('git.folder', message, source, 'Pass cwd to the tool instead of cd.');
    }
    const printing = PRINTING.has(program);
    const dash = printing ? undefined : args.find(({ text }) => FALSE_DASH.test(text));
    if (dash !== undefined) {
      const message = `${program}: ${dash.source} starts with a character that only looks like a dash`;
      return this.complaints.add('word.look-alike', message, source, 'Write a plain - instead.');
    }
    const outcome = rule(args, this.place.reach);
    if (!outcome.ok) return this.complaints.report(outcome.problem, source);
    const words: JudgedWord[] = [];
    for (const arg of outcome.words ?? args) {
      if (typeof arg === 'string') {
        words.push({ kind: 'text', text: arg });
        continue;
      }
      const word = this.word(arg, printing, scope, source);
      if (word === null) return this.complaints.report(unknownWord(arg), source);
      words.push(word);
    }
    if (outcome.needsSandbox) this.needsSandbox = true;
    return {
      kind: 'run',
      program,
      words: guarded(words, outcome.guards, outcome.guardsAt),
      env: variables(env),
      redirects: redirects.list,
      paths: [...outcome.paths, ...redirects.paths],
      away: outcome.away,
    };
  }

  private word(arg: Field, printing: boolean, scope: Scope, source: string): JudgedWord | null {
    if (arg.kind === 'dynamic' && printing) return this.joined(arg, scope, source);
    const [only] = arg.pieces;
    if (!isSubstitution(arg) || only?.k !== 'process') return wordOf(arg);
    const { body } = only;
    return { kind: 'process', script: this.nested(() => this.inner(body, new Scope(scope)), source) };
  }

  /** The few programs that only pass a command on or belong to the shell itself; null for every other program. */
  private form(call: Call, program: string, args: readonly Field[]): JudgedScript | null {
    const form = formOf(program, args);
    if (form === null) return null;
    switch (form.k) {
      case 'refused':
        return this.complaints.add(form.rule, form.message, call.source, form.instead);
      case 'lookup':
        return { kind: 'lookup', names: form.names, redirects: call.redirects.list };
      case 'options':
        return call.redirects.list.length === 0
          ? { kind: 'options', errexit: form.errexit, pipefail: form.pipefail }
          : this.complaints.add(
              'set.words',
              'set with a redirection',
              call.source,
              'Leave the redirection out.',
            );
      case 'cd':
        return this.changeFolder(call, form.path);
      case 'inner': {
        const fields = args.slice(form.from);
        const env = [...call.env, ...form.env];
        const next = { ...call, fields, env, viaVariable: fields[0]?.expanded ?? true };
        const body = this.nested(() => this.judge(next), call.source);
        return form.seconds === null ? body : { kind: 'limit', seconds: form.seconds, body };
      }
      case 'code': {
        const parsed = parseShell(form.text);
        if (!parsed.ok)
          return this.complaints.add(
            'shell',
            `${program} -c: ${parsed.problem}`,
            call.source,
            parsed.instead,
          );
        const body = this.nested(() => this.inner(parsed.tree, new Scope()), call.source);
        return { kind: 'shell', body, redirects: call.redirects.list };
      }
    }
  }

  private changeFolder(call: Call, path: string): JudgedScript {
    const quiet = call.redirects.list.every((redirect) => redirect.kind === 'discard');
    if (quiet && this.place.enter(path)) return { kind: 'cd', path };
    return this.complaints.add(
      'cd.outside',
      'cd may only enter an ordinary folder below the current one',
      call.source,
      'Pass cwd to the tool, or cd to a relative folder.',
    );
  }

  private nested(judge: () => JudgedScript, source: string): JudgedScript {
    if (this.depth >= MAX_DEPTH)
      return this.complaints.add(
        'depth',
        'commands nest too deeply',
        source,
        'Write the commands themselves.',
      );
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
          script: this.nested(() => this.inner(piece.body, new Scope(scope)), source),
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
}

function variables(env: readonly string[]): Readonly<Record<string, string>> {
  if (env.length === 0) return NO_VARIABLES;
  return Object.fromEntries(
    env.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
}
