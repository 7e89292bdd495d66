import type { Field } from '../fields.ts';
import { GREP_GUARDS, RG_GUARDS } from './left-out.ts';
import { plain, tooWide } from './plain.ts';
import { accept, type CallContext, type CommandFamily, type Outcome, refuse, refused } from './rule.ts';
import { unknownWord } from './words.ts';

const GREP_OPTIONS = `-EFGPabchHiIlLnoqrRsTUvVwxyzZ -A:number -B:number -C:number -D:text -d:text -e:any -m:number
  -f:read --file:read --directories:text --devices:text --binary
  --extended-regexp --fixed-strings --basic-regexp --perl-regexp --regexp:any --ignore-case --no-ignore-case --word-regexp
  --line-regexp --count --color?text --colour?text --files-with-matches --files-without-match --max-count:number
  --only-matching --quiet --silent --no-messages --byte-offset --with-filename --no-filename --label:text --line-number
  --initial-tab --null --after-context:number --before-context:number --context:number --group-separator:text --no-group-separator
  --text --binary-files:text --include:pattern --exclude:text --exclude-dir:text --recursive --dereference-recursive
  --invert-match --line-buffered --null-data --version`;

function grep(program: string) {
  return plain(program, {
    options: GREP_OPTIONS,
    digits: true,
    operands: 'read',
    leading: 1,
    unless: ['e', 'regexp', 'f', 'file'],
    recursive:
      program === 'rgrep' ? true : ['r', 'R', 'recursive', 'dereference-recursive', 'd', 'directories'],
    guards: () => GREP_GUARDS,
    needsSandbox: ({ flags }) => flags.has('R') || flags.has('dereference-recursive'),
  });
}

const RG_OPTIONS = `-abcFHiIlnNopPqsSUuvVwx0. -A:number -B:number -C:number -d:number -e:any -E:text -g:filter -j:number -m:number
  -M:number -r:text -t:text -T:text --after-context:number --before-context:number --context:number --regexp:any --glob:filter
  --iglob:text --max-count:number --max-depth:number --max-columns:number --max-filesize:text --replace:text --type:text
  --type-not:text --type-list --color:text --colors:text --column --count --count-matches --case-sensitive --crlf --fixed-strings
  --files --files-with-matches --files-without-match --heading --no-heading --hidden --ignore-case --invert-match --json
  --line-number --no-line-number --line-regexp --multiline --multiline-dotall --no-filename --no-ignore --no-ignore-vcs
  --no-messages --null --one-file-system --only-matching --passthru --pcre2 --pretty --quiet --smart-case --sort:text --sortr:text
  --stats --text --trim --unrestricted --vimgrep --with-filename --word-regexp --no-config --sort-files --encoding:text --threads:number
  --context-separator:text --byte-offset --include-zero --no-unicode --version --engine:text --auto-hybrid-regex --binary --line-buffered
  --block-buffered --null-data --no-column --no-crlf --no-hidden --no-json --no-stats --no-trim --no-multiline --no-fixed-strings --ignore
  --no-ignore-dot --no-ignore-exclude --no-ignore-files --no-ignore-global --no-ignore-parent --no-require-git --max-columns-preview --mmap
  --no-mmap --field-context-separator:text --field-match-separator:text --no-context-separator --path-separator:text --pcre2-version
  --unicode --glob-case-insensitive --dfa-size-limit:text --regex-size-limit:text --print0 --no-pcre2 --no-encoding`;

const rg = plain('rg', {
  options: RG_OPTIONS,
  operands: 'read',
  leading: 1,
  unless: ['e', 'regexp', 'files', 'type-list'],
  recursive: true,
  // It is asked after every --glob, so one that takes files in would undo what the guards leave out.
  check: ({ values }) =>
    values.get('iglob')?.some((glob) => !glob.startsWith('!'))
      ? '--iglob may only leave files out, as in --iglob=!*.md'
      : null,
  guards: () => RG_GUARDS,
});

const FIND_TESTS: Readonly<Record<string, 'none' | 'text' | 'look'>> = {
  ...Object.fromEntries(
    `-amin -atime -cmin -ctime -fstype -gid -group -ilname -iname -inum -ipath -iregex -iwholename -links -lname -maxdepth
     -mindepth -mmin -mtime -name -path -perm -regex -regextype -size -type -uid -used -user -wholename -xtype -printf -context -newerat -newerBt -newerct -newermt`
      .split(/\s+/)
      .map((name) => [name, 'text' as const]),
  ),
  ...Object.fromEntries(
    `-depth -d -mount -noleaf -xdev -daystart -empty -executable -false -nogroup -nouser -readable -true -writable -print -print0
     -ls -prune -quit -not -a -and -o -or ! ( ) , -follow -warn -nowarn
     -ignore_readdir_race -noignore_readdir_race`
      .split(/\s+/)
      .map((name) => [name, 'none' as const]),
  ),
  ...Object.fromEntries(
    [...'aBcm'].flatMap((x) => [...'aBcm'].map((y) => [`-newer${x}${y}`, 'look' as const])),
  ),
  '-newer': 'look',
  '-anewer': 'look',
  '-cnewer': 'look',
  '-samefile': 'look',
};

