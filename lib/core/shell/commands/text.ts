import { plain } from './options.ts';
import type { CommandFamily } from './rule.ts';

/** Filters that turn text into text. Options from the GNU coreutils and util-linux manuals. */
export const text: CommandFamily = {
  family: 'text',
  rules: {
    sort: plain('sort', {
      options: `-bdfghiMnrRsuVzcCm -k:text -t:text -S:text --key:text --field-separator:text --ignore-leading-blanks --dictionary-order
        --ignore-case --general-numeric-sort --human-numeric-sort --month-sort --numeric-sort --reverse --version-sort --unique
        --stable --zero-terminated --check?text --merge --sort:text --parallel:number --debug --ignore-nonprinting --random-sort`,
      operands: 'read',
    }),
    uniq: plain('uniq', {
      options:
        '-cdDiuz -f:number -s:number -w:number --count --repeated --all-repeated?text --ignore-case --unique --skip-fields:number --skip-chars:number --check-chars:number --group?text --zero-terminated',
      operands: 'read',
      most: 1,
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
      options:
        '-tnxeLRJ -c:number -s:text -o:text -N:text -H:text -O:text -W:text -T:text -E:text -d --table --separator:text --output-separator:text --table-columns:text --json --output-width:number --fillrows --table-right:text --table-truncate:text --table-hide:text --table-noheadings',
      operands: 'read',
    }),
    comm: plain('comm', {
      options: '-123z --check-order --nocheck-order --output-delimiter:text --total --zero-terminated',
      operands: 'read',
      most: 2,
    }),
    join: plain('join', {
      options:
        '-iz -a:number -e:text -j:number -o:text -t:text -v:number -1:number -2:number --ignore-case --check-order --nocheck-order --header',
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
        '-cstu -p:text -w:number -g:number --crown-margin --split-only --tagged-paragraph --uniform-spacing --width:number --prefix:text',
      digits: true,
      operands: 'read',
    }),
    pr: plain('pr', {
      options: '-adfFJmrtTv -h:text -l:number -n?text -o:number -s?text -w:number',
      digits: true,
      operands: 'read',
    }),
    expand: plain('expand', { options: '-i -t:text --initial --tabs:text', operands: 'read' }),
    unexpand: plain('unexpand', { options: '-a -t:text --all --first-only --tabs:text', operands: 'read' }),
    rev: plain('rev', { options: '-0 --zero', operands: 'read' }),
    tsort: plain('tsort', { options: '', operands: 'read', most: 1 }),
    colrm: plain('colrm', { options: '', operands: 'text', most: 2 }),
    look: plain('look', { options: '-df', operands: 'text', most: 1 }),
    iconv: plain('iconv', {
      options: '-cls -f:text -t:text --from-code:text --to-code:text --list --silent',
      operands: 'read',
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
        '-z -d:text --from:text --to:text --suffix:text --format:text --field:text --header?number --padding:number --round:text --grouping --from-unit:number --to-unit:number --invalid:text --delimiter:text',
      operands: 'text',
    }),
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
    'base64 f -o out',
    'sort -ro x f',
  ],
};
