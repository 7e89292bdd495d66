import { FETCHERS, fetches } from '../fetches.ts';
import { type Field, literalField, printedText, resolveAll, resolveJoined, UNKNOWN } from '../fields.ts';
import { type Invocation, invocation, looseOptions } from '../invocation.ts';
import { parseShell } from '../parse.ts';
import { joinPath } from '../paths.ts';
import { Scope } from '../scope.ts';
import type { Node, Redirection, Simple } from '../tree.ts';
import { inners, SHELLS, shellInput } from '../wrappers.ts';

/** Everything known about the surroundings of one call. */
export interface Surroundings {
  readonly scope: Scope;
  /** Where the call runs, once the text has said `cd`; null means the caller's own folder. */
  readonly cwd: string | null;
  /** Standard input carries, in part, what the network sent. */
  readonly fed: boolean;
  /** The calls of the earlier pipeline stages that feed this one, nearest last. */
  readonly upstream: readonly Node[];
  /** A netcat-like program reads this call's output. */
  readonly drained: boolean;
  /** Runs as another user. */
  readonly elevated: boolean;
  readonly redirects: readonly Redirection[];
}

export interface Sight extends Surroundings {
  readonly call: Invocation;
}

export interface ScanResult {
  readonly calls: readonly Sight[];
  /** False when the text holds more calls than the scanner is ready to follow. */
  readonly complete: boolean;
}

const XARGS_VALUED: ReadonlySet<string> = new Set(
  'I L n P s d a E replace max-args delimiter arg-file'.split(' '),
);
const MAX_CALLS = 600;
/** Loops in loops multiply, also where they call nothing. */
const MAX_STEPS = 6_000;
const MAX_LOOP = 24;
const MAX_DEPTH = 32;

/**
 * Lists every program call that a tree would or might make: in every branch and substitution, inside wrappers,
 * `sh -c` text, `eval`, `find -exec`, and text piped or here-documented into a shell.
 */
export function scan(tree: Node): ScanResult {
  const scanner = new Scanner();
  scanner.visit(tree, {
    scope: new Scope(),
    cwd: null,
    fed: false,
    upstream: [],
    drained: false,
    elevated: false,
    redirects: [],
  });
  return { calls: scanner.calls, complete: scanner.complete };
}

class Scanner {
  readonly calls: Sight[] = [];
  complete = true;
  private depth = 0;
  private steps = 0;
  private cwd: string | null = null;

  visit(node: Node, at: Surroundings): void {
    this.steps += 1;
    if (this.calls.length > MAX_CALLS || this.steps > MAX_STEPS) {
      this.complete = false;
      return;
    }
    switch (node.k) {
      case 'simple':
        this.simple(node, at);
        return;
      case 'pipe':
        this.pipe(node, at);
        return;
      case 'logic':
        this.visit(node.left, at);
        this.visit(node.right, at);
        return;
      case 'list':
        for (const one of node.nodes) this.visit(one, at);
        return;
      case 'background':
        this.visit(node.body, at);
        return;
      case 'group':
        this.visit(node.body, at);
        return;
      case 'redirected': {
        const fed = at.fed || node.redirects.some((redirect) => feeds(redirect));
        for (const redirect of node.redirects) this.redirect(redirect, at);
        this.visit(node.body, { ...at, fed, redirects: [...at.redirects, ...node.redirects] });
        return;
      }
      case 'if':
        this.visit(node.test, at);
        this.visit(node.body, at);
        if (node.otherwise !== null) this.visit(node.otherwise, at);
        return;
      case 'for': {
        const values = resolveAll(node.values ?? [], at.scope);
        for (const value of values) this.nested(value.nested, at);
        for (const value of values.length === 0 ? [literalField('')] : values.slice(0, MAX_LOOP)) {
          const certain = value.kind === 'literal';
          if (!this.complete) return;
          at.scope.set(node.name, { text: value.text, certain, fetched: value.fetched });
          this.visit(node.body, at);
        }
        return;
      }
      case 'opaque':
        for (const part of node.parts) this.visit(part, at);
        return;
    }
  }

  private pipe(node: Node & { k: 'pipe' }, at: Surroundings): void {
    let fed = at.fed;
    const lastDrain = node.stages.findLastIndex(sendsOut);
    for (const [i, stage] of node.stages.entries()) {
      if (!this.complete) return;
      const drained = at.drained || i < lastDrain;
      const upstream = i === 0 ? at.upstream : [...at.upstream, ...node.stages.slice(0, i)];
      const before = this.calls.length;
      this.visit(stage, { ...within(at, fed), upstream, drained });
      fed =
        fed ||
        fetches(stage) ||
        this.calls
          .slice(before)
          .some(({ call }) => FETCHERS.has(call.name) || call.args.some((arg) => arg.fetched));
      if (i > 0) this.typed(node.stages[i - 1], stage, at);
    }
  }

  /** `echo 'rm -rf /' | sh` and `echo / | xargs rm -rf`: what a literal stage prints is read as what it becomes. */
  private typed(before: Node | undefined, stage: Node, at: Surroundings): void {
    if (before?.k !== 'simple' || stage.k !== 'simple') return;
    const printed = printedText(resolveAll(before.words, at.scope).map((field) => field.text));
    const call = invocation(resolveAll(stage.words, at.scope));
    if (printed === null || call === null) return;
    this.feedText(call, printed, within(at, at.fed));
  }

