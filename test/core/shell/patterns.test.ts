import { describe, expect, it } from 'vitest';
import {
  judgeShell,
  parseShellPattern,
  type ShellRules,
  shellFindings,
} from '../../../lib/core/shell/judge.ts';
import type { ShellPattern } from '../../../lib/core/shell/pattern.ts';

function pattern(text: string): ShellPattern {
  const parsed = parseShellPattern(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.pattern;
}

function rules(block: string[], escalate: string[], allow: string[]): ShellRules {
  return { block: block.map(pattern), escalate: escalate.map(pattern), allow: allow.map(pattern) };
}

const NOT_PATTERNS = [
  '',
  'ls |',
  'rm $x',
  'a; b',
  'a && b',
  'A=1 ls',
  'ls > f',
  '"unfinished',
  '! ls',
  '$(x) y z &',
  'for x in a; do b; done',
];

describe('parseShellPattern', () => {
  it.each(NOT_PATTERNS.map((text) => ({ text })))('refuses $text as a value', ({ text }) => {
    const parsed = parseShellPattern(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.problem.length).toBeGreaterThan(0);
  });

  it('reads a process substitution as data flow', () => {
    expect(pattern('bash <(curl ...)').stages.map((stage) => stage.name)).toEqual(['curl', 'bash']);
  });
});

describe('an operator block pattern', () => {
  const cases = [
    [
      'npm publish',
      [
        'npm publish',
        '/usr/bin/npm publish --tag x',
        'env A=1 npm publish',
        "sh -c 'npm publish'",
        'ls && npm --silent publish',
      ],
      ['npm run publish', 'npm install', 'echo npm publish'],
    ],
    [
      'git push -f',
      ['git push --force origin main', 'git push origin main -f', 'git -C x push -vf'],
      ['git push', 'git log -f push'],
    ],
    [
      'helm | kubectl',
      ['helm template x | kubectl apply -f -', 'helm template x | tee y | sudo kubectl apply -f -'],
      ['kubectl get pods | helm', 'helm template x; kubectl get pods'],
    ],
    [
      'rm -r /srv/data',
      ['rm --recursive /srv/data/', 'rm -rf /srv/./data', 'rm -fr "/srv/data"', 'rm x /srv/y/../data -R'],
      ['rm /srv/data', 'rm -r /srv/database'],
    ],
    ['bash <(wget ...)', ['bash <(wget -qO- x)'], ['bash x']],
    ['chmod 666', ['chmod 0666 f', 'chmod -R 666 f', 'find . -exec chmod 666 {} +'], ['chmod 644 f']],
  ] as const;

  it.each(cases.map(([text, hits, misses]) => ({ text, hits, misses })))(
    '$text',
    ({ text, hits, misses }) => {
      const own = rules([text], [], []);
      for (const hit of hits) {
        const verdict = judgeShell(hit, own);
        expect(verdict.decision, hit).toBe('block');
        expect(shellFindings(verdict)[0]?.class).toBe('shell_blocked');
      }
      for (const miss of misses) expect(judgeShell(miss, own).decision, miss).not.toBe('block');
    },
  );
});

describe('an operator escalate pattern', () => {
  it('reaches a read-only command by any path', () => {
    const own = rules([], ['git log', 'ls'], []);
    for (const command of [
      'git log -5',
      '/usr/bin/git log',
      'git --no-pager log',
      'timeout 5 ls',
      'echo $(ls)',
      "bash -c 'ls'",
    ]) {
      const verdict = judgeShell(command, own);
      expect(verdict.decision, command).toBe('escalate');
      expect(verdict.reasons[0]?.rule).toBe('policy.always_escalate');
    }
    expect(judgeShell('git status', own).decision).toBe('allow');
    expect(judgeShell('/usr/bin/aws s3 ls', rules([], ['aws'], ['aws s3 ls'])).decision).toBe('escalate');
  });
});

describe('an operator allow pattern', () => {
  const own = rules([], [], ['make lint', 'cat .env', 'sudo su', 'npm test']);

  it('allows exactly that command, with a script to run', () => {
    const verdict = judgeShell('make lint', own);
    expect(verdict.decision).toBe('allow');
    expect(verdict.pipeline).toEqual({
      kind: 'run',
      program: 'make',
      words: [{ kind: 'text', text: 'lint' }],
      env: {},
      redirects: [],
      paths: [],
      away: false,
    });
    expect(judgeShell('cd src && make lint', own).decision).toBe('allow');
    expect(judgeShell('make "lint" | head', own).decision).toBe('allow');
  });

  it.each(
    [
      'make',
      'make lint x',
      'make -C x lint',
      'A=1 make lint',
      'make lint > f',
      'make $X',
      'make lint; rm f',
      './make lint',
      'make lint &',
      'cat .env',
      'sudo su',
    ].map((command) => ({ command })),
  )('does not allow $command', ({ command }) => {
    expect(judgeShell(command, own).decision).not.toBe('allow');
  });
});
