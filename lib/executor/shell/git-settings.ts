/** What a repository's own settings name: filters, which are programs, and files that git would cite. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isInside } from './inside.ts';

/** Settings under which the filters of these names do nothing. */
export function withoutFilters(
  names: readonly string[],
): readonly (readonly [name: string, value: string])[] {
  return names.flatMap((name) => [
    [`filter.${name}.clean`, ''] as const,
    [`filter.${name}.smudge`, ''] as const,
    [`filter.${name}.process`, ''] as const,
    [`filter.${name}.required`, 'false'] as const,
  ]);
}

/** Makes git print the settings that matter here, each as name, new line, value, NUL. It runs nothing. */
export const LIST_SETTINGS = [
  ...['config', '--includes', '--null', '--get-regexp'],
  '^(filter\\.|blame\\.ignorerevsfile$)',
] as const;

export interface RepositorySettings {
  readonly filters: readonly string[];
  /** Files of which git cites lines that it does not understand. */
  readonly cited: readonly string[];
}

export function readSettings(printed: string): RepositorySettings {
  const settings = printed.split('\0').map((one) => {
    const [name = '', ...value] = one.split('\n');
    return { name, value: value.join('\n') };
  });
  const filters = settings.map(({ name }) => /^filter\.(.+)\.[^.]+$/s.exec(name)?.[1]);
  return {
    filters: [...new Set(filters)].filter((name) => name !== undefined),
    cited: settings.filter(({ name }) => name.startsWith('blame.')).map(({ value }) => value),
  };
}

/** The folder and those above it, up to the root: the repository's top is one of them. */
export function foldersOf(cwd: string, root: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = cwd; isInside(root, folder); folder = dirname(folder)) {
    folders.push(folder);
    if (folder === dirname(folder)) break;
  }
  return folders;
}

/** False only where git's one settings file is seen to hold none of those, and to include no other file. */
export function maySetMore(cwd: string, root: string): boolean {
  for (const folder of foldersOf(cwd, root)) {
    // A bare repository, or one whose settings lie elsewhere.
    if (existsSync(join(folder, 'HEAD')) || existsSync(join(folder, '.git', 'commondir'))) return true;
    if (existsSync(join(folder, '.git')))
      return /filter|include|worktreeconfig|ignorerevsfile/i.test(read(join(folder, '.git', 'config')));
  }
  return true;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'filter';
  }
}