  private feedText(call: Invocation, text: string, at: Surroundings): void {
    if (SHELLS.has(call.name) && shellInput(call.args).stdin) {
      this.code(literalField(text), at);
      return;
    }
    if (call.name === 'xargs') {
      const more = text
        .split(/\s+/)
        .filter((part) => part !== '')
        .map(literalField);
      this.call([literalField('xargs'), ...call.args, ...more], at);
      return;
    }
    for (const inner of inners(call)) {
      if (inner.k !== 'argv') continue;
      const next = invocation(inner.fields);
      if (next !== null) this.feedText(next, text, { ...at, elevated: at.elevated || inner.elevated });
    }
  }

  private simple(node: Simple, at: Surroundings): void {
    for (const assign of node.assigns) {
      this.nested(assign.nested, at);
      if (assign.value === null) {
        at.scope.forget(assign.name);
        continue;
      }
      const field = resolveJoined(assign.value, at.scope);
      this.nested(field.nested, at);
      at.scope.set(assign.name, {
        text: field.text,
        certain: field.kind === 'literal',
        fetched: field.fetched,
      });
    }
    let fed = at.fed;
    for (const redirect of node.redirects) {
      this.redirect(redirect, within(at, at.fed || fetches(node)));
      if (feeds(redirect)) fed = true;
    }
    const fields = resolveAll(node.words, at.scope);
    const { scope, upstream, drained, elevated } = at;
    const redirects = node.redirects.length === 0 ? at.redirects : [...at.redirects, ...node.redirects];
    // Spelled out, as in `enter`: copying by `...` is what this scan would spend most of its time on.
    const here = { scope, cwd: this.cwd, fed, upstream, drained, elevated, redirects };
    for (const field of fields) this.nested(field.nested, here);
    const call = node.words.length === 0 ? null : invocation(fields);
    if (call === null) return;
    this.enter(call, here);
    for (const redirect of node.redirects) {
      if (redirect.k !== 'text') continue;
      const body = resolveJoined(redirect.body, at.scope);
      if (redirect.fd === null || redirect.fd === 0) this.feedText(call, body.text, here);
    }
    if (call.name === 'cd' || call.name === 'pushd') {
      const target = call.args.find((arg) => !/^-[LPe@n]/.test(arg.text))?.text ?? '\uE000';
      this.cwd = joinPath(this.cwd ?? '.', target);
    }
  }

  private call(fields: readonly Field[], at: Surroundings): void {
    const call = invocation(fields);
    if (call !== null) this.enter(call, at);
  }

  private enter(call: Invocation, at: Surroundings): void {
    if (this.calls.length > MAX_CALLS) return;
    const { scope, cwd, fed, upstream, drained, elevated, redirects } = at;
    this.calls.push({ scope, cwd, fed, upstream, drained, elevated, redirects, call });
    if (this.depth >= MAX_DEPTH) {
      this.complete = false;
      return;
    }
    this.depth += 1;
    for (const inner of inners(call)) {
      const next = { ...at, elevated: at.elevated || inner.elevated };
      if (inner.k === 'code') this.code(inner.text, next);
      else this.call(at.fed && call.name === 'xargs' ? handed(call, inner.fields) : inner.fields, next);
    }
    this.depth -= 1;
  }

  private code(text: Field, at: Surroundings): void {
    const parsed = parseShell(
      text.text.replace(/[\uE000\uE001]/g, (mark) => (mark === '\uE000' ? '~' : '$_')),
    );
    if (parsed.tree === null) return;
    if (this.depth >= MAX_DEPTH) {
      this.complete = false;
      return;
    }
    this.depth += 1;
    this.visit(parsed.tree, { ...at });
    this.depth -= 1;
  }

  private redirect(redirect: Redirection, at: Surroundings): void {
    const words =
      redirect.k === 'odd' ? redirect.nested : [redirect.k === 'text' ? redirect.body : redirect.target];
    for (const field of resolveAll(words, at.scope)) this.nested(field.nested, at);
  }

  private nested(nodes: readonly Node[], at: Surroundings): void {
    for (const node of nodes) this.visit(node, within(at, at.fed));
  }
}

/** The same surroundings, with a scope of their own: what is assigned inside does not last. */
function within(at: Surroundings, fed: boolean): Surroundings {
  const { scope, cwd, upstream, drained, elevated, redirects } = at;
  return { scope: new Scope(scope), cwd, fed, upstream, drained, elevated, redirects };
}

/** The words that `xargs` runs when its input came from the network: some of them are that input. */
function handed(xargs: Invocation, fields: readonly Field[]): readonly Field[] {
  const { flags, values } = looseOptions(xargs.args, XARGS_VALUED, true);
  const input: Field = {
    ...literalField(UNKNOWN),
    kind: 'dynamic',
    why: 'the input of xargs',
    fetched: true,
  };
  const mark = values.get('I')?.text ?? values.get('replace')?.text ?? (flags.has('i') ? '{}' : null);
  if (mark === null) return [...fields, input];
  return fields.map((field) => (field.text.includes(mark) ? { ...input, source: field.source } : field));
}

/** True when the redirection puts network text on standard input. */
function feeds(redirect: Redirection): boolean {
  const standard = redirect.k !== 'odd' && (redirect.fd === null || redirect.fd === 0);
  if (!standard) return false;
  const word = redirect.k === 'text' ? redirect.body : redirect.target;
  const reads =
    redirect.k === 'text' || (redirect.k === 'file' && (redirect.op === '<' || redirect.op === '<>'));
  if (!reads) return false;
  return fetches({ k: 'simple', assigns: [], words: [], redirects: [redirect], source: word.source });
}

/** A stage that carries bytes to another machine. */
function sendsOut(node: Node): boolean {
  if (node.k !== 'simple') return false;
  const call = invocation(resolveAll(node.words, new Scope()));
  return call !== null && /^(?:nc|ncat|netcat|nc\.\w+|socat|telnet)$/.test(call.name);
}
