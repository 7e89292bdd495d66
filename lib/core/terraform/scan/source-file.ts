/**
 * One configuration file → its structure.
 *
 * Two readers must agree: HCL's own parser (compiled to WASM) says whether the text is valid and which blocks
 * and arguments it has; our reader keeps the expressions as written. Where they differ, the file is unreadable.
 */

import type { Block, Body } from './body.ts';
import { readJson, readJsonVariables } from './json-body.ts';
import type { SnapshotFile } from './judge-expressions.ts';
import { parseNative } from './native-parser.ts';
import { type ReadingAllowance, readableText } from './reading-allowance.ts';
import { Unreadable } from './token.ts';

/** Reads a configuration, variable or lock file by its name. Throws `Unreadable`. */
export async function readSourceFile(file: SnapshotFile, allowance: ReadingAllowance): Promise<Body> {
  const text = readableText(file.bytes, allowance);
  if (file.path.endsWith('.tfvars.json')) {
    readingJson(() => readJsonVariables(text));
    return { attributes: [], blocks: [] };
  }
  if (file.path.endsWith('.json')) return readingJson(() => readJson(text));
  const { body, shape } = await parseNative(file.path, text);
  if (!agrees(body, shape)) throw new Unreadable('two readers disagree about its blocks or arguments');
  return body;
}

/** The JSON reader's pattern can run out of stack on a long text of escapes, which is no reason to stop a scan. */
function readingJson<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable('too much for the JSON reader');
    throw error;
  }
}

/** Whether the JSON that HCL's parser gave names the same arguments, blocks and labels, no more and no fewer. */
function agrees(body: Body, shape: unknown): boolean {
  if (!isRecord(shape)) return false;
  const attributes = new Set(body.attributes.map((attribute) => attribute.name));
  const types = grouped(body.blocks, (block) => block.type);
  if (attributes.size !== body.attributes.length) return false;
  if ([...types.keys()].some((type) => attributes.has(type))) return false;
  if (Object.keys(shape).length !== attributes.size + types.size) return false;
  if (![...attributes].every((name) => Object.hasOwn(shape, name))) return false;
  return [...types].every(
    ([type, blocks]) => Object.hasOwn(shape, type) && blocksAgree(blocks, 0, shape[type]),
  );
}

function blocksAgree(blocks: readonly Block[], depth: number, shape: unknown): boolean {
  const labelled = blocks.filter((block) => block.labels.length > depth);
  if (labelled.length === 0) {
    return (
      Array.isArray(shape) &&
      shape.length === blocks.length &&
      blocks.every((block, index) => agrees(block.body, shape[index]))
    );
  }
  if (labelled.length !== blocks.length || !isRecord(shape)) return false;
  const groups = grouped(blocks, (block) => block.labels[depth] ?? '');
  if (Object.keys(shape).length !== groups.size) return false;
  return [...groups].every(
    ([label, group]) => Object.hasOwn(shape, label) && blocksAgree(group, depth + 1, shape[label]),
  );
}

function grouped(
  blocks: readonly Block[],
  keyOf: (block: Block) => string,
): ReadonlyMap<string, readonly Block[]> {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    const group = groups.get(keyOf(block));
    if (group === undefined) groups.set(keyOf(block), [block]);
    else group.push(block);
  }
  return groups;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
