import type { RootPath } from './action.ts';

/**
 * Reads a path relative to the root, lexically: absolute paths, drive letters, `..` out of the root,
 * backslashes and control characters give null. Whether a symlink leads out is for whoever opens it.
 */
export function parseRootPath(text: string): RootPath | null {
  if (text === '' || text.startsWith('/') || text.includes('\\') || /^[A-Za-z]:/.test(text)) return null;
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return null;
  const kept: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.pop() === undefined) return null;
  }
  return (kept.join('/') || '.') as RootPath;
}
