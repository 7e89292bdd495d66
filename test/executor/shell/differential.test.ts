/**
 * What the executor spawns and prints for an allowed text is what bash would have: both get the same programs,
 * of which some are stubs that say how they were called.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { judgeShell } from '../../../lib/core/shell/judge.ts';
import { programsIn } from '../../../lib/executor/shell/programs.ts';
import { type ShellPlace, shellPlace } from './place.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** They print their arguments; `ls` ends with the status that its last argument names; `wc` copies its input too. */
const STUB = `#!/bin/bash
line="\${0##*/}:$PWD"
for word; do line="$line|$word"; done
printf '%s\\n' "$line" >> LOG
printf '<%s>\\n' "$line"
case "\${0##*/}" in
  wc) cat ;;
  stat) echo "problem of stat" >&2 ;;
  ls) case "\${!#}" in status*) exit "\${!##status}" ;; esac ;;
esac
exit 0
`;
const STUBS = ['ls', 'wc', 'stat', 'du'];
const REAL = [
  'cat',
  'head',
  'sort',
  'grep',
  'printf',
  'test',
  '[',
  'tr',
  'sleep',
  'timeout',
  'seq',
  'uniq',
  'tee',
  'stdbuf',
  'bash',
];

describe('the executor against bash', () => {
  let place: ShellPlace;
  let bin: string;
  let log: string;

  beforeAll(async () => {
    bin = realpathSync(mkdtempSync(path.join(tmpdir(), 'recourse-bin-')));
    log = path.join(bin, 'log');
    for (const name of STUBS) {
      writeFileSync(path.join(bin, name), STUB.replace('LOG', log));
      chmodSync(path.join(bin, name), 0o755);
    }
    for (const name of REAL) symlinkSync(`/usr/bin/${name}`, path.join(bin, name));
    place = await shellPlace({ confined: false, programs: programsIn([bin], []) });
    for (const name of [
      'b.txt',
      'a.txt',
      'c d.txt',
      '.hidden.txt',
      'sub/x.md',
      'sub/y.md',
      'é.txt',
      'Z.txt',
      'q*.txt',
      'qq.txt',
      'q?[z].txt',
      String.raw`q\b.txt`,
    ]) {
      place.write(name, `text of ${name}\nsecond line\n`);
    }
    mkdirSync(path.join(place.root, 'sub/deep'));
    place.link('sub', 'link');
  });
  afterAll(() => {
    place.remove();
    rmSync(bin, { recursive: true, force: true });
  });

  interface Seen {
    readonly status: number | null;
    readonly stdout: string;
    readonly calls: readonly string[];
  }

  function calls(): string[] {
    try {
      return readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .sort();
    } catch {
      return [];
    }
  }

  function bash(text: string): Seen {
    rmSync(log, { force: true });
    const env = { PATH: bin, LANG: 'C.UTF-8', HOME: '/nonexistent', TERM: 'dumb' };
    const args = ['--noprofile', '--norc', '-c', text];
    const { status, stdout } = spawnSync('/bin/bash', args, {
      cwd: place.root,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { status, stdout, calls: calls() };
  }

  async function gateway(text: string): Promise<Seen> {
    rmSync(log, { force: true });
    const { exitCode, stdout, ended } = await place.run(text);
    expect(ended).toBeNull();
    return { status: exitCode, stdout, calls: calls() };
  }

  it.each([
    'ls',
    `ls -la 'a b' "c  d" e\\ f "" ''`,
    `ls "it's" 'say "x"' a"b"'c'd`,
    `ls 'a\\nb' "a\\nb" "\\$HOME" '$HOME' "\\\\"`,
    'ls a; ls b',
    'ls status3',
    'ls status3; ls b',
    'ls status3 && ls no',
    'ls status3 || ls yes',
    'ls status0 && ls yes || ls no',
    'ls status2 && ls no || ls yes',
    'ls status1 || ls status4 && ls no; ls end',
    '! ls status3',
    '! ls status0',
    '! ls a | wc status9',
    'ls a | wc -l',
    'ls a | wc -l | wc -c',
    'ls status3 | wc -l',
    'wc -l | ls status7',
    'ls a | sort -r | head -n 1',
    '(ls a; ls status5)',
    '(ls a; ls b) | wc -l',
    '{ ls a; ls b; } | wc -l',
    '(ls status2) && ls no',
    'cd sub && ls x; cd deep; ls y',
    '(cd sub; ls x); ls y',
    'cd sub | ls x; ls y',
    'cd nowhere; ls a',
    'cd nowhere && ls a',
    'cd sub; (cd deep && pwd); pwd; cd missing || pwd',
    'cd link/deep; pwd; ls ..',
    'cd link && ls .. && cat ../a.txt',
    'for i in 1 "2 3" x; do ls "$i"; done',
    'for i in 1 2; do ls "$i" | wc; done | wc -l',
    'for i in 1 2; do ls status$i; done',
    'if ls status0; then ls yes; else ls no; fi',
    'if ls status1; then ls yes; else ls no; fi',
    'if ls status1; then ls yes; fi',
    'if test -f a.txt; then ls yes; fi; [ -d sub ] && ls dir',
    'ls *.txt',
    'ls *',
    'ls ?.txt [ab].txt [!a]*.txt sub/*.md',
    'ls */*.md */ .h*',
    'ls nothing*',
    'ls su[b]/[x-y].md [[:upper:]]* [^a-z]*',
    'echo *.txt',
    'ls "q*"*',
    "ls 'q*'.tx?",
    'ls q\\**',
    'ls q"?["*',
    'ls *"?"* *"["*',
    'echo \'no*\'* "q*"*.txt q\\?* x"*"y*',
    'for i in q z; do ls "$i*"* $i"*"*; done',
    'ls \'q\\\'* q\\\\* "q\\\\"*',
    "ls [q]'*'* [!q]* su{b,'*'}/*",
    "echo $(echo '*.txt') \"$(echo '*.txt')\" 'q*'$(echo '*') $(echo 'q[*]*')",
    'echo -*nothing --x*y',
    'ls {a},b} {a{b,c} a{b}c{d,e} {} {},x} x{} {01..3} {1..03} {-1..1} {3..1..2} {c..a} {a,{b,c}}{1,2}',
    'ls HEAD@{1} "{a,b}" \\{a,b} {a\\,b} {a,"b c"} {"a,b",c} \'{1..3}\' {,a}b {1..3}{a}',
    "cut -d$'\\t' -f1 a.txt",
    'seq 1 9999999 | head -n 1 && ls yes',
    'seq 1 9999999 | head -c 5; echo $?',
    '(seq 1 9999999; ls after) | head -n 1',
    'seq 1 99999 | sort -rn | uniq | head -n 2',
    'cat; echo $?',
    'cat | wc -c',
    'cat - < a.txt',
    'cat nothing 2>/dev/null || echo $?',
    'grep -q nothing a.txt; echo $?; grep -q line a.txt && echo found',
    'ls status3 | head -n 1; echo $?',
    '! cat nothing 2>/dev/null; echo $?',
    '[ 1 -lt 2 ] && ls yes; [ 2 -lt 1 ] || ls no; [ a = b ]; echo $?',
    '[ -f a.txt -a -d sub ]; echo $?; [ ! -e nothing -o -d a.txt ]; echo $?; test -n ""; echo $?',
    '[[ -f a.txt && ! -d x ]] && ls yes; [[ a == b || 1 -lt 2 ]] && ls both',
    'stat x 1>&2 2>/dev/null | wc',
    'ls a 1>&2 | wc; ls b 2>&1 1>/dev/null | wc',
    'ls a &>/dev/null; stat x &>/dev/null; echo $?',
    'ls a 2>&- ; stat x 2>&- | wc -l',
    'cd sub; cat < x.md; ls *; cd deep && ls ../*.md',
    '(cd sub && ls *) && ls *.md',
    'for f in a.txt b.txt; do [ -f $f ] && cat $f | head -n 1; done',
    'for i in 1 2; do for j in a b; do echo $i$j; done; done | wc -l',
    'if [ -f nothing ]; then ls no; elif [ -d sub ]; then ls elif; else ls else; fi',
    'wc -c <<EOF | head -n 1\nsome text\nEOF',
    "cat <<-'EOF'\n\ttabs gone\n\tEOF",
    'cat <<EOF\na\\$b \\`x\\` \\\\ \\n \\"q\\" "z" \'s\' ~ {a,b} *\nEOF',
    'x=1; cat <<-EOF\n\t$x\n\ty $x\n\t\t\\$x \\\n\tcontinued\nz \\\\\n\tEOF',
    'cat <<-EOF\n\t\ta \\\n\tb\n\tc\n\tEOF',
    'cat <<EOF\nE\\\nOF\nls after',
    'cat <<A <<B\na\nA\nb\nB',
    'timeout 1 sleep 5; echo $?',
    'timeout 5 cat a.txt | head -n 1',
    'cat < a.txt',
    'cat <a.txt | wc -l',
    'wc -l < b.txt',
    'wc < nowhere; ls after',
    'cat < /dev/null',
    'wc <<< "hello world"',
    "wc <<'EOF'\nline one\n$HOME `x`\nEOF",
    'ls a > /dev/null',
    'ls a > /dev/null 2>&1; ls b',
    'stat x 2>&1',
    'stat x 2>&1 | wc -l',
    'stat x 2>/dev/null | wc -l',
    'stat x |& wc -l',
    'stat x 2>&1 >/dev/null | wc -l',
    'stat x >/dev/null 2>&1 | wc -l',
    '(stat x; stat y) 2>&1 | wc',
    'echo a b   c',
    'echo -n a; echo -e "b\\tc\\x41\\0101\\u00e9"; echo -E "\\n"',
    'echo -e "stop\\chere"; echo -ne "x\\n"; echo -nope',
    'echo "" a ""',
    'echo --help',
    "printf '%s-%d\\n' a 1 b 2",
    "printf '%5s|%-5s|%05.1f\\n' a b 1.25",
    'echo $(ls a)',
    'echo "$(ls a)"',
    'echo x$(ls "a   b")y "z$(ls status4)" $?',
    'echo $(ls status4) $?',
    'echo "$(cat a.txt)" | wc',
    'echo $(true) x "$(true)" y',
    'ls status3; echo $?',
    'ls a | ls status3; echo $?; echo $?',
    'true && echo yes; false || echo no; ! true; echo $?; :',
    'ls a && (ls status2; echo $?) | wc',
    'sleep 0 && ls done',
    'x=1; ls $x "$x"',
    'ls {a,b}{1,2} {1..3}',
    'timeout 5 ls status3',
    'set -e; ls a; ls status3; ls no',
    'set -e; ls status3 || ls b; ls c',
    'set -e; ls status3 && ls b; ls c',
    'set -e; ls a && ls status4; ls no',
    'set -e; (ls status3; ls no); ls no',
    'set -e; (ls status3; ls b) || ls c; ls d',
    'set -e; if ls status3; then ls no; fi; ls b',
    'set -e; if ls a; then ls status5; ls no; fi; ls no',
    'set -e; ! ls a; ls b',
    'set -e; ls status3 | wc; ls b',
    'set -eo pipefail; ls status3 | wc; ls no',
    'set -euo pipefail; ls a | wc status9; ls b',
    'set -o pipefail; ls status3 | wc | (wc; ls status4) | wc; echo $?',
    'set -o pipefail; ls status3 | wc; echo $?; set +o pipefail; ls status3 | wc; echo $?',
    'set -Eeuo pipefail\nls a\nls status1\nls no',
    'set -e; set +e; ls status3; ls b',
    'set -e; echo "$(ls status3; ls b)"; ls c',
    'set -e; { ls status3; ls b; } | wc; ls c',
    'set -e; { ls status2; ls b; } || ls c',
    'set -e; for i in 1 2; do ls status$i; done; ls no',
    'set -e; cd nowhere; ls no',
    'set -e; cd nowhere || cd sub; ls b',
    'set -e; [ -f nothing ]; ls no',
    'set -e; [ -f nothing ] && ls x; ls b',
    'set -e; timeout 5 ls status3; ls no',
    "set -e; bash -c 'ls status3; ls b'; ls c",
    "ls status3; bash -c 'echo $?'; (echo $?)",
    '(set -e; ls status3; ls no); ls b; echo $?',
    'set -e; echo "$(set -e; ls status3; ls b)"; ls c',
    'echo "$(set -e; ls status3; ls b)" || ls c; ls d',
    'if echo "$(set -e; ls status3; ls b)"; then ls c; fi',
    'stdbuf -oL cat a.txt',
    'for f in *.txt; do ls "$f"; done',
    'for f in *.txt; do echo "== $f"; head -n 1 "$f" | wc; done | wc -l',
    'for f in sub/*.md; do ls "$f"; cat "$f"; done',
    'for f in sub/*.md nothing* a.txt; do ls "$f" && echo "$f" "x$f"; done; ls after',
    'for d in */; do (cd "$d" && ls *.md); done; pwd',
    'x=1; for f in [ab].txt; do for i in 1 2; do ls $x $i "$f"; done; done',
    'for f in [ab].txt; do for g in sub/*; do echo "$f $g"; done; done',
    'for f in sub/*; do [ -f "$f" ] && echo "$f"; done; echo $?',
    'set -e; for f in [ab].txt; do ls "$f"; ls status2; done; ls no',
    'for f in sub/*.md; do echo "$(basename "$f" .md) $(wc -l < "$f")"; done',
    'for f in [ab].txt; do cat <(echo "$f"); done',
    'if for f in [ab].txt; do ls "$f" status3; done; then ls no; else ls yes; fi',
    'cat <(ls a) <(ls b; ls c)',
    'diff <(sort a.txt) <(sort b.txt)',
    'diff <(sort a.txt) b.txt; echo $?',
    'wc -l <(ls a) a.txt',
    'grep -f <(echo second) a.txt | sort -r <(ls x) -',
    'cat <(cat <(ls a); echo b)',
    'ls status3; cat <(echo $?; ls status4); echo $?',
    'cat <(ls status3) && ls b',
    'cd sub; cat <(cd deep; pwd) <(pwd)',
    'set -e; cat <(ls status3; ls no); ls b',
    'for i in 1 2; do cat <(echo $i); done | cat - <(echo end)',
    'comm -12 <(sort a.txt) <(sort b.txt) 2>/dev/null; head -n 1 <(seq 1 20)',
    'echo "$(cat <(ls a))" | cat <(cat) -',
    'cat a.txt | tee /dev/null | wc',
    'tree || ls a',
    'tree; echo $?',
    'ls a ;  ls b\nls c # comment',
    'cat a.txt | head -n 1 | tr a-z A-Z',
    'cat a.txt b.txt | grep -c line',
    'sort -r a.txt | head -1',
  ])('%s', async (text) => {
    expect(await gateway(text)).toEqual(bash(text));
  });

  it('agrees on commands that were changed at random', async () => {
    const parts = fc.constantFrom(
      ...[
        'ls -la a.txt',
        'wc -l < b.txt',
        'echo "a  b" c',
        'cat a.txt | wc',
        'stat x 2>&1',
        'ls *.txt',
        'ls {a,b}',
        'cat <(ls a) <(ls b)',
        'for f in *.txt sub/*; do ls "$f"; done',
        'set -eo pipefail; ls a | wc; ls b',
      ],
      ...[
        "wc <<'E'\nhi\nE\n",
        'x=1; ls $x "$x"',
        'for i in 1 2; do ls $i; done',
        '(cd sub; ls)',
        'ls a && du b',
      ],
      ...['wc <<< "a $((1+2))"', 'echo $(ls a) $?', '[ -f a.txt ] && ls', 'if ls; then du; fi', '! ls | wc'],
    );
    const scraps = fc.constantFrom(
      ...[
        '"',
        "'",
        '\\',
        '*',
        '?',
        '[a-b]',
        '{',
        '}',
        ',',
        '..',
        '(',
        ')',
        ';',
        '&',
        '|',
        '<',
        '>',
        '\n',
        '\\\n',
        ' ',
      ],
      ...[
        '$',
        '$x',
        '"$x"',
        '$(ls b)',
        '<(ls d)',
        'status1',
        '"$f"',
        'set -e;',
        '`ls c`',
        '$((2*3))',
        '~',
        '#',
        ' # ',
        '!',
        '-',
        '=',
        "''",
        '\\$',
        '2>&1',
        '\t',
      ],
      ...[
        '<<E\nb\nE\n',
        '<<<',
        '>/dev/null',
        ' | ',
        ' && ',
        ' || ',
        '; ',
        '$?',
        '$[',
        '{a,b}',
        '{1..2}',
        'do ',
        '\\*',
      ],
    );
    const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), scraps, fc.nat(2));
    const changed = fc.tuple(parts, fc.option(parts), edit, fc.array(edit, { maxLength: 2 }));
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(changed, async ([first, second, edited, more]) => {
        let text = second === null ? first : `${first}\n${second}`;
        for (const [place, scrap, cut] of [edited, ...more]) {
          const at = Math.floor(place * text.length);
          text = text.slice(0, at) + scrap + text.slice(at + cut);
        }
        if (judgeShell(text).decision !== 'allow') return;
        // What leads out of the root is refused only now.
        if ((await place.run(text)).ended?.by === 'path') return;
        compared += 1;
        expect(await gateway(text), text).toEqual(bash(text));
      }),
      { numRuns: 1500, seed: 20240501 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  it('agrees on scripts put together at random', async () => {
    const word = fc.constantFrom('a', "'b c'", '"d  e"', '*.txt', 'sub/*', 'f\\ g', '""', '-l');
    const simple = fc
      .tuple(
        fc.constantFrom('ls', 'wc', 'du', 'echo'),
        fc.array(word, { maxLength: 3 }),
        fc.constantFrom('', ' status0', ' status1', ' status3'),
      )
      .map(([name, words, status]) => `${[name, ...words].join(' ')}${name === 'ls' ? status : ''}`);
    const script = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        simple,
        fc
          .tuple(tie('node'), fc.constantFrom(' && ', ' || ', '; '), tie('node'))
          .map((parts) => parts.join('')),
        // Whoever stands behind a pipe reads it: what a writer whose reader has gone still does is a matter of luck.
        fc.tuple(tie('node'), tie('node')).map(([left, right]) => `${left} | (wc; ${right})`),
        tie('node').map((inner) => `(${inner})`),
        simple.map((inner) => `! ${inner}`),
        tie('node').map((inner) => `(cd sub; ${inner})`),
        tie('node').map((inner) => `cat <(${inner})`),
        tie('node').map((inner) => `for f in [ab].txt sub/*; do ls "$f"; ${inner}; done`),
        tie('node').map((inner) => `(set -e; ${inner})`),
        tie('node').map((inner) => `set -eo pipefail; ${inner}`),
        tie('node').map((inner) => `if ${inner}; then ls; fi`),
        simple.map((inner) => `echo "$(${inner})" $?`),
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(script, async (text) => {
        fc.pre(judgeShell(text).decision === 'allow');
        expect(await gateway(text)).toEqual(bash(text));
      }),
      { numRuns: 60 },
    );
  });
});
