/** Where a path in a configuration leads, decided without touching a disk. */

import { isSign } from './body.ts';
import { bindsName } from './expression.ts';
import type { Token } from './token.ts';

/** Joins and normalises a relative path; null where it is absolute, starts at a home folder or leaves the snapshot. */
export function resolveInside(folder: string, path: string): string | null {
  if (path.startsWith('/') || path.startsWith('~') || path.includes('\0')) return null;
  const steps: string[] = [];
  for (const step of `${folder}/${path}`.split('/')) {
    if (step === '' || step === '.') continue;
    if (step === '..') {
      if (steps.pop() === undefined) return null;
    } else steps.push(step);
  }
  return steps.join('/');
}

/** What `path.module` is for a module in `folder`, seen from the root module: `.`, `modules/net`, `../shared`. */
export function relativeFolder(rootModule: string, folder: string): string {
  const from = rootModule.split('/').filter(Boolean);
  const to = folder.split('/').filter(Boolean);
  let common = 0;
  while (common < from.length && common < to.length && from[common] === to[common]) common++;
  const steps = [...from.slice(common).map(() => '..'), ...to.slice(common)];
  return steps.length === 0 ? '.' : steps.join('/');
}

/**
 * The value of an expression made of nothing but literal text, `path.module` and `path.root`; null for all
 * else. `moduleFolder` is null where `path` is not terraform's own (inside a template file).
 */
export function literalPath(tokens: readonly Token[], moduleFolder: string | null): string | null {
  const code = tokens.filter((token) => token.kind !== 'newline');
  const [first, dot, attribute] = code;
  if (first === undefined) return null;
  if (isSign(first, '(') && isSign(code.at(-1), ')')) return literalPath(code.slice(1, -1), moduleFolder);
  if (code.length === 3 && first.kind === 'word' && first.text === 'path' && isSign(dot, '.')) {
    if (moduleFolder === null || attribute?.kind !== 'word') return null;
    return attribute.text === 'module' ? moduleFolder : attribute.text === 'root' ? '.' : null;
  }
  // A heredoc may strip indentation, so its text is not what it looks like.
  if (code.length !== 1 || first.kind !== 'text' || first.form === 'heredoc') return null;
  let path = '';
  for (const part of first.parts) {
    if (part.kind === 'directive') return null;
    const text = part.kind === 'literal' ? part.text : literalPath(part.tokens, moduleFolder);
    if (text === null) return null;
    path += text;
  }
  return path;
}

/** As `literalPath`, for an argument inside `whole`: a `for` that binds the name `path` makes it unknown. */
export function provablePath(
  tokens: readonly Token[],
  whole: readonly Token[],
  moduleFolder: string | null,
): string | null {
  return literalPath(tokens, bindsName(whole, 'path') ? null : moduleFolder);
}

/** Whether a glob can only match below its folder. Braces and classes that could spell `..` do not pass. */
export function staysBelow(glob: string): boolean {
  if (glob.startsWith('/') || glob.startsWith('~') || glob.includes('\\') || glob.includes('..'))
    return false;
  const groups = glob.match(/\{[^{}]*\}|\[[^\]]*\]/g) ?? [];
  if (glob.replace(/\{[^{}]*\}|\[[^\]]*\]/g, '').match(/[{}[\]]/) !== null) return false;
  return groups.every((group) => !/[./]/.test(group) && !/\{,|,,|,\}|\{\}/.test(group));
}
