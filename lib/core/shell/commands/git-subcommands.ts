/** What one git sub-command may be asked without changing anything. */
export interface GitSubCommand {
  readonly options: string;
  /** Most operands; revisions and paths alike. */
  readonly most?: number;
  readonly least?: number;
  /** The first operand must be one of these. */
  readonly verbs?: readonly string[];
  /** No option may stand before it: `git stash -p show` is another command. */
  readonly verbFirst?: boolean;
  /** At least one of these options must be given when there are operands. */
  readonly only?: readonly string[];
  readonly recursive?: boolean;
  /** Operands are names or patterns of refs, or paths of which only the names are printed. */
  readonly names?: boolean;
}

/** What log, show and diff share for choosing and printing changes. No textconv, external diff or output file. */
const DIFF = `-pusRabwzBCDM0 -U:number -S:text -G:text -O:look --patch --no-patch --unified:number --raw --patch-with-raw --minimal --patience
  --histogram --diff-algorithm:text --stat?text --numstat --shortstat --dirstat?text --summary --patch-with-stat --name-only
  --name-status --color?text --no-color --color-words?text --word-diff?text --word-diff-regex:text --no-renames --find-renames?text
  --find-copies?text --check --full-index --binary --abbrev?number --diff-filter:text --pickaxe-regex --relative?text --text
  --ignore-space-change --ignore-all-space --ignore-blank-lines --ignore-space-at-eol --ignore-cr-at-eol --inter-hunk-context:number
  --function-context --exit-code --quiet --no-ext-diff --no-textconv --submodule?text --src-prefix:text --dst-prefix:text
  --no-prefix --compact-summary --merge-base --cached --staged -W --ws-error-highlight:text --anchored:text --pickaxe-all --color-moved?text --no-relative
  --cc --combined-all-paths --ignore-submodules?text --no-color-moved --indent-heuristic --skip-to:look --rotate-to:look`;
const LOG = `${DIFF} -n:number -cgiEFPLt -L:text --oneline --graph --decorate?text --no-decorate --decorate-refs:text --source --max-count:number
  --skip:number --since:text --after:text --until:text --before:text --author:text --committer:text --grep:text --all-match
  --invert-grep --regexp-ignore-case --extended-regexp --fixed-strings --perl-regexp --merges --no-merges --first-parent
  --all --branches?text --tags?text --remotes?text --glob:text --exclude:text --reflog --follow --reverse
  --date-order --author-date-order --topo-order --walk-reflogs --merge --boundary --left-right --cherry --cherry-pick --cherry-mark --left-only
  --right-only --format:text --pretty?text --abbrev-commit --no-abbrev-commit --date:text --relative-date --parents --children
  --notes?text --no-notes --ancestry-path?text --simplify-by-decoration --simplify-merges --full-history --dense --sparse
  --min-parents:number --max-parents:number --encoding:text --expand-tabs?number --no-expand-tabs --log-size --no-mailmap --use-mailmap --mailmap
  --show-linear-break?text --clear-decorations --remove-empty --not -m --diff-merges:text --count --timestamp --since-as-filter:text`;

