/** Where the parser forgives and a shell does not, nothing is understood. `bash -n` has the last word on both lists. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { expandBraces } from '../../../lib/core/shell/braces.ts';
import { judgeShell } from '../../../lib/core/shell/judge.ts';
import { parseShell } from '../../../lib/core/shell/parse.ts';

function bashAccepts(text: string): boolean {
  const { status, stderr } = spawnSync('/bin/bash', ['-n', '-c', text], { encoding: 'utf8' });
  return status === 0 && stderr === '';
}

describe('a process substitution that touches a word', () => {
  it.each([
    'cat x<(ls)',
    'cat <(ls)x',
    'cat "x"<(ls)',
    'cat <(ls)<(ls)',
    'cat <a<(ls)',
    'cat {a,b}<(ls)',
    'cat -<(ls)',
  ])('%s is one word to a shell, and not understood', (text) => expect(parseShell(text).ok).toBe(false));
  it.each(['cat a<b', 'cat <(ls) x', 'cat <(ls)>/dev/null'])('%s is', (text) =>
    expect(parseShell(text).ok).toBe(true),
  );
});

describe('text that no shell would run', () => {
  it.each(
    [
      'ls ( f',
      'ls (rm f',
      'ls (rm f;',
      'stat(a.txt',
      'ls {1..3} (',
      'cat (<<EOF\nhello\nEOF',
      'cat c<<<]x;cat (*.md',
      'cat <<<a=(b).txt',
      'for f in a b; do wc "$f"; ;done',
      'for f in a b; ; do wc "$f"; done',
      'if ls; ; then pwd; fi',
      'if ls; then pwd; ; fi',
      '(ls; ;)',
      '{ ls; ; }',
      'ls ; ; pwd',
      'ls | | wc',
      'ls && && pwd',
      'ls || ; pwd',
      'echo $[',
      'echo "$["',
      'echo x$[1',
      'wc </dev/null< 2>&1',
      'echo $(ls ( x)',
    ].map((text) => ({ text })),
  )('$text', ({ text }) => {
    expect(bashAccepts(text)).toBe(false);
    const verdict = judgeShell(text);
    expect(verdict.decision).toBe('escalate');
    expect(verdict.reasons[0]?.class).toBe('shell_not_understood');
  });

  it.each(
    [
      'cat <<EOF\n$[\nEOF',
      'echo `ls ( x`',
      'echo $\\\nHOME',
      'echo "$\\\n{x}"',
      'ls >\\\n>x',
      'x=1; ls $x\\\ny',
      'for ""x in a; do ls $x; done',
    ].map((text) => ({
      text,
    })),
  )('or that it would read otherwise: $text', ({ text }) => {
    expect(judgeShell(text).decision).not.toBe('allow');
  });
});

describe('text with all the freedom that a shell gives', () => {
  it.each(
    [
      'ls;pwd',
      'ls ;\n\n# a comment\n pwd # another\n',
      'ls |\n  # why\n  wc -l',
      'ls &&\n pwd ||\n\tdate',
      'ls \\\n  -la \\\n | wc',
      'for f in a b\ndo\n wc "$f"\ndone',
      'for f in a b ;do wc $f;done',
      'if ls;then pwd;elif date;then :;else true;fi',
      'if ls\nthen\n # none\n pwd\nfi',
      '(ls;pwd)',
      '( ls\n)',
      '{ ls; pwd; }|wc',
      '{\nls\n}',
      '! ls',
      '>/dev/null ls',
      'ls 2>/dev/null>/dev/null',
      'ls 2>&1>/dev/null',
      'cat <<A|wc;ls\nhi ( ; ;\nA\npwd',
      'cat <<A && pwd\n(\nA',
      'echo "$(ls; pwd)" `date`',
      "grep '(' f; grep '$[' f; grep \"\\$[\" f",
      'ls \\( \\; a\\ b',
      'true;',
      '  ls  ',
      '\n\nls\n\n',
      '[[ -f a && ( -d b || ! -e c ) ]] && ls',
    ].map((text) => ({ text })),
  )('$text', ({ text }) => {
    expect(bashAccepts(text)).toBe(true);
    expect(judgeShell(text)).toMatchObject({ decision: 'allow', reasons: [] });
  });
});

describe('braces', () => {
  it.each([
    ['a{b,c}d', ['abd', 'acd']],
    ['{1..3}', ['1', '2', '3']],
    ['{01..3..2}x', ['01x', '03x']],
    ['{c..a}', ['c', 'b', 'a']],
    ['{a},b}', ['a}', 'b']],
    ['a{b}c{d,e}', ['a{b}cd', 'a{b}ce']],
    ['{},x}', ['{},x}']],
    ['"{a,b}"', ['"{a,b}"']],
    ['$' + '{x}{a,b}', ['$' + '{x}a', '$' + '{x}b']],
    ['HEAD@{1}..HEAD@{2}', ['HEAD@{1}..HEAD@{2}']],
  ])('%s', (text, words) => expect(expandBraces(text)).toEqual(words));

  it.each(['{a..Z}', '{1..99999999}', '{1..300}', '{a..{b,c}}', '{+1..3}', `{${'a,'.repeat(80)}}`])(
    '%s is not expanded here',
    (text) => expect(expandBraces(text)).toBeNull(),
  );
});