/** `find` with tests and printing only: no action that runs, removes or writes. */
function find(args: readonly Field[], context: CallContext): Outcome {
  if (args.length === 1 && /^-?-(?:help|version)$/.test(args[0]?.text ?? '')) return accept();
  let starts = true;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (arg === undefined) break;
    if (arg.kind === 'dynamic') return refused(unknownWord(arg));
    if (starts && (/^-[HLP]$/.test(arg.text) || /^-O[0-3]$/.test(arg.text))) continue;
    if (starts && !/^[-(),!]/.test(arg.text)) {
      const problem = context.look(arg);
      if (problem !== null) return { ok: false, problem };
      const wide = tooWide(arg.text, false);
      if (wide !== null)
        return refuse(
          'find.reach',
          `find: ${wide} (${arg.source})`,
          'Start in a folder inside the workspace.',
        );
      continue;
    }
    starts = false;
    if (arg.kind !== 'literal') return refused(unknownWord(arg));
    const test = Object.hasOwn(FIND_TESTS, arg.text) ? FIND_TESTS[arg.text] : undefined;
    if (test === undefined)
      return refuse(
        'find.actions',
        `find: ${arg.text} is not known to only test or print`,
        'Use tests such as -name, -path, -type, -size, -mtime, with -print, -printf or -ls; what is to be done with the files is a command of its own.',
      );
    if (test === 'none') continue;
    const value = args[i + 1];
    if (value === undefined)
      return refuse('find.words', `find: ${arg.text} needs a value`, 'Give it its value.');
    if (value.kind !== 'literal') return refused(unknownWord(value));
    const problem = test === 'look' ? context.look(value) : null;
    if (problem !== null) return { ok: false, problem };
    i += 1;
  }
  return accept();
}

const FD_OPTIONS = `-HIusigFapLl0 -t:text -e:text -E:text -d:number -S:text -o:text --hidden --no-ignore --unrestricted --case-sensitive
  --ignore-case --glob --regex --fixed-strings --absolute-path --full-path --follow --list-details --print0 --type:text --extension:text
  --exclude:text --max-depth:number --min-depth:number --exact-depth:number --size:text --changed-within:text --changed-before:text --color:text`;

/** Searching by name and by content. `grep` reads; `find` and `fd` only name. */
export const search: CommandFamily = {
  family: 'search',
  rules: {
    grep: grep('grep'),
    egrep: grep('egrep'),
    fgrep: grep('fgrep'),
    rgrep: grep('rgrep'),
    zgrep: plain('zgrep', {
      options: '-EFPachilnosvwxqHz -A:number -B:number -C:number -e:any -m:number',
      operands: 'read',
      leading: 1,
      unless: ['e'],
    }),
    rg,
    find,
    fd: plain('fd', { options: FD_OPTIONS, operands: 'look', leading: 1, recursive: true }),
    locate: (args) =>
      args.length === 0
        ? accept()
        : refuse('locate', 'locate: it looks over the whole machine', 'Use find in a folder.'),
  },
  allows: [
    'grep -rn TODO src',
    'rg -i timeout -C 2 k8s',
    'find . -name "*.tf" -type f',
    'find src -type f -newer package.json',
    'grep -e a -e b f.txt',
    "grep -v '^#' nginx.conf",
    'grep -f patterns.txt app.log',
    "rg --iglob '!*.md' -n foo src",
    'find . -newercm package.json',
    'find --version',
  ],
  refuses: [
    'grep -rn x /',
    'grep -r url .git/.',
    'rg url .git',
    'rg x ./.config',
    'cd .git && grep -r url .',
    'grep -f .env f',
    'grep -f',
    'grep --directories=recurse x /',
    "rg --iglob '{.env,x}' foo",
    "rg --hidden --iglob='*' foo",
    'rg --ignore-file=.env foo',
    'rg -L foo',
    'find . -newermt',
    'find . -newerXY f',
    'find . -neweram ~/.ssh/id_rsa',
    'find -files0-from x',
    'rg --pre=./x foo',
    'rg -z foo',
    "rg -g '.e*' foo",
    "rg -g '!x' -g '.env' foo",
    "grep -r --include='!.env' --include=.env foo .",
    'find . -delete',
    'find . -exec ls {} +',
    'find . -fprint x',
    'find / -name x',
    'grep -r x ~',
    'rg --search-zip x',
    "grep -r --include='.e*' . .",
    'fd -x rm',
  ],
};
