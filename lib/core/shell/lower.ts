import type * as U from 'unbash';
import { forEachChild } from 'unbash';
import { testNode } from './double-bracket.ts';
import {
  forIsWhole,
  groupIsWhole,
  ifIsWhole,
  listIsWhole,
  logicIsWhole,
  pipelineIsWhole,
  redirectIsWhole,
  simpleIsWhole,
  withoutHereDocuments,
} from './gaps.ts';
import { hereDocument } from './here-document.ts';
import { lowerPieces, lowerWord, type Reading } from './lower-words.ts';
import type { Assign, Node, Piece, Redirection, Word } from './tree.ts';

export interface Lowered {
  readonly tree: Node;
  /** The first syntax error found in the script or any script nested in it, or null. */
  readonly problem: string | null;
}

/** Turns the parser's tree into ours. May throw RangeError on absurd nesting. */
export function lower(script: U.ParsedScript, text: string): Lowered {
  const found: string[] = [];
  const tree = lowerScript(
    script,
    readingOf(text, withoutHereDocuments(script, text), (fault) => found.push(fault)),
  );
  return { tree, problem: found[0] ?? null };
}

function readingOf(text: string, spaced: string, push: (fault: string) => void): Reading {
  const reading: Reading = {
    text,
    spaced,
    push,
    at: (other, otherSpaced) => readingOf(other, otherSpaced, push),
    script: (script) => lowerScript(script, reading),
    nested: (node) => nestedIn(node, reading),
  };
  return reading;
}

function lowerScript(script: U.ParsedScript, outer: Reading): Node {
  const { source } = script;
  const reading = source === undefined ? outer : outer.at(source, withoutHereDocuments(script, source));
  for (const error of script.errors ?? []) reading.push(`syntax error: ${error.message}`);
  whole(listIsWhole(script.commands, reading.spaced, script.pos, script.end), script.pos, reading);
  return lowerStatements(script.commands, reading);
}

/** Reports text that the parser passed over. */
function whole(holds: boolean, at: number, reading: Reading): void {
  if (!holds) reading.push(`syntax error near ${reading.text.slice(at, at + 40)}`);
}

function lowerStatements(statements: readonly U.Statement[], reading: Reading): Node {
  const nodes = statements.map((statement): Node => {
    const body = lowerCommand(statement.command, reading);
    return statement.background ? { k: 'background', body, source: sourceOf(body) } : body;
  });
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined ? only : { k: 'list', nodes };
}

