/**
 * A manifest's bytes as objects, read the way kubectl reads them. What kubectl's reader and this one could read
 * differently is a problem, not a guess: humans approve what was read here, and kubectl gets the bytes.
 */
import { Composer, type CST, type Document, isNode, isPair, isScalar, Lexer, Parser, visit } from 'yaml';
import { isDeeperThan } from '../yaml-depth.ts';
import { type Fields, isFields, type KubeObject } from './object.ts';

export const MAX_MANIFEST_BYTES = 256 * 1024;
const MAX_DEPTH = 64;
const MAX_ALIASES = 100;
const MAX_OBJECTS = 500;

export type Manifest =
  | { readonly ok: true; readonly objects: readonly KubeObject[] }
  | { readonly ok: false; readonly problem: string };

/** Every object of every document, with what lists hold. The problem is one sentence for the author. */
export function readManifest(bytes: Uint8Array): Manifest {
  try {
    return { ok: true, objects: objectsOf(decode(bytes)) };
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: error.message };
    throw error;
  }
}

/** Carries the sentence out of the reader; never leaves this file. */
class Problem extends Error {}

function decode(bytes: Uint8Array): string {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw new Problem(
      `it has ${Math.ceil(bytes.byteLength / 1024)} KB; the limit is ${MAX_MANIFEST_BYTES / 1024} KB`,
    );
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('it is not UTF-8 text');
  }
  // YAML 1.1 readers end lines at these and YAML 1.2 readers do not, so that a comment could hide an object.
  if (/\r(?!\n)|[\u0085\u2028\u2029]/.test(text)) {
    throw new Problem('it holds unusual line separators (CR alone, NEL, LS or PS); use plain newlines');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(text)) {
    throw new Problem('it holds control characters');
  }
  return text;
}

function objectsOf(text: string): KubeObject[] {
  const found: KubeObject[] = [];
  const documents = text.trimStart().startsWith('{') ? [json(text)] : yamlDocuments(text);
  for (const [index, value] of documents.entries()) collect(value, `document ${index + 1}`, found, 0);
  if (found.length === 0) throw new Problem('it holds no object');
  return found;
}

/** kubectl takes text that begins with a brace for JSON. The YAML reader sees the duplicate keys in it. */
function json(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem('it begins with "{" and is not one JSON object');
  }
  readYaml(text, 'it');
  return value;
}

function yamlDocuments(text: string): unknown[] {
  if (/^---[ \t]*[^ \t\r\n-]/m.test(text)) {
    throw new Problem('a "---" line holds more than the dashes; put what follows on its own line');
  }
  if (/^\.\.\.(?:[ \t\r]|$)/m.test(text)) {
    throw new Problem('a "..." line ends a document, and kubectl ignores what follows; use "---"');
  }
  return text
    .split(/^---[ \t]*\r?$/m)
    .map((part, index) => readYaml(part, `document ${index + 1}`))
    .filter((value) => value !== null && value !== undefined);
}

function readYaml(text: string, where: string): unknown {
  const tokens = tokensOf(text, where);
  // The composer recurses; a deep document would end the process rather than fail, so depth is judged before.
  if (isDeeperThan(MAX_DEPTH, tokens)) throw new Problem(tooDeep(where));
  const composer = new Composer({ version: '1.1', merge: false, uniqueKeys: true, strict: true });
  const documents = [...composer.compose(tokens, false, text.length)];
  const [document, second] = documents;
  if (document === undefined) return null;
  if (second !== undefined) throw new Problem(`${where} holds two documents without "---" between them`);
  const error = document.errors[0];
  if (error !== undefined) throw new Problem(`${where} is not valid YAML: ${firstLine(error.message)}`);
  refuseTricks(document, where);
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (failure) {
    const why = failure instanceof Error ? firstLine(failure.message) : 'unknown';
    throw new Problem(`${where} cannot be expanded: ${why}`);
  }
}

/** Looks at the depth while it reads: tokens nested some thousand deep take seconds to put together. */
function tokensOf(text: string, where: string): CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > 4 * MAX_DEPTH) throw new Problem(tooDeep(where));
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function tooDeep(where: string): string {
  return `${where} is nested more than ${MAX_DEPTH} deep`;
}

/** These make a value read differently from how it looks, or differently by two readers. */
function refuseTricks(document: Document.Parsed, where: string): void {
  const { yaml, tags } = document.directives;
  if (yaml.explicit === true || Object.keys(tags).length > 1) {
    throw new Problem(`${where} has directives (%YAML, %TAG); remove them`);
  }
  visit(document, (_key, node) => {
    // kubectl's reader lets a merge win over a key that stands before it; newer readers do not.
    if (isPair(node) && isScalar(node.key) && (node.key.source === '<<' || node.key.value === '<<')) {
      throw new Problem(`${where} has a merge key (<<); write the values out`);
    }
    if (isNode(node) && 'tag' in node && typeof node.tag === 'string') {
      throw new Problem(`${where} has a tag (${node.tag.slice(0, 60)}); remove it`);
    }
  });
}

/** kubectl takes everything with a list of `items` for a list of objects, whatever its kind. */
function collect(value: unknown, where: string, found: KubeObject[], depth: number): void {
  if (!isFields(value)) throw new Problem(`${where} is not a Kubernetes object`);
  if (depth > 8) throw new Problem(`${where} is a list in too many lists`);
  const items = Object.hasOwn(value, 'items') ? value.items : undefined;
  if (Array.isArray(items)) {
    for (const [index, item] of items.entries())
      collect(item, `${where}, item ${index + 1}`, found, depth + 1);
    return;
  }
  found.push(objectOf(value, where));
  if (found.length > MAX_OBJECTS) throw new Problem(`it holds more than ${MAX_OBJECTS} objects`);
}

function objectOf(fields: Fields, where: string): KubeObject {
  const own = (from: Fields, key: string): unknown => (Object.hasOwn(from, key) ? from[key] : undefined);
  const metadata = own(fields, 'metadata');
  const inside = isFields(metadata) ? metadata : {};
  const [apiVersion, kind] = [own(fields, 'apiVersion'), own(fields, 'kind')];
  if (typeof apiVersion !== 'string' || !API_VERSION.test(apiVersion))
    throw new Problem(`${where} has no apiVersion`);
  if (typeof kind !== 'string' || !KIND.test(kind)) throw new Problem(`${where} has no kind`);
  const name = own(inside, 'name');
  if (name === undefined && own(inside, 'generateName') !== undefined) {
    throw new Problem(`${where} (${kind}) has generateName, which apply cannot use; give it metadata.name`);
  }
  if (typeof name !== 'string' || !NAME.test(name))
    throw new Problem(`${where} (${kind}) has no valid metadata.name`);
  const namespace = own(inside, 'namespace');
  if (namespace === undefined || namespace === null || namespace === '')
    return { apiVersion, kind, name, namespace: null, fields };
  if (typeof namespace !== 'string' || !NAMESPACE.test(namespace)) {
    throw new Problem(`${where} (${kind} ${name}) has no valid metadata.namespace`);
  }
  return { apiVersion, kind, name, namespace, fields };
}

const API_VERSION = /^(?:[a-z0-9][a-z0-9.-]{0,250}\/)?v[0-9][a-z0-9]{0,30}$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,120}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$/;
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 200);
}
