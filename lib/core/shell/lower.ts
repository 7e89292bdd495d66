import { forEachChild, parse } from 'unbash';
import type * as U from 'unbash';
import { expandBraces } from './braces.ts';
import { arithmeticValue } from './arithmetic.ts';
import { testNode } from './double-bracket.ts';
import type { Assign, Node, ParameterUse, Piece, Redirection, Word } from './tree.ts';

export interface Lowered {
  readonly tree: Node;
  /** The first syntax error found in the script or any script nested in it, or null. */
  readonly problem: string | null;
}

/** Turns the parser's tree into ours. May throw RangeError on absurd nesting. */
export function lower(script: U.ParsedScript, text: string): Lowered {
  const found: string[] = [];
  const tree = lowerScript(script, { text, push: (fault) => found.push(fault) });
  return { tree, problem: found[0] ?? null };
}

interface Faults {
  /** The source that positions in the tree point into. */
  readonly text: string;
  readonly push: (fault: string) => void;
}

function lowerScript(script: U.ParsedScript, outer: Faults): Node {
  const faults = script.source === undefined ? outer : { ...outer, text: script.source };
  for (const error of script.errors ?? []) faults.push(`syntax error: ${error.message}`);
  const rest = faults.text.slice(script.commands[script.commands.length - 1]?.end ?? script.pos, script.end);
  if (!SEPARATORS.test(rest) && !faults.text.includes('<<')) faults.push(`syntax error near ${rest.trim().slice(0, 20)}`);
  return lowerStatements(script.commands, faults);
}

