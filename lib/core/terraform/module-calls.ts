/**
 * What a folder's configuration says about other folders and about its state: the modules it calls and the
 * backends it names. Reads more than terraform would (every file, overrides and both tools' extensions), so
 * that nothing is missed; a file that does not parse is a problem, never skipped.
 */
import { type Fields, fieldsOf, isFields } from './fields.ts';
import { readJson } from './scan/json-body.ts';
import { parseNative } from './scan/native-parser.ts';
import { ReadingAllowance, readableText } from './scan/reading-allowance.ts';
import { Unreadable } from './scan/token.ts';

export { ReadingAllowance } from './scan/reading-allowance.ts';

export interface BackendBlock {
  readonly file: string;
  /** `local`, `s3`, …; `cloud` for a cloud block. */
  readonly type: string;
  readonly settings: Fields;
}

export interface ModuleCalls {
  /** Sources that start with `./` or `../`, as written. */
  readonly local: readonly string[];
  readonly backends: readonly BackendBlock[];
}

/**
 * `files`: file name → bytes, of one folder. `problem` is one sentence and names the file. Whoever reads several
 * folders for one request passes one allowance to all of them.
 */
export async function readModuleCalls(
  files: ReadonlyMap<string, Uint8Array>,
  allowance = new ReadingAllowance(),
): Promise<
  { readonly ok: true; readonly calls: ModuleCalls } | { readonly ok: false; readonly problem: string }
> {
  const local: string[] = [];
  const backends: BackendBlock[] = [];
  for (const [file, bytes] of files) {
    if (!isConfiguration(file)) continue;
    const root = await readFile(file, bytes, allowance);
    if (typeof root === 'string') {
      return { ok: false, problem: `${file} cannot be read as terraform configuration: ${root}` };
    }
    for (const call of bodiesUnder(root.module, 1)) {
      if (typeof call.source !== 'string' || !isLocal(call.source)) continue;
      if (call.source.includes('${') || call.source.includes('%{')) {
        return { ok: false, problem: `${file}: a module's source must be plain text (${call.source})` };
      }
      local.push(call.source);
    }
    for (const settings of bodiesUnder(root.terraform, 0)) {
      for (const [type, body] of labelled(settings.backend)) backends.push({ file, type, settings: body });
      for (const body of bodiesUnder(settings.cloud, 0))
        backends.push({ file, type: 'cloud', settings: body });
    }
  }
  return { ok: true, calls: { local, backends } };
}

/** Whether terraform or tofu would load this file as configuration; both pass over editors' leftovers. */
export function isConfiguration(file: string): boolean {
  return /\.(tf|tofu)(\.json)?$/.test(file) && !file.startsWith('.') && !/^#.*#$/.test(file);
}

function isLocal(source: string): boolean {
  return /^\.{1,2}([/\\]|$)/.test(source);
}

/** The file's root, or why there is none. */
async function readFile(
  file: string,
  bytes: Uint8Array,
  allowance: ReadingAllowance,
): Promise<Fields | string> {
  try {
    const text = readableText(bytes, allowance);
    const root = file.endsWith('.json') ? parseJson(text) : (await parseNative(file, text)).shape;
    return isFields(root) ? root : 'it holds no object';
  } catch (error) {
    if (error instanceof Unreadable) return firstLine(error.message);
    if (error instanceof RangeError) return 'too much for the reader';
    throw error;
  }
}

/** The scan's reader goes first for its limit on nesting. */
function parseJson(text: string): unknown {
  readJson(text);
  return JSON.parse(text);
}

function firstLine(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.length > 500 ? `${line.slice(0, 500)}…` : line.replace(/^parse config: \[|[.\]]+$/g, '');
}

/** The bodies of a block type with so many labels; JSON syntax may write lists at any level. */
function bodiesUnder(value: unknown, labels: number): readonly Fields[] {
  if (Array.isArray(value)) return value.flatMap((each) => bodiesUnder(each, labels));
  if (!isFields(value)) return [];
  return labels === 0 ? [value] : Object.values(value).flatMap((each) => bodiesUnder(each, labels - 1));
}

function labelled(value: unknown): readonly (readonly [string, Fields])[] {
  if (Array.isArray(value)) return value.flatMap(labelled);
  return Object.entries(fieldsOf(value)).flatMap(([label, body]) =>
    bodiesUnder(body, 0).map((each) => [label, each] as const),
  );
}