/** The reading sub-commands with the options known to only read, from git's manual. */
export const GIT_SUBCOMMANDS: Readonly<Record<string, GitSubCommand>> = {
  status: {
    names: true,
    options:
      '-sbuzu -u?text --short --branch --porcelain?text --long --untracked-files?text --ignored?text --ignore-submodules?text --column?text --no-column --ahead-behind --no-ahead-behind --renames --no-renames --find-renames?text --show-stash',
  },
  log: { options: LOG },
  show: { options: LOG },
  whatchanged: { options: LOG },
  diff: { options: DIFF },
  'diff-tree': { options: `${DIFF} -rtmcv --root --no-commit-id --pretty?text --always` },
  'diff-index': { options: `${DIFF} -m` },
  'diff-files': { options: `${DIFF} -q` },
  'range-diff': { options: `${DIFF} --creation-factor:number --no-dual-color --left-only --right-only` },
  shortlog: {
    options:
      '-nsec -w?text --numbered --summary --email --format:text --group:text --since:text --until:text --after:text --before:text --all --no-merges --merges --author:text --max-count:number --branches?text --tags?text',
  },
  reflog: { options: LOG, verbs: ['show', 'list', 'exists'] },
  blame: {
    options:
      '-bcCefklMnpstw -L:text -S:look --root --show-stats --porcelain --line-porcelain --show-name --show-number --show-email --date:text --color-lines --color-by-age --since:text --first-parent --abbrev:number --ignore-rev:text --reverse',
  },
  annotate: { options: '-bcCefklMnpstw -L:text --root --show-name --show-number --show-email --date:text' },
  branch: {
    names: true,
    options: `-avrvil --list --all --remotes --verbose --show-current --contains?text --no-contains?text --merged?text --no-merged?text
      --points-at:text --sort:text --format:text --color?text --no-color --column?text --no-column --abbrev?number --no-abbrev --ignore-case --omit-empty`,
    only: [
      'list',
      'l',
      'contains',
      'no-contains',
      'merged',
      'no-merged',
      'points-at',
      'a',
      'r',
      'all',
      'remotes',
      'show-current',
    ],
  },
  tag: {
    names: true,
    options:
      '-l -n?number -i --list --contains?text --no-contains?text --merged?text --no-merged?text --points-at:text --sort:text --format:text --color?text --column?text --ignore-case --omit-empty',
    only: ['l', 'list', 'contains', 'no-contains', 'merged', 'no-merged', 'points-at'],
  },
  'rev-parse': {
    names: true,
    options: `-q --verify --quiet --short?number --abbrev-ref?text --symbolic --symbolic-full-name --show-toplevel --show-prefix --show-cdup --git-dir
    --git-common-dir --absolute-git-dir --is-inside-work-tree --is-inside-git-dir --is-bare-repository --is-shallow-repository --all --branches?text
    --tags?text --remotes?text --since:text --until:text --revs-only --no-revs --flags --no-flags --show-superproject-working-tree --show-object-format --end-of-options --path-format:text --show-ref-format`,
  },
  'rev-list': { options: `${LOG} --objects --use-bitmap-index --disk-usage?text --no-object-names --header` },
  'name-rev': {
    names: true,
    options: '--tags --refs:text --exclude:text --all --name-only --no-undefined --always',
  },
  describe: {
    names: true,
    options:
      '--dirty?text --broken?text --all --tags --contains --abbrev:number --candidates:number --exact-match --long --match:text --exclude:text --always --first-parent --debug',
  },
  'merge-base': { names: true, options: '-a --all --octopus --is-ancestor --independent --fork-point' },
  cherry: { names: true, options: '-v --abbrev?number' },
  'ls-files': {
    names: true,
    options:
      '-cdmosuktvfz -x:text --cached --deleted --modified --others --ignored --stage --unmerged --killed --directory --no-empty-directory --exclude:text --exclude-standard --error-unmatch --full-name --abbrev?number --eol --deduplicate --recurse-submodules --format:text --sparse',
  },
  'ls-tree': {
    names: true,
    options:
      '-drtlz --long --name-only --name-status --object-only --full-name --full-tree --abbrev?number --format:text',
  },
  'cat-file': {
    options: '-tspe --mailmap --no-mailmap --batch-check?text --follow-symlinks',
    least: 1,
    most: 2,
  },
  'show-ref': {
    names: true,
    options:
      '-qsd --head --heads --branches --tags --dereference --hash?number --verify --abbrev?number --quiet --exists',
  },
  'for-each-ref': {
    names: true,
    options:
      '--count:number --sort:text --format:text --color?text --points-at:text --merged?text --no-merged?text --contains?text --no-contains?text --ignore-case --omit-empty --exclude:text --include-root-refs',
  },
  'show-branch': {
    names: true,
    options:
      '-ar --all --remotes --current --topo-order --date-order --sparse --more:number --list --merge-base --independent --no-name --sha1-name --topics --color?text --no-color',
  },
  'symbolic-ref': { names: true, options: '-q --quiet --short --no-recurse', least: 1, most: 1 },
  'count-objects': { options: '-vH --verbose --human-readable', most: 0 },
  'check-ignore': { names: true, options: '-qvnz --quiet --verbose --non-matching --no-index' },
  'check-attr': { names: true, options: '-az --all --cached' },
  'check-ref-format': { names: true, options: '--branch --normalize --allow-onelevel --refspec-pattern' },
  var: {
    options: '',
    verbs: ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT', 'GIT_DEFAULT_BRANCH'],
    least: 1,
    most: 1,
  },
  remote: { names: true, options: '-v --verbose --all --push', verbs: ['get-url'] },
  stash: { options: DIFF, verbs: ['list', 'show'], verbFirst: true, least: 1 },
  worktree: { options: '-vz --verbose --porcelain', verbs: ['list'], verbFirst: true, least: 1, most: 1 },
  submodule: { options: '--cached --recursive --quiet', verbs: ['status', 'summary'] },
  notes: { options: '', verbs: ['list', 'show'] },
  bisect: { options: '', verbs: ['log'], least: 1, most: 1 },
  lfs: {
    options: '-lsan --long --size --all --name-only',
    verbs: ['ls-files', 'status', 'version'],
    least: 1,
  },
  grep: {
    options: `-iIvwnlLcqhHoWpEFGP -A:number -B:number -C:number -e:any -m:number --ignore-case --word-regexp --line-number --files-with-matches
      --files-without-match --name-only --count --extended-regexp --fixed-strings --perl-regexp --basic-regexp --show-function
      --function-context --context:number --after-context:number --before-context:number --break --heading --color?text --no-color --cached
      --all-match --and --or --not --invert-match --column --quiet --full-name --only-matching --max-depth:number --text --max-count:number`,
    least: 1,
    recursive: true,
  },
  version: { options: '--build-options', most: 0 },
};