function lowerCommand(node: U.PipelineNode | U.AndOr | U.CompoundList, reading: Reading): Node {
  switch (node.type) {
    case 'CompoundList':
      whole(listIsWhole(node.commands, reading.spaced, node.pos, node.end), node.pos, reading);
      return lowerStatements(node.commands, reading);
    case 'AndOr': {
      whole(logicIsWhole(node, reading.spaced), node.pos, reading);
      const [first, ...rest] = node.commands.map((command) => lowerCommand(command, reading));
      if (first === undefined) return { k: 'list', nodes: [] };
      return rest.reduce<Node>(
        (left, right, i) => ({ k: 'logic', op: node.operators[i] ?? '&&', left, right }),
        first,
      );
    }
    case 'Pipeline': {
      whole(pipelineIsWhole(node, reading.spaced), node.pos, reading);
      const stages = node.commands.map((command) => lowerCommand(command, reading));
      if (stages.length === 0) reading.push('an empty pipeline');
      return {
        k: 'pipe',
        stages,
        withStderr: node.operators.map((op) => op === '|&'),
        negated: node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1,
        source: stages.map(sourceOf).join(' | '),
      };
    }
    case 'Command':
      return lowerSimple(node, reading);
    case 'Redirected':
      return {
        k: 'redirected',
        body: lowerCommand(node.command, reading),
        redirects: node.redirects.map((redirect) => lowerRedirect(redirect, reading)),
        source: sourceAt(node, reading),
      };
    case 'Subshell':
    case 'BraceGroup': {
      whole(groupIsWhole(node, reading.spaced), node.pos, reading);
      const body = lowerCommand(node.body, reading);
      return { k: 'group', subshell: node.type === 'Subshell', body, source: `(${sourceOf(body)})` };
    }
    case 'If': {
      whole(ifIsWhole(node, reading.spaced), node.pos, reading);
      const chain: readonly (U.If | U.Elif)[] = [node, ...node.elif];
      const last = node.else === undefined ? null : lowerCommand(node.else, reading);
      const tree = chain.reduceRight<Node | null>(
        (otherwise, part) => ({
          k: 'if',
          test: lowerCommand(part.clause, reading),
          body: lowerCommand(part.then, reading),
          otherwise,
          source: sourceAt(node, reading),
        }),
        last,
      );
      return tree ?? { k: 'list', nodes: [] };
    }
    case 'For':
      whole(forIsWhole(node, reading.spaced), node.pos, reading);
      return {
        k: 'for',
        name: node.name.text,
        values:
          node.wordlist === undefined ? null : node.wordlist.flatMap((word) => lowerWord(word, reading)),
        body: lowerCommand(node.body, reading),
        source: sourceAt(node, reading),
      };
    case 'TestCommand': {
      const test = testNode(node.expression, (word) => lowerPieces(word, reading));
      return (
        test ?? {
          k: 'opaque',
          what: OPAQUE.TestCommand,
          parts: nestedIn(node, reading),
          source: sourceAt(node, reading),
        }
      );
    }
    case 'While':
    case 'ArithmeticFor':
    case 'Select':
    case 'Case':
    case 'ArithmeticCommand':
    case 'Function':
    case 'Coproc':
      return {
        k: 'opaque',
        what: OPAQUE[node.type],
        parts: nestedIn(node, reading),
        source: sourceAt(node, reading),
      };
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

function lowerSimple(node: U.Command, reading: Reading): Node {
  whole(simpleIsWhole(node, reading.spaced), node.pos, reading);
  const words: Word[] = node.name === undefined ? [] : lowerWord(node.name, reading);
  const assigns: Assign[] = [];
  const redirects: Redirection[] = [];
  for (const item of node.prefix) {
    if (item.type === 'Assignment') assigns.push(lowerAssign(item, reading));
    else redirects.push(lowerRedirect(item, reading));
  }
  for (const item of node.suffix) {
    if (item.type === 'Word') words.push(...lowerWord(item, reading));
    else if (item.type === 'Assignment') words.push(assignmentWord(item, reading));
    else redirects.push(lowerRedirect(item, reading));
  }
  const source = [...assigns, ...words].map((part) => part.source).join(' ');
  return { k: 'simple', assigns, words, redirects, source };
}

/** `export x=y`: the operand as a word, so that rules about the command see it. */
function assignmentWord(item: U.Assignment, reading: Reading): Word {
  const assign = lowerAssign(item, reading);
  const head: Piece = { k: 'text', v: `${assign.name}=`, quoted: false, odd: false };
  const tail: readonly Piece[] = assign.value?.pieces ?? [
    { k: 'unknown', why: 'an array or appended value', nested: assign.nested },
  ];
  return { pieces: [head, ...tail], source: item.text };
}

function lowerAssign(item: U.Assignment, reading: Reading): Assign {
  const plain = item.value.type === 'Word' && !item.append && item.index === undefined;
  if (!plain) return { name: item.name, value: null, nested: nestedIn(item, reading), source: item.text };
  const value = item.value.type === 'Word' ? lowerPieces(item.value, reading) : null;
  return { name: item.name, value, nested: [], source: item.text };
}

function lowerRedirect(redirect: U.Redirection, reading: Reading): Redirection {
  const named = redirect.descriptor?.type === 'FileDescriptorVariable';
  const fd = redirect.descriptor?.type === 'FileDescriptor' ? redirect.descriptor.value : null;
  if (redirect.type === 'HereDoc') {
    const body = { pieces: hereDocument(redirect, reading), source: redirect.body.text };
    if (redirect.closing === undefined) reading.push('an unfinished here-document');
    return { k: 'text', fd, body, quoted: redirect.delimiter?.quoted ?? false, newline: false };
  }
  if (redirect.target === undefined) {
    reading.push('a redirection without a target');
    return { k: 'odd', why: 'a redirection without a target', nested: [] };
  }
  whole(redirectIsWhole(redirect, reading.spaced), redirect.pos, reading);
  if (redirect.type === 'HereString') {
    return { k: 'text', fd, body: lowerPieces(redirect.target, reading), quoted: false, newline: true };
  }
  const targets = lowerWord(redirect.target, reading);
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

/** The scripts directly inside any node we do not model: they are searched for what must be blocked. */
function nestedIn(node: U.SyntaxNode, reading: Reading): Node[] {
  const found: Node[] = [];
  const visit = (child: U.SyntaxNode): void => {
    switch (child.type) {
      case 'Script':
        found.push(lowerScript(child, reading));
        return;
      case 'CompoundList':
      case 'Command':
      case 'Pipeline':
        found.push(lowerCommand(child, reading));
        return;
      default:
        forEachChild(child, visit);
    }
  };
  forEachChild(node, visit);
  return found;
}

/** As it was written; long blocks are cut, since every message shows but the head. */
function sourceAt({ pos, end }: { readonly pos: number; readonly end: number }, reading: Reading): string {
  return reading.text.slice(pos, Math.min(end, pos + MAX_SOURCE));
}

const MAX_SOURCE = 400;

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
