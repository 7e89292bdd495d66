/**
 * A policy file's text as a plain tree with positions. Only plain YAML 1.2 gets through: one document of
 * maps, lists and scalars. Whatever makes a file read differently from how it looks (anchors, aliases, merge
 * keys, tags, directives, duplicate keys) is a problem, and nothing is ever expanded.
 */
import { Composer, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml';
import { isDeeperThan } from '../yaml-depth.ts';
import type { PolicyProblem } from './policy.ts';

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Entry {
  readonly key: string;
  readonly at: Position;
  readonly value: Tree;
}

export type Tree =
  | { readonly kind: 'map'; readonly at: Position; readonly entries: readonly Entry[] }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly Tree[] }
  | {
      readonly kind: 'scalar';
      readonly at: Position;
      readonly value: string | number | boolean | null;
      /** As written, without quotes. */
      readonly source: string;
    };

export const MAX_POLICY_BYTES = 256 * 1024;
const MAX_DEPTH = 24;
const MAX_SYNTAX_PROBLEMS = 20;
export const SMALLEST_POLICY = "recourseos: { version: '2.0' }";

/** `tree` is null where there is nothing to read on; problems may stand beside a tree. */
export interface PolicyText {
  readonly tree: Tree | null;
  readonly problems: readonly PolicyProblem[];
}

export function readPolicyText(text: string): PolicyText {
  const unreadable = (message: string): PolicyText => ({
    tree: null,
    problems: [{ line: 1, column: 1, path: '', message }],
  });
  if (text.length > MAX_POLICY_BYTES || new TextEncoder().encode(text).length > MAX_POLICY_BYTES) {
    return unreadable(`a policy file is at most ${MAX_POLICY_BYTES / 1024} KB`);
  }
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  // The composer recurses; a deep file would end the process rather than fail, so depth is judged before.
  if (isDeeperThan(MAX_DEPTH, tokens)) return unreadable(`nested more than ${MAX_DEPTH} deep`);
  const composer = new Composer({ version: '1.2', merge: false, uniqueKeys: false, stringKeys: false });
  const documents = [...composer.compose(tokens, true, text.length)];
  const reading = new Reading(lines);
  const [document, second] = documents;
  if (second !== undefined) {
    reading.problem(
      second.range?.[0] ?? 0,
      '',
      'a policy file is one document; remove `---` and what follows it',
    );
  }
  if (document === undefined) return unreadable(`empty; the smallest valid file is: ${SMALLEST_POLICY}`);
  reading.syntaxOf(document);
  if (document.errors.length > 0) return { tree: null, problems: reading.problems };
  const contents = document.contents;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return unreadable(`empty; the smallest valid file is: ${SMALLEST_POLICY}`);
  }
  return { tree: reading.tree(contents, '', 0), problems: reading.problems };
}

class Reading {
  readonly problems: PolicyProblem[] = [];
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  problem(offset: number, path: string, message: string): void {
    this.problems.push({ ...this.#position(offset), path, message });
  }

  syntaxOf(document: Document.Parsed): void {
    // A tag is told where it stands, below; the library's warning says the same again.
    const warnings = document.warnings.filter((warning) => warning.code !== 'TAG_RESOLVE_FAILED');
    const found = [...document.errors, ...warnings];
    for (const error of found.slice(0, MAX_SYNTAX_PROBLEMS)) this.problem(error.pos[0], '', wordsFor(error));
    const { yaml, tags } = document.directives;
    if (yaml.explicit === true || Object.keys(tags).length > 1) {
      this.problem(0, '', 'directives (`%YAML`, `%TAG`) are not used in a policy file; remove them');
    }
  }

  tree(node: unknown, path: string, fallback: number): Tree {
    if (isAlias(node)) {
      const offset = node.range?.[0] ?? fallback;
      this.problem(offset, path, 'aliases (`*name`) are not used in a policy file; write the value out');
      return this.#nothing(offset);
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return this.#nothing(fallback);
    const offset = node.range?.[0] ?? fallback;
    const at = this.#position(offset);
    if (node.anchor !== undefined) {
      this.problem(offset, path, 'anchors (`&name`) are not used in a policy file; write the value out');
    }
    if (node.tag !== undefined) {
      this.problem(offset, path, `tags (\`${node.tag}\`) are not used in a policy file; remove it`);
    }
    if (isMap(node)) return { kind: 'map', at, entries: this.#entries(node.items, path, offset) };
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.tree(item, `${path}[${index}]`, offset));
      return { kind: 'list', at, items };
    }
    const { value } = node;
    const plain =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
    return { kind: 'scalar', at, value: plain, source: node.source ?? '' };
  }

  #entries(pairs: readonly { key: unknown; value: unknown }[], path: string, fallback: number): Entry[] {
    const entries = new Map<string, Entry>();
    for (const pair of pairs) {
      const offset =
        isScalar(pair.key) || isMap(pair.key) || isSeq(pair.key) ? pair.key.range?.[0] : undefined;
      const at = offset ?? fallback;
      if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
        this.problem(at, path, 'a key must be text; put it in quotes');
        continue;
      }
      const key = pair.key.value;
      const here = path === '' ? key : `${path}.${key}`;
      if (pair.key.anchor !== undefined || pair.key.tag !== undefined) {
        this.problem(at, here, 'anchors and tags are not used in a policy file');
      }
      if (key === '<<') {
        this.problem(at, here, 'merge keys (`<<`) are not used in a policy file; write the values out');
        continue;
      }
      const first = entries.get(key);
      if (first !== undefined) {
        this.problem(at, here, `duplicate key; it is already on line ${first.at.line}`);
        continue;
      }
      entries.set(key, { key, at: this.#position(at), value: this.tree(pair.value, here, at) });
    }
    return [...entries.values()];
  }

  #nothing(offset: number): Tree {
    return { kind: 'scalar', at: this.#position(offset), value: null, source: '' };
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function wordsFor(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'TAB_AS_INDENT') return 'a tab as indentation; indent with spaces';
  return `not valid YAML: ${error.message}`;
}
