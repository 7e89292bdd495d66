/**
 * Terraform's JSON syntax, read into the same structure as native syntax.
 *
 * `JSON.parse` keeps the last of two equal keys while terraform reads both, so a block could hide behind a
 * second one of its name; this reader keeps every entry.
 */

import type { Attribute, Block, Body } from './body.ts';
import { templateOf } from './lexer.ts';
import { type Token, Unreadable } from './token.ts';

/** Block types of terraform's own schema: how many labels, and which blocks they hold. */
interface BlockShape {
  readonly labels: number;
  readonly blocks?: Readonly<Record<string, BlockShape>>;
}

const CONNECTION: BlockShape = { labels: 0 };
const PROVISIONER: BlockShape = { labels: 1, blocks: { connection: CONNECTION } };
const RESOURCE: BlockShape = {
  labels: 2,
  blocks: {
    provisioner: PROVISIONER,
    connection: CONNECTION,
    lifecycle: { labels: 0 },
    dynamic: { labels: 1 },
  },
};
const ROOT: Readonly<Record<string, BlockShape>> = {
  resource: RESOURCE,
  data: RESOURCE,
  ephemeral: RESOURCE,
  provider: { labels: 1 },
  variable: { labels: 1 },
  output: { labels: 1 },
  locals: { labels: 0 },
  module: { labels: 1 },
  terraform: {
    labels: 0,
    blocks: {
      backend: { labels: 1 },
      cloud: { labels: 0 },
      encryption: { labels: 0 },
      provider_meta: { labels: 1 },
      required_providers: { labels: 0 },
    },
  },
  moved: { labels: 0 },
  import: { labels: 0 },
  removed: { labels: 0, blocks: { provisioner: PROVISIONER, connection: CONNECTION } },
  check: { labels: 1, blocks: { data: RESOURCE } },
};

/** Reads a `*.tf.json` file. A property that is no known block becomes a block without labels. Throws `Unreadable`. */
export function readJson(source: string): Body {
  const root = parseJson(source);
  return bodyOf(root, ROOT, true);
}

/** Reads a `*.tfvars.json` file; its strings are plain text to terraform, so it only has to be an object. */
export function readJsonVariables(source: string): void {
  if (parseJson(source).kind !== 'object') throw new Unreadable('variable values must be one JSON object');
}

type Json =
  | {
      readonly kind: 'object';
      readonly entries: readonly { key: string; value: Json; line: number }[];
      line: number;
    }
  | { readonly kind: 'array'; readonly items: readonly Json[]; readonly line: number }
  | { readonly kind: 'string'; readonly text: string; readonly line: number }
  | { readonly kind: 'plain'; readonly text: string; readonly line: number };

function bodyOf(node: Json, shapes: Readonly<Record<string, BlockShape>>, root: boolean): Body {
  if (node.kind === 'array' && root) return merge(node.items.map((item) => bodyOf(item, shapes, true)));
  if (node.kind !== 'object') throw new Unreadable(`line ${node.line}: a JSON object was expected`);
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  for (const { key, value, line } of node.entries) {
    const shape = Object.hasOwn(shapes, key) ? shapes[key] : root ? { labels: 0 } : undefined;
    if (key === '//' && value.kind === 'string') continue;
    if (shape === undefined) attributes.push({ name: key, tokens: tokensOf(value), line });
    else blocks.push(...blocksOf(key, [], value, shape));
  }
  return { attributes, blocks };
}

function blocksOf(type: string, labels: readonly string[], node: Json, shape: BlockShape): readonly Block[] {
  if (node.kind === 'array') return node.items.flatMap((item) => blocksOf(type, labels, item, shape));
  if (node.kind === 'plain' && node.text === 'null') return [];
  if (labels.length === shape.labels || node.kind !== 'object') {
    return [{ type, labels, body: bodyOf(node, shape.blocks ?? {}, false), line: node.line }];
  }
  return node.entries
    .filter(({ key, value }) => key !== '//' || value.kind !== 'string')
    .flatMap(({ key, value }) => blocksOf(type, [...labels, key], value, shape));
}

function merge(bodies: readonly Body[]): Body {
  return {
    attributes: bodies.flatMap((body) => body.attributes),
    blocks: bodies.flatMap((body) => body.blocks),
  };
}

/** The tokens that native syntax would have for this value: strings are templates, and so are keys. */
function tokensOf(node: Json): readonly Token[] {
  const sign = (text: string): Token => ({ kind: 'sign', text, line: node.line });
  switch (node.kind) {
    case 'string':
      return [templateOf(node.text, node.line)];
    case 'plain':
      return [{ kind: 'word', text: node.text, line: node.line }];
    case 'array':
      return [sign('['), ...node.items.flatMap((item) => [...tokensOf(item), sign(',')]), sign(']')];
    case 'object':
      return [
        sign('{'),
        ...node.entries.flatMap(({ key, value, line }) => [
          templateOf(key, line),
          sign('='),
          ...tokensOf(value),
          sign(','),
        ]),
        sign('}'),
      ];
  }
}

const MAX_DEPTH = 60;

/** JSON as the standard has it, with every entry of an object kept in order. */
function parseJson(source: string): Json {
  try {
    JSON.parse(source);
  } catch (error) {
    throw new Unreadable(error instanceof Error ? error.message : 'not JSON');
  }
  let at = 0;
  let line = 1;
  const pattern = /[\s]*(?:([{}[\],:])|("[^"\\]*(?:\\.[^"\\]*)*")|([^\s{}[\],:"]+))/gy;
  const next = (): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found === null) throw new Unreadable(`line ${line}: not JSON`);
    at = pattern.lastIndex;
    line += found[0].split('\n').length - 1;
    return found[1] ?? found[2] ?? found[3] ?? '';
  };
  const value = (token: string, depth: number): Json => {
    if (depth > MAX_DEPTH) throw new Unreadable(`line ${line}: nesting deeper than ${MAX_DEPTH}`);
    const start = line;
    if (token === '{') {
      const entries: { key: string; value: Json; line: number }[] = [];
      for (let key = next(); key !== '}'; key = next()) {
        if (key === ',') continue;
        const keyLine = line;
        next();
        entries.push({ key: stringOf(key), value: value(next(), depth + 1), line: keyLine });
      }
      return { kind: 'object', entries, line: start };
    }
    if (token === '[') {
      const items: Json[] = [];
      for (let item = next(); item !== ']'; item = next())
        if (item !== ',') items.push(value(item, depth + 1));
      return { kind: 'array', items, line: start };
    }
    return token.startsWith('"')
      ? { kind: 'string', text: stringOf(token), line: start }
      : { kind: 'plain', text: token, line: start };
  };
  return value(next(), 0);
}

function stringOf(token: string): string {
  const text: unknown = JSON.parse(token);
  if (typeof text !== 'string') throw new Unreadable('an object key that is no string');
  return text;
}
