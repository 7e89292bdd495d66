import { plain } from './plain.ts';
import type { CommandFamily } from './rule.ts';

/** Filters that turn text into text. Options from the GNU coreutils and util-linux manuals. */
export const text: CommandFamily = {
  family: 'text',
  rules: {
    sort: plain('sort', {
      options: `-bdfghiMnrRsuVzcCm -k:text -t:text -S:text --key:text --field-separator:text --ignore-leading-blanks --dictionary-order
        --ignore-case --general-numeric-sort --human-numeric-sort --month-sort --numeric-sort --reverse --version-sort --unique
        --stable --zero-terminated --check?text --merge --sort:text --parallel:number --debug --ignore-nonprinting --random-sort
        --batch-size:number --buffer-size:text`,
      operands: 'read',
    }),
    uniq: plain('uniq', {
      options:
        '-cdDiuz -f:number -s:number -w:number --count --repeated --all-repeated?text --ignore-case --unique --skip-fields:number --skip-chars:number --check-chars:number --group?text --zero-terminated',
      operands: 'read',
      most: 1,
      // Not everywhere are options read behind a file: there the next word is where the output goes.
      optionsFirst: true,
    }),
    cut: plain('cut', {
      options:
        '-nsz -b:text -c:text -d:text -f:text --bytes:text --characters:text --delimiter:text --fields:text --only-delimited --complement --output-delimiter:text --zero-terminated',
      operands: 'read',
    }),
    tr: plain('tr', {
      options: '-cCdst --complement --delete --squeeze-repeats --truncate-set1',
      operands: 'text',
      least: 1,
      most: 2,
    }),
    column: plain('column', {
      options: `-txeLJd -c:number -s:text -o:text -N:text -H:text -O:text -W:text -T:text -E:text -R:text -l:number -r:text -i:text -p:text --table
        --separator:text --output-separator:text --table-columns:text --json --output-width:number --fillrows --table-right:text
        --table-truncate:text --table-hide:text --table-noheadings --table-name:text --table-order:text --table-columns-limit:number
        --table-noextreme:text --table-header-repeat --table-wrap:text --keep-empty-lines --tree:text --tree-id:text --tree-parent:text`,
      operands: 'read',
    }),
    comm: plain('comm', {
      options: '-123z --check-order --nocheck-order --output-delimiter:text --total --zero-terminated',
      operands: 'read',
      most: 2,
    }),
    join: plain('join', {
      options:
        '-iz -a:number -e:text -j:number -o:text -t:text -v:number -1:number -2:number --ignore-case --check-order --nocheck-order --header --zero-terminated',
      operands: 'read',
      most: 2,
    }),
    paste: plain('paste', {
      options: '-sz -d:text --delimiters:text --serial --zero-terminated',
      operands: 'read',
    }),
    fold: plain('fold', {
      options: '-bs -w:number --bytes --spaces --width:number',
      digits: true,
      operands: 'read',
    }),
    fmt: plain('fmt', {
      options:
        '-cstu -p:text -w:number -g:number --crown-margin --split-only --tagged-paragraph --uniform-spacing --width:number --prefix:text --goal:number',
      digits: true,
      operands: 'read',
    }),
    pr: plain('pr', {
      options: `-acdfFJmrtTv -h:text -l:number -n?text -o:number -s?text -w:number -W:number -N:number -D:text -e?text -i?text --columns:number
        --across --show-control-chars --double-space --date-format:text --expand-tabs?text --form-feed --header:text --join-lines
        --length:number --merge --number-lines?text --first-line-number:number --indent:number --no-file-warnings --separator?text
        --omit-header --omit-pagination --show-nonprinting --width:number --page-width:number --pages:text`,
      digits: true,
      operands: 'read',
    }),
    expand: plain('expand', { options: '-i -t:text --initial --tabs:text', operands: 'read' }),
    unexpand: plain('unexpand', { options: '-a -t:text --all --first-only --tabs:text', operands: 'read' }),
    rev: plain('rev', { options: '-0 --zero', operands: 'read' }),
    tsort: plain('tsort', { options: '', operands: 'read', most: 1 }),
    colrm: plain('colrm', { options: '', operands: 'text', most: 2 }),
    look: plain('look', { options: '-df --alphanum --ignore-case', operands: 'text', most: 1 }),
    iconv: plain('iconv', {
      options: '-cls -f:text -t:text --from-code:text --to-code:text --list --silent --verbose',
      operands: 'read',
      // A name with a slash is a file that describes a character set.
      check: ({ values }) =>
        ['f', 't', 'from-code', 'to-code'].some((name) =>
          values.get(name)?.some((set) => !/^[\w:.+-]*(?:\/\/\w*)*$/.test(set)),
        )
          ? 'the name of a character set holds a slash'
          : null,
    }),
    base64: plain('base64', {
      options: '-di -w:number --decode --ignore-garbage --wrap:number',
      operands: 'read',
      most: 1,
    }),
    base32: plain('base32', {
      options: '-di -w:number --decode --ignore-garbage --wrap:number',
      operands: 'read',
      most: 1,
    }),
    numfmt: plain('numfmt', {
      options:
        '-z -d:text --from:text --to:text --suffix:text --format:text --field:text --header?number --padding:number --round:text --grouping --from-unit:number --to-unit:number --invalid:text --delimiter:text --debug --zero-terminated',
      operands: 'text',
    }),
    // Arithmetic and matching on its own words; it opens nothing.
    seq: plain('seq', {
      options: '-w -f:text -s:text --equal-width --format:text --separator:text',
      digits: true,
      operands: 'text',
      least: 1,
      most: 3,
      check: ({ operands }) =>
        operands.every(({ text }) => /^-?[\d.]{1,7}$/.test(text)) ? null : 'small plain numbers only',
    }),
    factor: plain('factor', { options: '-h', operands: 'text', most: 20 }),
    shuf: plain('shuf', {
      options:
        '-erz -n:number -i:text --echo --head-count:number --input-range:text --repeat --zero-terminated',
      operands: 'read',
    }),
  },
  allows: [
    'sort -t, -k3 -rn report.csv',
    'uniq -c sorted.txt',
    'cut -d: -f1 users.txt',
    'column -t -s, a.csv',
    'base64 -d payload.txt',
    'seq 1 5',
    'paste -sd, names.txt',
    'iconv -f latin1 -t UTF-8//TRANSLIT a.txt',
    'column -t -R 2 a.txt',
  ],
  refuses: [
    'sort -o f f',
    'sort --compress-program=x f',
    'sort --compress-prog=x f',
    'sort -T /x f',
    'uniq in out',
    'uniq *',
    'sort --files0-from=x',
    'shuf -o x f',
    'shuf -e $X',
    'iconv -o x f',
    'iconv -f ./.env f',
    'iconv -t UTF-8/x f',
    'uniq in -c',
    'column -R -o .env',
    'column -n -o .env',
    'base64 f -o out',
    'sort -ro x f',
  ],
};
