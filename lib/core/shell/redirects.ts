import type { CallContext, Problem } from './commands/rule.ts';
import { resolve, resolveJoined } from './fields.ts';
import type { Scope } from './scope.ts';
import type { JudgedRedirect } from './script.ts';
import type { Redirection } from './tree.ts';

export interface RedirectOutcome {
  readonly list: readonly JudgedRedirect[];
  /** Files opened for reading. */
  readonly paths: readonly string[];
  readonly problems: readonly Problem[];
}

/** Only these pass: reading an ordinary file, literal text as input, discarding output, and swapping 1 and 2. */
export function redirectsOf(
  redirects: readonly Redirection[],
  scope: Scope,
  context: CallContext,
): RedirectOutcome {
  const list: JudgedRedirect[] = [];
  const paths: string[] = [];
  const problems: Problem[] = [];
  for (const redirect of redirects) {
    const judged = judge(redirect, scope, context);
    if ('rule' in judged) problems.push(judged);
    else {
      list.push(judged);
      if (judged.kind === 'input') paths.push(judged.path);
    }
  }
  return { list, paths, problems };
}

function judge(redirect: Redirection, scope: Scope, context: CallContext): JudgedRedirect | Problem {
  if (redirect.k === 'odd') return problem(redirect.why);
  if (redirect.k === 'text') {
    const body = resolveJoined(redirect.body, scope);
    if (redirect.fd !== null && redirect.fd !== 0) return problem('input text on another descriptor');
    if (redirect.quoted || body.kind === 'literal') {
      return { kind: 'text', text: redirect.newline ? `${body.text}\n` : body.text };
    }
    return problem('input text that is not literal');
  }
  const fields = resolve(redirect.target, scope);
  const [target] = fields;
  if (target === undefined || fields.length !== 1 || target.kind !== 'literal')
    return problem(`the target ${redirect.target.source} is not literal`);
  const { fd } = redirect;
  if (redirect.k === 'dup') {
    const from = fd ?? (redirect.op === '>&' ? 1 : 0);
    if (redirect.op === '>&' && fd === null && target.text === '/dev/null')
      return { kind: 'discard', fds: [1, 2] };
    if (/^[12]$/.test(target.text) && (from === 1 || from === 2))
      return { kind: 'dup', from, to: Number(target.text) };
    if (target.text === '-' && (from === 1 || from === 2)) return { kind: 'discard', fds: [from] };
    return problem(`a redirection to ${target.text}`);
  }
  switch (redirect.op) {
    case '<': {
      if (fd !== null && fd !== 0) return problem('input on another descriptor');
      return context.read(target) ?? { kind: 'input', path: target.text };
    }
    case '&>':
    case '&>>':
      return target.text === '/dev/null' ? { kind: 'discard', fds: [1, 2] } : writes(target.text);
    case '>':
    case '>>':
    case '>|':
      if (target.text !== '/dev/null') return writes(target.text);
      return fd === null || fd === 1 || fd === 2
        ? { kind: 'discard', fds: [fd ?? 1] }
        : problem('output on another descriptor');
    case '<>':
      return problem('a file opened for writing');
  }
}

function writes(path: string): Problem {
  return {
    ...problem(`the redirection writes to ${path}`),
    instead:
      'Leave the redirection out; the output comes back in the answer. Only /dev/null may be a target.',
  };
}

function problem(message: string): Problem {
  return { rule: 'redirect', class: 'shell_not_read_only', message, instead: 'Leave the redirection out.' };
}
