/** Which file an allowed command's program name stands for: one of a fixed list of folders, whatever PATH says. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isInside } from './inside.ts';

export interface Programs {
  /** Absolute path of the program, or null where no folder of the list has it. */
  find(name: string): string | null;
  /** The list, as a PATH for programs that start others. */
  readonly path: string;
}

/** Folders that only the machine's administrator writes, in the order in which they are searched. */
export const PROGRAM_FOLDERS = [
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
] as const;

/** `untrusted`: real paths of folders that agents write; a program that lies there, by a link too, does not count. */
export function programsIn(folders: readonly string[], untrusted: readonly string[]): Programs {
  return {
    path: folders.join(':'),
    find: (name) => {
      if (!/^[\w.+[-]+$/.test(name) || /^\.+$/.test(name)) return null;
      for (const folder of folders) {
        const file = join(folder, name);
        const real = executable(file);
        if (real === null) continue;
        if (![file, real].some((place) => untrusted.some((outer) => isInside(outer, place)))) return file;
      }
      return null;
    },
  };
}

function executable(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? realpathSync(file) : null;
  } catch {
    return null;
  }
}
