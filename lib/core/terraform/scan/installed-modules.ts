/** Terraform's own list of the modules that it installed (`modules.json`): which call lies in which folder. */

import { resolveInside } from './snapshot-path.ts';

/** Where modules lie that were downloaded, relative to the root module: as where a person ran init. */
export const MODULES_FOLDER = '.terraform/modules';
export const MODULE_LIST_FILE = 'modules.json';

/** One module: `Key` is its call path, `Dir` its folder (absolute, or relative to the root module). */
export type ListedModule = Readonly<Record<string, string>> & { readonly Key: string; readonly Dir: string };

/** Null for anything that is no such list. */
export function parseModuleList(text: string): readonly ListedModule[] | null {
  const list = parse(text);
  const modules: unknown = isRecord(list) ? list.Modules : null;
  if (!Array.isArray(modules)) return null;
  const listed = modules.filter(isListed);
  const keys = new Set(listed.map((module) => module.Key));
  return listed.length === modules.length && keys.size === listed.length ? listed : null;
}

export function printModuleList(modules: readonly ListedModule[]): string {
  return JSON.stringify({ Modules: modules });
}

/**
 * Call path (`net`, `net.sub`) → folder in the snapshot, without the root module. Null where the list is none
 * or a folder lies outside the snapshot.
 */
export function installedModules(text: string, rootModule: string): ReadonlyMap<string, string> | null {
  const listed = parseModuleList(text);
  if (listed === null) return null;
  const folders = new Map<string, string>();
  for (const { Key, Dir } of listed) {
    const folder = resolveInside(rootModule, Dir);
    if (folder === null) return null;
    if (Key !== '') folders.set(Key, folder);
  }
  return folders;
}

function isListed(value: unknown): value is ListedModule {
  return (
    isRecord(value) &&
    typeof value.Key === 'string' &&
    typeof value.Dir === 'string' &&
    Object.values(value).every((each) => typeof each === 'string')
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
