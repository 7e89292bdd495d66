/** Programs that follow links on their way through folders: what lies behind the links is looked at first. */
import { readdirSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { holdsSecrets, isSecretPath } from '../../core/shell/secrets.ts';
import { isInside } from './inside.ts';
import { isHidden, type Reach, realPath } from './paths.ts';

/** More entries are not looked at before a command: then it is refused. */
const MAX_ENTRIES = 50_000;

/** Why the call may not walk, as one sentence; null where it may, or does not follow links. */
export function refuseWalk(
  reach: Reach,
  cwd: string,
  program: string,
  words: readonly string[],
): string | null {
  if (!follows(program, words)) return null;
  const named = words.filter((word) => !word.startsWith('-')).map((word) => realPath(inFolder(cwd, word)));
  const folders = [cwd, ...named].filter((path) => path !== null);
  const walk = new Walk(reach);
  // Without a folder among its words, grep walks the current one; otherwise what is named.
  const starts = folders.slice(1).some(isFolder) ? folders.slice(1) : program === 'diff' ? [] : [cwd];
  for (const start of starts) {
    const why = isFolder(start) ? walk.through(start) : null;
    if (why !== null) return why;
  }
  return null;
}

/** `diff` compares two folders without being asked to, and follows links unless told not to. */
function follows(program: string, words: readonly string[]): boolean {
  if (program === 'diff') return !words.includes('--no-dereference');
  if (!/^(?:[efr]?grep)$/.test(program)) return false;
  return words.some((word) => /^-[A-Za-z]*R/.test(word) || word === '--dereference-recursive');
}

class Walk {
  private readonly seen = new Set<string>();
  private entries = 0;
  private readonly reach: Reach;

  constructor(reach: Reach) {
    this.reach = reach;
  }

  through(folder: string): string | null {
    if (this.seen.has(folder)) return null;
    this.seen.add(folder);
    for (const entry of entriesOf(folder)) {
      this.entries += 1;
      if (this.entries > MAX_ENTRIES)
        return 'The folder holds too much to follow its links. Name a smaller one.';
      const path = `${folder}/${entry.name}`;
      const why = entry.isDirectory() ? this.through(path) : entry.isSymbolicLink() ? this.link(path) : null;
      if (why !== null) return why;
    }
    return null;
  }

  private link(path: string): string | null {
    const { root } = this.reach;
    const real = realPath(path);
    if (real === null) return null;
    const shown = relative(root, path);
    if (!isInside(root, real)) {
      return isSecretPath(real) || isHidden(this.reach, real) ? `${shown} leads out of the root.` : null;
    }
    const inner = relative(root, real);
    if (isSecretPath(inner) || holdsSecrets(inner))
      return `${shown} leads to ${inner}, which holds secrets. Search without following links.`;
    return isFolder(real) ? this.through(real) : null;
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function inFolder(cwd: string, word: string): string {
  return word.startsWith('/') ? word : `${cwd}/${word}`;
}
