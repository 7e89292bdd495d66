/** Which files of a folder terraform and OpenTofu load, and which local modules those call. */

import type { Block, Body } from './body.ts';
import { literalText } from './body.ts';
import type { SnapshotFile } from './judge-expressions.ts';
import { ReadingAllowance } from './reading-allowance.ts';
import { resolveInside } from './snapshot-path.ts';
import { readSourceFile } from './source-file.ts';
import { Unreadable } from './token.ts';

/** Names of the configuration files among a folder's entries, in terraform's order: override files last. */
export function configurationFiles(names: readonly string[]): readonly string[] {
  const loaded = names.filter((name) => CONFIGURATION.test(name) && !isIgnored(name));
  const sorted = [...loaded].sort();
  return [...sorted.filter((name) => !isOverride(name)), ...sorted.filter(isOverride)];
}

/** Names of the variable files that are read without being named on the command line. */
export function automaticVariableFiles(names: readonly string[]): readonly string[] {
  return names.filter((name) => AUTOMATIC_VARIABLES.test(name)).sort();
}

export interface ModuleCall {
  readonly name: string;
  /** Null where the source is no plain text. */
  readonly source: string | null;
  readonly version: string | null;
  readonly block: Block;
}

/** Every `module` block, override files included. */
export function moduleCalls(bodies: readonly Body[]): readonly ModuleCall[] {
  return bodies
    .flatMap((body) => body.blocks)
    .filter((block) => block.type === 'module')
    .flatMap((block) => {
      const values = (name: string) => block.body.attributes.filter((attribute) => attribute.name === name);
      const version = values('version').map((attribute) => literalText(attribute.tokens))[0] ?? null;
      const sources = values('source').map((attribute) => literalText(attribute.tokens));
      const name = block.labels[0] ?? '';
      return sources.map((source) => ({ name, source, version, block }));
    });
}

/** Whether terraform takes this source for a folder of the same package rather than for something to download. */
export function isLocalSource(source: string): boolean {
  return source === '.' || source === '..' || source.startsWith('./') || source.startsWith('../');
}

/** A source as people may read it: where it leads and its ref, without the credentials that it may carry. */
export function shownSource(source: string): string {
  const [place = '', query] = source.replace(/\p{Cc}/gu, ' ').split('?', 2);
  const ref = /(?:^|&)ref=([^&]*)/.exec(query ?? '')?.[1];
  const rest =
    query === undefined ? '' : ref === undefined ? '?…' : `?ref=${ref}${query.includes('&') ? '&…' : ''}`;
  const shown = place.replace(/\/\/[^/]*@/, '//…@') + rest;
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}

/**
 * The folders of the local modules that the modules in `folder` call, relative to the snapshot root, for a
 * builder that walks a disk: give the files of one folder, copy the folders it answers, and ask again for
 * each. Sources that leave the root, are computed or come from elsewhere are left out, as are files that
 * cannot be read: `scanConfiguration` reports all of them.
 */
export async function localModuleFolders(
  folder: string,
  files: readonly SnapshotFile[],
  allowance = new ReadingAllowance(),
): Promise<readonly string[]> {
  const byName = new Map(files.map((file) => [file.path.slice(file.path.lastIndexOf('/') + 1), file]));
  const folders = new Set<string>();
  for (const name of configurationFiles([...byName.keys()])) {
    const file = byName.get(name);
    if (file === undefined) continue;
    for (const call of moduleCalls(await readOrNothing(file, allowance))) {
      if (call.source === null || !isLocalSource(call.source)) continue;
      const inside = resolveInside(folder, call.source);
      if (inside !== null) folders.add(inside);
    }
  }
  return [...folders].sort();
}

async function readOrNothing(file: SnapshotFile, allowance: ReadingAllowance): Promise<readonly Body[]> {
  try {
    return [await readSourceFile(file, allowance)];
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

const CONFIGURATION = /\.(tf|tofu)(\.json)?$/;
const AUTOMATIC_VARIABLES = /^terraform\.tfvars(\.json)?$|\.auto\.tfvars(\.json)?$/;

/** Editors' leftovers, by terraform's own rule. */
function isIgnored(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~') || (name.startsWith('#') && name.endsWith('#'));
}

function isOverride(name: string): boolean {
  const base = name.replace(CONFIGURATION, '');
  return base === 'override' || base.endsWith('_override');
}
