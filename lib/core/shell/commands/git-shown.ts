import type { Field } from '../fields.ts';
import { couldBeBlob, isObject, ofStash } from './git-objects.ts';
import type { GitSubCommand } from './git-subcommands.ts';
import { GIT_GUARDS } from './left-out.ts';
import type { ReadOptions } from './options.ts';
import { accept, type Outcome, refuse, refused } from './rule.ts';
import { unknownWord } from './words.ts';

/** What is run, so that no file is shown that nobody named: with guards, or with words that say more exactly what is meant. */
export function shown(
  name: string,
  sub: GitSubCommand,
  read: ReadOptions,
  words: readonly Field[],
  operands: readonly Field[],
  paths: readonly string[],
): Outcome {
  const texts = operands.map((operand) => operand.text);
  const patch = printsChanges(name, read.flags);
  if (name === 'stash' && texts[0] === 'show') return ofStash(words, patch ? GIT_GUARDS : []);
  const objects = texts.filter(isObject).length;
  const blob = texts.find(couldBeBlob);
  const contents = name === 'grep' || name === 'cat-file' || objects > 0;
  if (blob !== undefined && contents && !(name === 'cat-file' && !read.flags.has('p') && texts[0] !== 'blob'))
    return refuse(
      `git.${name}`,
      `git ${name}: ${blob} may be the id of a file, whose path cannot be judged`,
      `Write ${blob.replace(/\^\{.*/, '')}^{commit}, or COMMIT:PATH for a file.`,
    );
  if (name === 'show' && objects > 0 && objects < texts.length)
    return refuse(
      'git.show',
      'git show: files and commits together are shown without judgement',
      'Show them in calls of their own.',
    );
  // Only for these two does a file given by its path stand for all that is shown.
  const named = objects > 0 && (name === 'show' || name === 'diff');
  const walks = sub.recursive === true || (patch && !named);
  if (name === 'show' && blob !== undefined) return asCommits(words, walks ? GIT_GUARDS : [], paths);
  if (name !== 'range-diff' || !walks) return accept(paths, walks ? GIT_GUARDS : []);
  return accept(paths, words.some((word) => word.text === '--') ? GIT_GUARDS : ['--', ...GIT_GUARDS]);
}

/** `git show abc1234` means a commit; the id of a file would show that. */
function asCommits(words: readonly Field[], guards: readonly string[], paths: readonly string[]): Outcome {
  const odd = words.find((word) => word.kind !== 'literal');
  if (odd !== undefined) return refused(unknownWord(odd));
  const peeled = words.find(({ text }) => couldBeBlob(text) && text.includes('^{'));
  if (peeled !== undefined)
    return refuse(
      'git.show',
      `git show: ${peeled.text} may be a file, whose path cannot be judged`,
      'Write COMMIT:PATH for a file.',
    );
  const end = words.findIndex((word) => word.text === '--');
  const texts = words.map(({ text }, i) =>
    couldBeBlob(text) && (end < 0 || i < end) ? `${text}^{commit}` : text,
  );
  return accept(paths, guards, false, null, ['show', ...texts]);
}

const PATCH = [
  'p',
  'u',
  'patch',
  'U',
  'unified',
  'W',
  'function-context',
  'cc',
  'c',
  'patch-with-stat',
  'patch-with-raw',
];
const PATCH_TOO = [
  'word-diff',
  'word-diff-regex',
  'color-words',
  'binary',
  'inter-hunk-context',
  'remerge-diff',
  'diff-merges',
  'check',
];
const NAMES_ONLY =
  's no-patch stat numstat shortstat dirstat summary name-only name-status raw quiet compact-summary'.split(
    ' ',
  );

/** Whether lines of changed files are shown, or searched, which nobody named. Git takes no path beside -L and --follow. */
function printsChanges(name: string, flags: ReadonlySet<string>): boolean {
  if (flags.has('L') || flags.has('follow')) return false;
  if (
    !/^(?:diff|show|log|whatchanged|stash|reflog|rev-list|diff-(?:tree|index|files)|range-diff)$/.test(name)
  )
    return false;
  if (flags.has('S') || flags.has('G')) return true;
  if ([...PATCH, ...PATCH_TOO].some((flag) => flags.has(flag))) return true;
  return /^(?:diff|show|range-diff)$/.test(name) && !NAMES_ONLY.some((flag) => flags.has(flag));
}
