import { HOME } from './fields.ts';

/**
 * A path without `.`, `..`, doubled and trailing slashes. Relative paths keep leading `..`; the home marker
 * becomes `/home/<marker>`, so that `~/..` is `/home`.
 */
export function normalPath(path: string): string {
  if (PLAIN.test(path)) return path;
  const text = path.startsWith(HOME) ? `/home/${path}` : path;
  const absolute = text.startsWith('/');
  const out: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.length > 0 && out[out.length - 1] !== '..') out.pop();
    else if (!absolute) out.push('..');
  }
  return absolute ? `/${out.join('/')}` : out.join('/') || '.';
}

/** No empty, `.` or `..` component, and no home: normal as it is. */
const PLAIN = /^\/?(?:(?!\.\.?(?:\/|$))[^/\uE000]+\/)*(?!\.\.?$)[^/\uE000]+$/;

export function joinPath(base: string, path: string): string {
  if (base === '.') return normalPath(path);
  return path.startsWith('/') || path.startsWith(HOME) ? normalPath(path) : normalPath(`${base}/${path}`);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function hasGlob(text: string): boolean {
  return /[*?[]/.test(text);
}
