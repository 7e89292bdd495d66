/** The words of a judged program call, as it gets them: patterns expanded, substitutions run, links looked through. */

import { relative } from 'node:path';
import { escapeGlob } from '../../core/shell/glob-text.ts';
import type { JudgedPart, JudgedRun, JudgedScript, JudgedWord } from '../../core/shell/script.ts';
import { holdsSecrets, isSecretPath } from '../../core/shell/secrets.ts';
import { expandGlob, guarded } from './glob.ts';
import { isInside } from './inside.ts';
import { type Machine, refuse } from './machine.ts';
import { realPath, refusePath } from './paths.ts';
import { DASHED, FILTERS, NAMERS, PRINTERS, STDIN } from './program-kinds.ts';
import { refuseWalk } from './walk.ts';

/** Where the words stand. */
export interface Standing {
  readonly machine: Machine;
  readonly cwd: string;
  /** `$?` at this moment. */
  readonly status: () => number;
  /** What a script prints, without its last newlines. */
  readonly output: (script: JudgedScript) => Promise<string>;
  /** The name under which the program will find what a script prints. */
  readonly file: (script: JudgedScript) => Promise<string>;
}

/** Rejects with PathRefused where a word leads where nothing may go. */
export async function expandWords(run: JudgedRun, at: Standing): Promise<readonly string[]> {
  for (const path of run.paths) check(at, path);
  const words: string[] = [];
  for (const word of run.words) words.push(...(await expand(word, run.program, at)));
  const why = refuseWalk(at.machine, at.cwd, run.program, words);
  if (why !== null) refuse(at.machine, why);
  return words;
}

function check({ machine, cwd }: Standing, path: string): void {
  const why = refusePath(machine, cwd, path);
  if (why !== null) refuse(machine, why);
}

/** The text of a pattern does not say which secrets lie there. */
function checkFound({ machine, cwd }: Standing, path: string, pattern: string): void {
  const real = realPath(path.startsWith('/') ? path : `${cwd}/${path}`);
  if (real === null) return;
  const seen = isInside(machine.root, real) ? relative(machine.root, real) : real;
  if (isSecretPath(seen) || holdsSecrets(seen))
    refuse(machine, `${pattern} matches ${path}, which holds secrets. Name the files that you need.`);
}

async function expand(word: JudgedWord, program: string, at: Standing): Promise<readonly string[]> {
  switch (word.kind) {
    case 'text':
      if (STDIN.test(word.text) && !PRINTERS.has(program)) return [dash(program, word.text, at)];
      // An operand that judging does not list as a path may be one all the same: where `find` starts.
      if (!PRINTERS.has(program) && !FILTERS.has(program) && !/^[-/]/.test(word.text)) check(at, word.text);
      return [word.text];
    case 'glob': {
      const found = matching(word.pattern, at.machine, at.cwd);
      if (PRINTERS.has(program)) return found;
      const words = found.map(guarded);
      const names = NAMERS.has(program);
      // In the sandbox nothing can be seen where a link leads out of the root.
      if (names && at.machine.seen !== null) return words;
      for (const path of found) {
        check(at, path);
        if (!names) checkFound(at, path, word.pattern);
      }
      return words;
    }
    case 'process':
      return [await at.file(word.script)];
    case 'join':
      return join(word.parts, at);
  }
}

/** What a pattern matches; the pattern itself where nothing does. */
export function matching(pattern: string, machine: Machine, cwd: string): readonly string[] {
  return expandGlob(machine, cwd, pattern) ?? refuse(machine, `${pattern} matches too many files.`);
}

/** The joints are named pipes, and opening one of those by its name again waits for a new writer. */
function dash(program: string, path: string, { machine }: Standing): string {
  if (DASHED.has(program)) return '-';
  return refuse(
    machine,
    `${path}: ${program} reads standard input where no file is named; leave the path out.`,
  );
}

/**
 * Unquoted output splits into words at white space, and is a file name pattern where it looks like one; a word
 * of nothing but such output may vanish.
 */
async function join(parts: readonly JudgedPart[], at: Standing): Promise<string[]> {
  const words: string[] = [];
  let current: { readonly pattern: string; readonly globs: boolean } | null = null;
  const add = (text: string, split: boolean): void => {
    current = {
      pattern: (current?.pattern ?? '') + (split ? text : escapeGlob(text)),
      globs: (current?.globs ?? false) || (split && /[*?[]/.test(text)),
    };
  };
  const end = (): void => {
    if (current === null) return;
    const { pattern, globs } = current;
    words.push(...(globs ? matching(pattern, at.machine, at.cwd) : [pattern.replace(/\\(.)/gs, '$1')]));
    current = null;
  };
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        add(part.text, false);
        break;
      case 'status':
        add(String(at.status()), false);
        break;
      case 'output': {
        const text = await at.output(part.script);
        if (!part.split) {
          add(text, false);
          break;
        }
        for (const [index, piece] of text.split(/[ \t\n]+/).entries()) {
          if (index > 0) end();
          if (piece !== '') add(piece.replaceAll('\\', '\\\\'), true);
        }
        break;
      }
    }
  }
  end();
  return words;
}
