/** Git, kept from running code that no command line shows: settings of the user and machine, hooks, pagers, drivers. */
import { dirname } from 'node:path';
import type { JudgedScript } from '../../core/shell/script.ts';
import { withoutFilters } from './git-settings.ts';
import { runsOf } from './runs.ts';

/** Settings that a repository's own file must not have a say in. */
const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.sshCommand', 'false'],
  ['core.editor', 'false'],
  ['log.showSignature', 'false'],
  ['gpg.program', 'false'],
  ['gpg.ssh.program', 'false'],
  ['gpg.x509.program', 'false'],
  ['protocol.allow', 'never'],
  ['submodule.recurse', 'false'],
  // What a submodule's settings name would be run in it.
  ['diff.submodule', 'short'],
  ['diff.ignoreSubmodules', 'dirty'],
  ['status.submoduleSummary', 'false'],
  // A repository among the files of another one brings settings that nobody chose.
  ['safe.bareRepository', 'explicit'],
  // Files that a repository could have read, and cited in a complaint.
  ['mailmap.file', '/dev/null'],
  ['diff.orderFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.attributesFile', '/dev/null'],
];

/**
 * Environment of every git. `confined`: any owner's repository is read, since nothing of it runs unconfined.
 * `git config` runs nothing and must show the repository's own values, so it gets no settings. `filters`: the names
 * of those that the repository defines.
 */
export function gitEnvironment(
  words: readonly string[],
  root: string,
  confined: boolean,
  filters: readonly string[] = [],
): Record<string, string> {
  const own = verbOf(words) === 'config' ? [] : [...SETTINGS, ...withoutFilters(filters)];
  const settings = confined ? [...own, ['safe.directory', '*'] as const] : own;
  const numbered = settings.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    // A repository above the root is not the agent's to read.
    GIT_CEILING_DIRECTORIES: dirname(root),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_PAGER: 'cat',
    PAGER: 'cat',
    GIT_EDITOR: 'false',
    GIT_ASKPASS: 'false',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: '',
    GIT_NO_LAZY_FETCH: '1',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(numbered),
  };
}

/** The words with the flags that keep a repository's diff drivers from running. */
export function hardenGit(words: readonly string[]): string[] {
  const at = words.findIndex((word) => !word.startsWith('-'));
  const verb = at < 0 ? '' : (words[at] ?? '');
  const second = words[at + 1] ?? '';
  const head = (count: number) => words.slice(0, at + count);
  const tail = (count: number) => words.slice(at + count);
  if (at < 0) return [...words];
  if (FILE_DIFFING.has(verb))
    return ['--no-pager', ...head(1), ...NO_DRIVERS, '--ignore-submodules=dirty', ...tail(1)];
  if (DIFFING.has(verb)) return ['--no-pager', ...head(1), ...NO_DRIVERS, ...tail(1)];
  if (verb === 'status') return ['--no-pager', ...head(1), '--ignore-submodules=dirty', ...tail(1)];
  if (verb === 'reflog' && second !== 'list' && second !== 'exists') {
    const count = second === 'show' ? 2 : 1;
    return ['--no-pager', ...head(count), ...NO_DRIVERS, ...tail(count)];
  }
  if (verb === 'stash') return ['--no-pager', ...head(2), ...NO_DRIVERS, ...tail(2)];
  if (verb === 'blame' || verb === 'annotate' || verb === 'grep') {
    return ['--no-pager', ...head(1), '--no-textconv', ...tail(1)];
  }
  return ['--no-pager', ...words];
}

const NO_DRIVERS = ['--no-ext-diff', '--no-textconv'] as const;
/** They look into the working trees of submodules, which have settings of their own. */
const FILE_DIFFING: ReadonlySet<string> = new Set(['diff', 'diff-index', 'diff-files']);
const DIFFING: ReadonlySet<string> = new Set(['log', 'show', 'whatchanged', 'diff-tree', 'range-diff']);

/**
 * Sub-commands that, hardened, never read the working tree through a repository's own filters and start no
 * script. All others need the sandbox.
 */
const FILTERLESS: ReadonlySet<string> = new Set([
  'log',
  'show',
  'whatchanged',
  'shortlog',
  'diff-tree',
  'branch',
  'tag',
  'rev-parse',
  'rev-list',
  'name-rev',
  'merge-base',
  'cherry',
  'ls-tree',
  'cat-file',
  'show-ref',
  'for-each-ref',
  'show-branch',
  'symbolic-ref',
  'count-objects',
  'check-ref-format',
  'var',
  'remote',
  'version',
  'config',
]);

/** Whether a script holds a git that a repository's own settings could make run something. */
export function runsFilters(script: JudgedScript): boolean {
  return runsOf(script).some(({ program, words }) => {
    return program === 'git' && mayFilter(words.map((word) => (word.kind === 'text' ? word.text : '?')));
  });
}

export function mayFilter(words: readonly string[]): boolean {
  const verb = verbOf(words);
  return verb !== undefined && !FILTERLESS.has(verb);
}

function verbOf(words: readonly string[]): string | undefined {
  return words.find((word) => !word.startsWith('-'));
}
