/** What agents can write, and so must not choose: programs, settings, credentials. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Whether a path lies in one of the folders, as it is written or by its real place; it need not exist. */
export function isInReach(path: string, untrusted: readonly string[]): boolean {
  const places = both(path);
  return untrusted
    .flatMap(both)
    .some((outer) => places.some((place) => `${place}/`.startsWith(outer === '/' ? '/' : `${outer}/`)));
}

function both(path: string): string[] {
  const written = resolve(path);
  return [written, realPlace(written)];
}

/** Of the deepest part that exists. */
function realPlace(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPlace(parent), basename(path));
  }
}
