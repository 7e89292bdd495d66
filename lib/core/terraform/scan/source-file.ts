/**
 * One configuration file → its structure.
 *
 * Two readers must agree: HCL's own parser (compiled to WASM) says whether the text is valid and which blocks
 * and arguments it has; our reader keeps the expressions as written. Where they differ, the file is unreadable.
 */

import { type Block, type Body, readNative } from './body.ts';
import { readJson, readJsonVariables } from './json-body.ts';
import { decode, type SnapshotFile } from './judge-expressions.ts';
import { Unreadable } from './lexer.ts';

const MAX_BYTES = 2_000_000;

/** Reads a configuration, variable or lock file by its name. Throws `Unreadable`. */
export async function readSourceFile(file: SnapshotFile): Promise<Body> {
  if (file.bytes.length > MAX_BYTES) throw new Unreadable(`larger than ${MAX_BYTES} bytes`);
  const text = decode(file.bytes);
  if (file.path.endsWith('.tfvars.json')) {
    readJsonVariables(text);
    return { attributes: [], blocks: [] };
  }
  if (file.path.endsWith('.json')) return readJson(text);
  const body = readNative(text);
  const shape = await parseWithHcl(file.path, text);
  if (!agrees(body, shape)) throw new Unreadable('two readers disagree about its blocks or arguments');
  return body;
}

async function parseWithHcl(path: string, text: string): Promise<unknown> {
  // Loading the WASM takes over a hundred milliseconds, so it waits until a file needs it.
  const { parse } = await import('@cdktn/hcl2json');
  try {
    return await parse(path, text);
  } catch (error) {
    throw new Unreadable(error instanceof Error ? error.message : 'HCL cannot parse it');
  }
}

/** Whether the JSON that HCL's parser gave names the same arguments, blocks and labels, no more and no fewer. */
function agrees(body: Body, shape: unknown): boolean {
  if (!isRecord(shape)) return false;
  const attributes = new Set(body.attributes.map((attribute) => attribute.name));
  const types = new Set(body.blocks.map((block) => block.type));
  if (attributes.size !== body.attributes.length) return false;
  if ([...types].some((type) => attributes.has(type))) return false;
  if (Object.keys(shape).length !== attributes.size + types.size) return false;
  if (![...attributes].every((name) => Object.hasOwn(shape, name))) return false;
  return [...types].every((type) => {
    const blocks = body.blocks.filter((block) => block.type === type);
    return Object.hasOwn(shape, type) && blocksAgree(blocks, 0, shape[type]);
  });
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
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    const label = block.labels[depth] ?? '';
    groups.set(label, [...(groups.get(label) ?? []), block]);
  }
  if (Object.keys(shape).length !== groups.size) return false;
  return [...groups].every(
    ([label, group]) => Object.hasOwn(shape, label) && blocksAgree(group, depth + 1, shape[label]),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
