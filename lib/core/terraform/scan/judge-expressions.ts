/** Findings about what the expressions of a module call: functions that read files, evaluate text or are unknown. */

import type { Finding, FindingClass } from '../../finding.ts';
import { printTokens } from './body.ts';
import { type Call, callsIn } from './expression.ts';
import { functionKind, TYPE_CONSTRUCTORS } from './functions.ts';
import { decode, templateOf } from './lexer.ts';
import { MAX_FILE_BYTES } from './reading-allowance.ts';
import { provablePath, relativeFolder, resolveInside, staysBelow } from './snapshot-path.ts';
import { type Token, Unreadable } from './token.ts';

export interface SnapshotFile {
  /** Relative to the snapshot root, `/` between folders. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode?: number;
}

/** What an expression is judged against. */
export interface Surroundings {
  readonly files: ReadonlyMap<string, SnapshotFile>;
  readonly rootModule: string;
  /** The module's folder; null inside a template file, where `path` is whatever its caller passed. */
  readonly moduleFolder: string | null;
  /** Terraform address of what holds the expression. */
  readonly address: string;
  /** The attribute, for evidence. */
  readonly path: string;
  /** Template files already judged in this scan; shared, so that each is read once and a cycle ends. */
  readonly templates: Set<string>;
  /** True in the `type` of a variable, where `map(string)` is no call. */
  readonly inType: boolean;
}

/** One finding for each call that is not provably harmless. */
export function judgeExpression(tokens: readonly Token[], around: Surroundings): readonly Finding[] {
  return callsIn(tokens).flatMap((call) => judgeCall(call, tokens, around));
}

/**
 * Whether the path in `tokens` stays in the snapshot: the file's or folder's path there, or null. Relative
 * paths start at the root module, which is terraform's working folder.
 */
export function pathInSnapshot(
  tokens: readonly Token[],
  whole: readonly Token[],
  around: Surroundings,
): string | null {
  const module = around.moduleFolder === null ? null : relativeFolder(around.rootModule, around.moduleFolder);
  const path = provablePath(tokens, whole, module);
  return path === null ? null : resolveInside(around.rootModule, path);
}

function judgeCall(call: Call, whole: readonly Token[], around: Surroundings): readonly Finding[] {
  const [first = [], second = []] = call.args;
  const say = (rule: string, kind: FindingClass, why: string): Finding => ({
    rule,
    class: kind,
    tier: null,
    address: around.address,
    why,
    evidence: [
      { path: around.path, value: `${call.name}(${call.args.map((arg) => printTokens(arg)).join(', ')})` },
    ],
  });
  const outside = `${call.name}() reads a path that is not provably inside the snapshot`;
  if (around.inType && TYPE_CONSTRUCTORS.has(call.name)) return [];
  const what = functionKind(call.name);
  switch (what.kind) {
    case 'pure':
      return [];
    case 'reads_file': {
      const path = pathInSnapshot(first, whole, around);
      const file = path === null ? undefined : around.files.get(path);
      if (path === null || file === undefined)
        return [say('file_function', 'reads_outside_snapshot', outside)];
      return what.template ? judgeTemplateFile(file, path, around) : [];
    }
    case 'looks_at_path':
      return pathInSnapshot(first, whole, around) === null
        ? [say('path_function', 'reads_outside_snapshot', outside)]
        : [];
    case 'lists_files': {
      const glob = provablePath(second, whole, null);
      const inside = pathInSnapshot(first, whole, around) !== null && glob !== null && staysBelow(glob);
      return inside ? [] : [say('file_function', 'reads_outside_snapshot', outside)];
    }
    case 'evaluates_text':
      return [
        say(
          'templatestring',
          'reads_outside_snapshot',
          `${call.name}() evaluates a text that nobody can read before the plan; it may call any function`,
        ),
      ];
    case 'shows_secret':
      return [
        say(
          'nonsensitive',
          'secret_read',
          `${call.name}() takes the protection off a value marked as secret`,
        ),
      ];
    case 'unknown':
      return [
        say('unknown_function', 'code_execution', `${call.name}() is not on the list of known functions`),
      ];
  }
}

const MAX_TEMPLATES = 500;

/** The content of a templatefile is code too. */
function judgeTemplateFile(file: SnapshotFile, path: string, around: Surroundings): readonly Finding[] {
  if (around.templates.has(path)) return [];
  const inside = {
    ...around,
    moduleFolder: null,
    inType: false,
    path: `${around.path} → ${path}`,
  };
  around.templates.add(path);
  try {
    if (file.bytes.length > MAX_FILE_BYTES || around.templates.size > MAX_TEMPLATES)
      throw new Unreadable('too much template text');
    return judgeExpression([templateOf(decode(file.bytes))], inside);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return [unreadable(path, error, around.address)];
  }
}

/** What cannot be read might run anything. */
export function unreadable(path: string, error: Unreadable, address = ''): Finding {
  return {
    rule: 'unparsable_configuration',
    class: 'code_execution',
    tier: null,
    address,
    why: `${path} cannot be read, so nobody can say what it would run: ${error.message}`,
    evidence: [{ path, value: error.message }],
  };
}