/** All that may follow the last command. The parser drops some unfinished text without an error. */
const SEPARATORS = /^(?:[\s;&]|\\\n|#[^\n]*(?:\n|$))*$/;

function lowerStatements(statements: readonly U.Statement[], faults: Faults): Node {
  const nodes = statements.map((statement): Node => {
    const body = lowerCommand(statement.command, faults);
    return statement.background ? { k: 'background', body, source: sourceOf(body) } : body;
  });
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined ? only : { k: 'list', nodes };
}

function lowerCommand(node: U.PipelineNode | U.AndOr | U.CompoundList, faults: Faults): Node {
  switch (node.type) {
    case 'CompoundList':
      return lowerStatements(node.commands, faults);
    case 'AndOr': {
      const [first, ...rest] = node.commands.map((command) => lowerCommand(command, faults));
      if (first === undefined) return { k: 'list', nodes: [] };
      return rest.reduce<Node>(
        (left, right, i) => ({ k: 'logic', op: node.operators[i] ?? '&&', left, right }),
        first,
      );
    }
    case 'Pipeline': {
      const stages = node.commands.map((command) => lowerCommand(command, faults));
      if (stages.length === 0) faults.push('an empty pipeline');
      return {
        k: 'pipe',
        stages,
        withStderr: node.operators.map((op) => op === '|&'),
        negated: node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1,
        source: stages.map(sourceOf).join(' | '),
      };
    }
    case 'Command':
      return lowerSimple(node, faults);
    case 'Redirected':
      return {
        k: 'redirected',
        body: lowerCommand(node.command, faults),
        redirects: node.redirects.map((redirect) => lowerRedirect(redirect, faults)),
        source: 'a redirected block',
      };
    case 'Subshell':
    case 'BraceGroup': {
      const body = lowerCommand(node.body, faults);
      return { k: 'group', subshell: node.type === 'Subshell', body, source: `(${sourceOf(body)})` };
    }
    case 'If': {
      const chain = [{ clause: node.clause, then: node.then }, ...node.elif];
      const last = node.else === undefined ? null : lowerCommand(node.else, faults);
      const tree = chain.reduceRight<Node | null>(
        (otherwise, { clause, then }) => ({
          k: 'if',
          test: lowerCommand(clause, faults),
          then: lowerCommand(then, faults),
          otherwise,
          source: 'if …',
        }),
        last,
      );
      return tree ?? { k: 'list', nodes: [] };
    }
    case 'For':
      return {
        k: 'for',
        name: node.name.value,
        values: node.wordlist === undefined ? null : node.wordlist.flatMap((word) => lowerWord(word, faults)),
        body: lowerCommand(node.body, faults),
        source: `for ${node.name.text} …`,
      };
    case 'TestCommand': {
      const test = testNode(node.expression, (word) => lowerPieces(word, faults));
      return test ?? { k: 'opaque', what: OPAQUE.TestCommand, parts: nestedIn(node, faults), source: OPAQUE.TestCommand };
    }
    case 'While':
    case 'ArithmeticFor':
    case 'Select':
    case 'Case':
    case 'ArithmeticCommand':
    case 'Function':
    case 'Coproc':
      return { k: 'opaque', what: OPAQUE[node.type], parts: nestedIn(node, faults), source: OPAQUE[node.type] };
  }
}

const OPAQUE = {
  While: 'a while or until loop',
  ArithmeticFor: 'a C-style for loop',
  Select: 'a select menu',
  Case: 'a case block',
  TestCommand: 'a [[ ]] test',
  ArithmeticCommand: 'an arithmetic command',
  Function: 'a function definition',
  Coproc: 'a coprocess',
} as const;

function lowerSimple(node: U.Command, faults: Faults): Node {
  const words: Word[] = node.name === undefined ? [] : lowerWord(node.name, faults);
  const assigns: Assign[] = [];
  const redirects: Redirection[] = [];
  for (const item of node.prefix) {
    if (item.type === 'Assignment') assigns.push(lowerAssign(item, faults));
    else redirects.push(lowerRedirect(item, faults));
  }
  for (const item of node.suffix) {
    if (item.type === 'Word') words.push(...lowerWord(item, faults));
    else if (item.type === 'Assignment') words.push(assignmentWord(item, faults));
    else redirects.push(lowerRedirect(item, faults));
  }
  const source = [...assigns, ...words].map((part) => part.source).join(' ');
  return { k: 'simple', assigns, words, redirects, source };
}

/** `export x=y`: the operand as a word, so that rules about the command see it. */
function assignmentWord(item: U.Assignment, faults: Faults): Word {
  const assign = lowerAssign(item, faults);
  const head: Piece = { k: 'text', v: `${assign.name}=`, quoted: false, odd: false };
  const tail: readonly Piece[] =
    assign.value?.pieces ?? [{ k: 'unknown', why: 'an array or appended value', nested: assign.nested }];
  return { pieces: [head, ...tail], source: item.text };
}

function lowerAssign(item: U.Assignment, faults: Faults): Assign {
  const plain = item.value.type === 'Word' && !item.append && item.index === undefined;
  if (!plain) return { name: item.name, value: null, nested: nestedIn(item, faults), source: item.text };
  const value = item.value.type === 'Word' ? lowerPieces(item.value, faults) : null;
  return { name: item.name, value, nested: [], source: item.text };
}

function lowerRedirect(redirect: U.Redirection, faults: Faults): Redirection {
  const named = redirect.descriptor?.type === 'FileDescriptorVariable';
  const fd = redirect.descriptor?.type === 'FileDescriptor' ? redirect.descriptor.value : null;
  if (redirect.type === 'HereDoc') {
    const pieces = redirect.body.parts ? lowerParts(redirect.body.parts, true, faults) : [quotedText(redirect.body.text)];
    if (redirect.closing === undefined) faults.push('an unfinished here-document');
    const body = { pieces: pieces, source: redirect.body.text };
    return { k: 'text', fd, body, quoted: redirect.delimiter?.quoted ?? false, newline: false };
  }
  if (redirect.target === undefined) {
    faults.push('a redirection without a target');
    return { k: 'odd', why: 'a redirection without a target', nested: [] };
  }
  if (redirect.type === 'HereString') {
    return { k: 'text', fd, body: lowerPieces(redirect.target, faults), quoted: false, newline: true };
  }
  const targets = lowerWord(redirect.target, faults);
  const [target] = targets;
  if (named || target === undefined || targets.length !== 1) {
    return { k: 'odd', why: 'a redirection that needs a shell to resolve', nested: targets };
  }
  switch (redirect.operator) {
    case '<&':
    case '>&':
      return { k: 'dup', op: redirect.operator, fd, target };
    case '>':
    case '>>':
    case '<':
    case '<>':
    case '>|':
    case '&>':
    case '&>>':
      return { k: 'file', op: redirect.operator, fd, target };
  }
}

/** One source word becomes several by brace expansion. */
function lowerWord(word: U.Word, faults: Faults): Word[] {
  if (!word.parts?.some((part) => part.type === 'BraceExpansion')) return [lowerPieces(word, faults)];
  const texts = expandBraces(word.text);
  const words = texts?.map((text) => reparse(text, faults)) ?? [null];
  if (words.every((one) => one !== null)) return words;
  return [{ pieces: [{ k: 'unknown', why: 'a brace expression', nested: nestedIn(word, faults) }], source: word.text }];
}

function reparse(text: string, faults: Faults): Word | null {
  if (text === '') return { pieces: [], source: '' };
  const source = `: ${text}`;
  const [statement, ...others] = parse(source).commands;
  if (statement?.command.type !== 'Command' || others.length > 0) return null;
  const [only, ...more] = statement.command.suffix;
  if (only?.type !== 'Word' || more.length > 0) return null;
  return { ...lowerPieces(only, { ...faults, text: source }), generated: true };
}

function lowerPieces(word: U.Word, faults: Faults): Word {
  const tilde = /^~[A-Za-z0-9_.+-]*(?=\/|$)/.exec(word.text)?.[0] ?? null;
  const raw: Piece[] = word.parts
    ? lowerParts(word.parts, false, faults)
    : [{ k: 'text', v: word.value, quoted: /['"\\]/.test(word.text), odd: false }];
  const [first] = raw;
  if (tilde === null || first?.k !== 'text') return { pieces: raw, source: word.text };
  const rest: Piece = { k: 'text', v: first.v.slice(tilde.length), quoted: first.quoted, odd: first.odd };
  return { pieces: [{ k: 'home' }, rest, ...raw.slice(1)], source: word.text };
}

function lowerParts(parts: readonly U.WordPart[], quoted: boolean, faults: Faults): Piece[] {
  return parts.flatMap((part) => lowerPart(part, quoted, faults));
}

function lowerPart(part: U.WordPart, quoted: boolean, faults: Faults): Piece[] {
  switch (part.type) {
    case 'Literal':
      return [{ k: 'text', v: part.value, quoted: quoted || part.text !== part.value, odd: false }];
    case 'SingleQuoted':
      return [quotedText(part.value)];
    case 'DoubleQuoted':
      return part.parts.length === 0 ? [quotedText('')] : lowerParts(part.parts, true, faults);
    case 'AnsiCQuoted':
      return [{ k: 'text', v: part.value.replaceAll('\\\n', ''), quoted: true, odd: true }];
    case 'LocaleString':
      return [{ k: 'text', v: '', quoted: true, odd: true }, ...lowerParts(part.parts, true, faults)];
    case 'Glob':
      if (part.kind === 'bracket' && part.parts.some((inner) => inner.type !== 'Literal')) {
        return [{ k: 'unknown', why: 'a bracket expression that is not literal', nested: nestedIn(part, faults) }];
      }
      return quoted ? [quotedText(part.value)] : [{ k: 'glob', v: part.text }];
    case 'SimpleExpansion':
      return [{ k: 'var', name: part.text.slice(1), use: { k: 'value' }, quoted, nested: [], source: part.text }];
    case 'ParameterExpansion': {
      const nested = nestedIn(part, faults);
      return [{ k: 'var', name: part.parameter, use: parameterUse(part), quoted, nested, source: part.text }];
    }
    case 'CommandExpansion': {
      if (part.script === undefined) faults.push('an unreadable command substitution');
      const body: Node = part.script ? lowerScript(part.script, faults) : { k: 'list', nodes: [] };
      // `${ cmd; }` runs in the current shell, and only in some versions.
      if (part.text.startsWith('${')) return [{ k: 'unknown', why: 'a ${ } command substitution', nested: [body] }];
      return [{ k: 'command', body, quoted }];
    }
    case 'ProcessSubstitution': {
      if (part.script === undefined) faults.push('an unreadable process substitution');
      const body: Node = part.script ? lowerScript(part.script, faults) : { k: 'list', nodes: [] };
      return [{ k: 'process', direction: part.operator, body }];
    }
    case 'ArithmeticExpansion': {
      const value = part.expression === undefined ? null : arithmeticValue(part.expression);
      if (value !== null) return [quotedText(value)];
      return [{ k: 'unknown', why: 'arithmetic on variables', nested: nestedIn(part, faults) }];
    }
    case 'ExtendedGlob':
      return [{ k: 'unknown', why: 'an extended glob', nested: nestedIn(part, faults) }];
    case 'BraceExpansion':
      return [{ k: 'unknown', why: 'a brace expression', nested: nestedIn(part, faults) }];
  }
}

function parameterUse(part: U.ParameterExpansionPart): ParameterUse {
  if (part.prefix !== undefined || part.index !== undefined) return { k: 'other' };
  const op = part.operation;
  if (op === undefined) return { k: 'value' };
  if (op.type === 'Default' || op.type === 'Remove') return { k: 'about' };
  if (op.type === 'Slice' && /^\d{0,4}$/.test(op.offset.text) && /^\d{0,4}$/.test(op.length?.text ?? '')) {
    return { k: 'slice', from: Number(op.offset.text), length: op.length ? Number(op.length.text) : null };
  }
  return { k: 'other' };
}

/** The scripts directly inside any node we do not model: they are searched for what must be blocked. */
function nestedIn(node: U.SyntaxNode, faults: Faults): Node[] {
  const found: Node[] = [];
  const visit = (child: U.SyntaxNode): void => {
    switch (child.type) {
      case 'Script':
        found.push(lowerScript(child, faults));
        return;
      case 'CompoundList':
      case 'Command':
      case 'Pipeline':
        found.push(lowerCommand(child, faults));
        return;
      default:
        forEachChild(child, visit);
    }
  };
  forEachChild(node, visit);
  return found;
}

function quotedText(v: string): Piece {
  return { k: 'text', v, quoted: true, odd: false };
}

function sourceOf(node: Node): string {
  switch (node.k) {
    case 'list':
      return node.nodes.map(sourceOf).join('; ');
    case 'logic':
      return `${sourceOf(node.left)} ${node.op} ${sourceOf(node.right)}`;
    case 'simple':
    case 'pipe':
    case 'background':
    case 'group':
    case 'if':
    case 'for':
    case 'redirected':
    case 'opaque':
      return node.source;
  }
}
