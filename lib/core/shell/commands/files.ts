import { isSecretName } from '../secrets.ts';
import { DIFF_GUARDS } from './left-out.ts';
import { plain } from './plain.ts';
import { type CommandFamily, printing } from './rule.ts';

/** Listing and reading files. Options from the GNU coreutils, util-linux, diffutils and procps manuals. */
export const files: CommandFamily = {
  family: 'files',
  rules: {
    ls: plain('ls', {
      options: `-aAbBcCdDfFgGhHiklLmnNopqQrRsStuUvxXZ1 -I:pattern -w:number -T:number --all --almost-all --author --escape --ignore-backups
        --color?text --directory --classify?text --file-type --format:text --full-time --group-directories-first --no-group
        --human-readable --si --dereference --dereference-command-line --hide:pattern --indicator-style:text --inode --ignore:pattern
        --kibibytes --literal --numeric-uid-gid --quote-name --quoting-style:text --reverse --recursive --size --sort:text
        --time:text --time-style:text --width:number --context --zero --block-size:text --tabsize:number --dired --hyperlink?text
        --hide-control-chars --show-control-chars --dereference-command-line-symlink-to-dir`,
      operands: 'look',
      recursive: ['R', 'recursive'],
    }),
    tree: plain('tree', {
      options: `-adflxnNQpugshDFrtcUvCAJXiS -L:number -P:pattern -I:pattern -H:text -T:text -o:text --dirsfirst --filesfirst --noreport --prune --du --si
        --inodes --device --gitignore --matchdirs --ignore-case --sort?text --filelimit:number --timefmt:text --charset:text --metafirst --nolinks
        --fromfile`,
      operands: 'look',
      recursive: true,
      check: ({ flags, operands }) => {
        if (flags.has('o')) return '-o writes a file';
        if (flags.has('fromfile')) return '--fromfile reads a file';
        // With it, a file that is named is read for patterns.
        return flags.has('gitignore') && operands.some(({ text }) => isSecretName(text))
          ? '--gitignore reads what is named'
          : null;
      },
    }),
    stat: plain('stat', {
      options: '-Lft -c:text --dereference --file-system --format:text --printf:text --terse --cached:text',
      operands: 'look',
      least: 1,
    }),
    du: plain('du', {
      options: `-aAbcDhHkLlmPsSx0 -d:number -B:text -t:text --all --apparent-size --bytes --total --max-depth:number --human-readable
        --inodes --one-file-system --summarize --separate-dirs --si --block-size:text --threshold:text --time?text
        --time-style:text --exclude:text --dereference --no-dereference --dereference-args --count-links --null`,
      operands: 'look',
      recursive: true,
    }),
    df: plain('df', {
      options:
        '-ahHikPTlv -B:text -t:text -x:text --all --block-size:text --human-readable --si --inodes --local --portability --print-type --total --type:text --exclude-type:text --output?text --no-sync',
      operands: 'look',
    }),
    realpath: plain('realpath', {
      options:
        '-emLPqsz --canonicalize-existing --canonicalize-missing --logical --physical --quiet --strip --no-symlinks --zero --relative-to:look --relative-base:look',
      operands: 'look',
    }),
    readlink: plain('readlink', {
      options:
        '-efmnqsvz --canonicalize --canonicalize-existing --canonicalize-missing --no-newline --quiet --silent --verbose --zero',
      operands: 'look',
    }),
    basename: printing(
      plain('basename', { options: '-az -s:text --multiple --suffix:text --zero', operands: 'text' }),
    ),
    dirname: printing(plain('dirname', { options: '-z --zero', operands: 'text' })),
    pathchk: plain('pathchk', { options: '-pP --portability', operands: 'text' }),
    namei: plain('namei', {
      options: '-lmonvx --long --modes --owners --nosymlinks --vertical',
      operands: 'look',
    }),
    pwd: plain('pwd', { options: '-LP --logical --physical', operands: 'none' }),
    file: plain('file', {
      options:
        '-bhiLkNnrs0v -F:text -e:text -P:text --brief --mime --mime-type --mime-encoding --dereference --no-dereference --keep-going --separator:text --extension --exclude:text --exclude-quiet:text --parameter:text --no-buffer --no-pad --print0 --raw --special-files --apple',
      operands: 'read',
    }),
    cat: plain('cat', {
      options:
        '-AbeEnstTuv --show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs --show-nonprinting',
      operands: 'read',
    }),
    tac: plain('tac', { options: '-br -s:text --before --regex --separator:text', operands: 'read' }),
    nl: plain('nl', {
      options:
        '-p -b:text -d:text -f:text -h:text -i:number -l:number -n:text -s:text -v:number -w:number --body-numbering:text --number-format:text --number-separator:text --number-width:number --starting-line-number:number',
      operands: 'read',
    }),
    head: plain('head', {
      options:
        '-qvz -c:number -n:number --bytes:number --lines:number --quiet --silent --verbose --zero-terminated',
      digits: true,
      operands: 'read',
    }),
    tail: plain('tail', {
      options:
        '-fFqrvz -c:number -n:number -s:number --bytes:number --lines:number --follow?text --quiet --silent --verbose --retry --sleep-interval:number --pid:number --zero-terminated --max-unchanged-stats:number',
      digits: true,
      operands: 'read',
    }),
    wc: plain('wc', {
      options: '-clLmw --bytes --chars --lines --words --max-line-length --total:text',
      operands: 'read',
    }),
    od: plain('od', {
      options:
        '-abcdfhilosvx -A:text -j:number -N:number -t:text -w?number -S?number --address-radix:text --skip-bytes:number --read-bytes:number --format:text --output-duplicates --width?number --endian:text',
      operands: 'read',
    }),
    hexdump: plain('hexdump', {
      options:
        '-bcCdovx -n:number -s:number -e:text -L?text --canonical --length:number --skip:number --no-squeezing --one-byte-octal --one-byte-char --two-bytes-decimal --two-bytes-octal --two-bytes-hex --format:text --color?text',
      operands: 'read',
    }),
    xxd: plain('xxd', {
      // It reads no clusters, stops reading options at the first file, and writes to the second.
      options: '-a -b -C -d -e -E -i -p -u -c:number -g:number -l:number -n:text -o:number -s:number',
      operands: 'read',
      most: 1,
      optionsFirst: true,
      clusters: false,
    }),
    strings: plain('strings', {
      options:
        '-adfow -n:number -t:text -e:text -s:text -U:text --all --data --bytes:number --radix:text --encoding:text --print-file-name --include-all-whitespace --output-separator:text --unicode:text',
      digits: true,
      operands: 'read',
    }),
    cmp: plain('cmp', {
      options:
        '-bls -n:number -i:text --print-bytes --verbose --quiet --silent --bytes:number --ignore-initial:text',
      operands: 'read',
    }),
    diff: plain('diff', {
      options: `-abBdeEHinNpqrstTuwyZ -c -C:number -U:number -I:text -x:text -W:number -L:text -F:text -S:text -D:text --brief --unified?number --context?number --recursive
        --side-by-side --width:number --suppress-common-lines --ignore-case --ignore-all-space --ignore-space-change --ignore-blank-lines
        --ignore-trailing-space --ignore-matching-lines:text --text --new-file --strip-trailing-cr --color?text --minimal --normal --report-identical-files
        --exclude:text --label:text --expand-tabs --speed-large-files --no-dereference --left-column --ed --show-c-function --ignore-tab-expansion --rcs --show-function-line:text
        --initial-tab --tabsize:number --suppress-blank-empty --unidirectional-new-file --ignore-file-name-case --no-ignore-file-name-case
        --starting-file:text --ifdef:text --line-format:text --old-line-format:text --new-line-format:text --unchanged-line-format:text
        --old-group-format:text --new-group-format:text --unchanged-group-format:text --changed-group-format:text --horizon-lines:number --palette:text`,
      digits: true,
      operands: 'read',
      most: 2,
      recursive: ['r', 'recursive'],
      // Two folders are compared file by file without any option.
      guards: () => DIFF_GUARDS,
      guarded: true,
      // On its way through folders it follows links.
      needsSandbox: ({ flags }) => flags.has('r') || flags.has('recursive'),
    }),
    md5sum: plain('md5sum', { options: '-btz --binary --text --tag --zero', operands: 'read' }),
    sha1sum: plain('sha1sum', { options: '-btz --binary --text --tag --zero', operands: 'read' }),
    sha256sum: plain('sha256sum', { options: '-btz --binary --text --tag --zero', operands: 'read' }),
    sha512sum: plain('sha512sum', { options: '-btz --binary --text --tag --zero', operands: 'read' }),
    b2sum: plain('b2sum', {
      options: '-btz -l:number --length:number --binary --text --tag --zero',
      operands: 'read',
    }),
    shasum: plain('shasum', {
      options: '-btU -a:number --algorithm:number --binary --text',
      operands: 'read',
    }),
    cksum: plain('cksum', {
      options: '-z -a:text -l:number --algorithm:text --length:number --tag --untagged --zero',
      operands: 'read',
    }),
    sum: plain('sum', { options: '-rs --sysv', operands: 'read' }),
    zcat: plain('zcat', {
      options: '-flqtv --force --list --quiet --test --verbose',
      operands: 'read',
    }),
    sha224sum: plain('sha224sum', { options: '-btz --binary --text --tag --zero', operands: 'read' }),
    sha384sum: plain('sha384sum', { options: '-btz --binary --text --tag --zero', operands: 'read' }),
  },
  allows: [
    'ls -lah src',
    'cat README.md',
    'head -20 main.tf',
    'tail -n +5 app.log',
    'du -sh *',
    'diff -u a.txt b.txt',
    'stat -c %s main.tf',
    'tree -L 2',
    'ls -R src',
    'ls --help',
    'diff --version',
    'xxd -l 16 -p a.bin',
    'diff -rq --exclude=.git a b',
    'file --mime-type -- README.md',
    'basename "$(pwd)" .git',
  ],
  refuses: [
    'ls -R /',
    'basename "$TOKEN"',
    'basename "$(rm x)"',
    'dirname ~',
    'cat .env',
    'diff .git a',
    'cat /etc/apt/auth.conf.d/90x',
    'cat *',
    'tree -o out',
    'du -s --files0-from=x',
    'head --li=3 f',
    'diff --to-file=x a',
    'file -m x f',
    'du -sh /',
    'xxd -r x',
    'xxd a.txt -b',
    'xxd -ps 1 out',
    'xxd -bi a.txt',
    'file -p x',
    'diff -l a b',
    'tree --gitignore .env',
    'tree -R -L 1',
    'tree --houtro=x',
    'sha256sum -c sums',
    'file -C',
    'file -f names.txt',
  ],
};
