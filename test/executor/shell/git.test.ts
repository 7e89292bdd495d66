/** A repository that an agent prepared runs nothing when it is only looked at. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeShell } from '../../../lib/core/shell/judge.ts';
import { hardenGit, runsFilters } from '../../../lib/executor/shell/git.ts';
import { describeWith } from '../../support/tools.ts';
import { type ShellPlace, shellPlace } from './place.ts';

function git(place: ShellPlace, ...args: string[]): string {
  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b.c',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b.c',
  };
  return execFileSync('git', args, {
    cwd: place.root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...identity },
  });
}

function trapped(place: ShellPlace): string {
  const mark = path.join(place.state, 'ran');
  const trap = place.write('.trap.sh', `#!/bin/sh\necho "$0 $*" >> ${mark}\ncat\n`, 0o755);
  git(place, 'init', '-q', '-b', 'main');
  place.write('.gitattributes', '*.txt diff=trap\n');
  place.write('a.txt', 'one\n');
  git(place, 'add', 'a.txt', '.gitattributes');
  git(place, 'commit', '-qm', 'first');
  place.write('a.txt', 'two\n');
  for (const name of [
    'core.fsmonitor',
    'core.pager',
    'diff.external',
    'diff.trap.textconv',
    'diff.trap.command',
    'gpg.program',
    'core.sshCommand',
    'pager.log',
    'pager.diff',
    'core.editor',
  ]) {
    git(place, 'config', name, trap);
  }
  git(place, 'config', 'log.showSignature', 'true');
  for (const hook of ['post-index-change', 'pre-commit', 'reference-transaction']) {
    place.write(`.git/hooks/${hook}`, `#!/bin/sh\necho hook >> ${mark}\n`, 0o755);
  }
  return mark;
}

const LOOKS = [
  'git status',
  'git status -s',
  'git log -p',
  'git log --stat',
  'git show HEAD',
  'git diff',
  'git diff HEAD -- a.txt',
  'git diff-tree -p HEAD',
  'git diff-index -p HEAD',
  'git diff-files -p',
  'git stash list -p',
  'git reflog -n 2',
  'git reflog show HEAD',
  'git blame a.txt',
  'git grep -n one',
  'git branch -a',
  'git rev-parse HEAD',
  'git ls-files -m',
  'git --no-pager log -1',
  'git -P diff',
  'git shortlog -s HEAD',
  'git describe --always --dirty',
  'git remote -v',
  'git config user.name',
];

// Unconfined, so that a trap that ran could leave its mark.
describe('git without the sandbox', () => {
  let place: ShellPlace;
  beforeEach(async () => {
    place = await shellPlace({ confined: false, unconfined: true });
  });
  afterEach(() => place.remove());

  it('runs no hook, monitor, pager, driver or signature check of the repository', async () => {
    const mark = trapped(place);
    for (const text of LOOKS) {
      const { stderr, ended } = await place.run(text);
      expect([text, stderr, ended, existsSync(mark)]).toEqual([text, '', null, false]);
    }
    expect((await place.run('git diff')).stdout).toContain('+two');
    expect((await place.run('git log --oneline')).stdout).toContain('first');
    // The trap does catch: without hardening it leaves its mark.
    git(place, 'diff');
    expect(existsSync(mark)).toBe(true);
  });

  it('leaves secret files out of every change that it shows unasked', async () => {
    git(place, 'init', '-q', '-b', 'main');
    place.write('a.txt', 'one\n');
    place.write('.env', 'PASS=hunter2\n');
    place.write('sub/prod.tfvars', 'pass = "hunter2"\n');
    place.write('sub/Secrets.yaml', 'pass: hunter2\n');
    place.write('.aws/config', 'pass = hunter2\n');
    git(place, 'add', '-A');
    git(place, 'commit', '-qm', 'first');
    for (const name of ['a.txt', '.env', 'sub/prod.tfvars', 'sub/Secrets.yaml', '.aws/config'])
      place.write(name, 'two with hunter2hunter2\n');
    place.write('a.txt', 'two\n');
    const plain = [
      ...[
        'git diff',
        'git diff HEAD',
        'git diff -- .',
        'git diff -w HEAD -- a.txt sub',
        'git show',
        'git show HEAD',
      ],
      ...[
        'git show HEAD~0 -- .',
        'git log -p',
        'git log -p -1 -- .',
        'git diff-tree -p --root HEAD',
        'git diff-index -p HEAD',
      ],
      ...[
        'git diff-files -p',
        'git log --patch --stat --all',
        'git show --stat -p',
        'git whatchanged -p',
        'git log -p HEAD HEAD:a.txt --',
        'git diff --cached HEAD',
      ],
    ];
    for (const text of plain) {
      const { stdout, stderr, exitCode } = await place.run(text);
      expect([text, stderr, exitCode], text).toEqual([text, '', 0]);
      expect(stdout, text).not.toContain('hunter2');
      if (!text.includes('cached') && !text.includes('-- .')) expect(stdout, text).toContain('a.txt');
    }
    expect((await place.run('git diff --stat')).stdout).toContain('.env');
    expect((await place.run('git log --stat')).stdout).toContain('.env');
    expect((await place.run('git show HEAD:a.txt')).stdout).toBe('one\n');
    expect((await place.run('git log --follow -p a.txt')).stdout).toContain('+one');
    expect((await place.run('git log -L1,1:a.txt')).stdout).toContain('+one');
    expect((await place.run('git grep -e one --and -e ne')).stdout).toBe('');
    git(place, 'stash', '-q');
    expect(await place.run('git stash show -p')).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await place.run('git stash list -p')).stdout).not.toContain('hunter2');
    expect((await place.run('git stash show')).stdout).toContain('.env');
    expect((await place.run('git stash show -p')).stdout).toContain('+two');
    for (const text of ['git stash show', 'git stash show -p stash@{0}', 'git log -G hunter2 --oneline'])
      expect((await place.run(text)).stdout, text).not.toContain('hunter2');
    expect((await place.run('git log -G hunter2 --format=%s')).stdout).toBe('');
  });

  it('shows no file by the id of its content', async () => {
    git(place, 'init', '-q', '-b', 'main');
    place.write('.env', 'PASS=hunter2\n');
    place.write('a.txt', 'one\n');
    git(place, 'add', '-A');
    git(place, 'commit', '-qm', 'first');
    const id = git(place, 'rev-parse', 'HEAD:.env').trim();
    const commit = git(place, 'rev-parse', 'HEAD').trim();
    for (const one of [id, id.slice(0, 8), `v1-0-g${id.slice(0, 9)}`]) {
      const seen = await place.run(`git show ${one}`);
      expect(seen.exitCode, one).not.toBe(0);
      expect(seen.stdout + seen.stderr, one).not.toContain('hunter2');
    }
    expect((await place.run(`git show ${commit}`)).stdout).toContain('+one');
    expect((await place.run(`git show ${commit}`)).stdout).not.toContain('hunter2');
    expect((await place.run(`git show --stat ${commit.slice(0, 7)}`)).stdout).toContain('.env');
  });

  it('runs no filter of the repository, however its settings name it', async () => {
    const mark = trapped(place);
    const trap = path.join(place.root, '.trap.sh');
    git(place, 'config', 'filter.one.clean', trap);
    git(place, 'config', 'filter.Two.x.process', trap);
    place.write('.git/more', `[filter "three"]\n\tclean = ${trap}\n\trequired = true\n`);
    git(place, 'config', 'include.path', 'more');
    for (const name of ['b.txt', 'c.txt']) place.write(name, 'one\n');
    git(place, 'add', '-A');
    git(place, 'commit', '-qm', 'second');
    rmSync(mark, { force: true });
    place.write('.gitattributes', 'a.txt filter=one\nb.txt filter=Two.x\nc.txt filter=three\n');
    for (const name of ['a.txt', 'b.txt', 'c.txt']) place.write(name, `changed ${name}\n`);
    const looks = [
      'git status -s',
      'git diff',
      'git diff HEAD',
      'git blame a.txt',
      'git describe --always --dirty',
    ];
    for (const text of looks)
      expect([text, (await place.run(text)).stderr, existsSync(mark)]).toEqual([text, '', false]);
    expect((await place.run('git diff')).stdout).toContain('+changed c.txt');
    git(place, 'diff', '--no-ext-diff', 'a.txt');
    expect(existsSync(mark)).toBe(true);
  });

  it('reads no bare repository among the files, and no file that settings point to', async () => {
    const mark = trapped(place);
    const inner = path.join(place.root, 'inner');
    git(place, 'init', '-q', '--bare', 'inner');
    execFileSync('git', ['config', '-f', 'inner/config', 'core.bare', 'false'], { cwd: place.root });
    execFileSync('git', ['config', '-f', 'inner/config', 'core.worktree', place.root], { cwd: place.root });
    const seen = await place.run('git status', { cwd: inner });
    expect([seen.stdout, seen.exitCode, existsSync(mark)]).toEqual(['', 128, false]);
    expect(seen.stderr).toContain('bare');
    place.write('.env', 'PASS=hunter2\n');
    for (const name of ['mailmap.file', 'diff.orderFile', 'core.excludesFile'])
      git(place, 'config', name, '.env');
    for (const text of ['git blame a.txt', 'git diff', 'git log', 'git check-ignore -v PASS=hunter2']) {
      const { stdout, stderr } = await place.run(text);
      expect([text, stderr]).toEqual([text, '']);
      expect(stdout, text).not.toContain('.env:');
    }
    place.link('.env', 'revs');
    for (const file of ['.env', 'revs', '../root/.env']) {
      git(place, 'config', 'blame.ignoreRevsFile', file);
      const blame = await place.run('git blame a.txt');
      expect([blame.stdout, blame.exitCode]).toEqual(['', 126]);
      expect(blame.stderr).not.toContain('hunter2');
      expect((await place.run('git diff')).stdout).toContain('+two');
    }
    place.write('sub/b.txt', 'one\n');
    git(place, 'add', 'sub');
    git(place, 'config', 'blame.ignoreRevsFile', 'revs');
    const below = await place.run('git blame b.txt', { cwd: path.join(place.root, 'sub') });
    expect(below.exitCode).toBe(126);
    place.write('ignored-revs', '');
    git(place, 'config', 'blame.ignoreRevsFile', 'ignored-revs');
    expect((await place.run('git blame a.txt')).stdout).toContain('two');
  });

  it('goes into no submodule', async () => {
    const mark = trapped(place);
    const trap = path.join(place.root, '.trap.sh');
    git(place, 'init', '-q', '-b', 'main', 'other');
    place.write('other/x.txt', 'one\n');
    git(place, '-C', 'other', 'add', '-A');
    git(place, '-C', 'other', 'commit', '-qm', 'first');
    git(
      place,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      '--force',
      './other',
      'other',
    );
    git(place, 'commit', '-qm', 'submodule');
    git(place, 'config', 'submodule.other.ignore', 'none');
    git(place, '-C', 'other', 'config', 'filter.trap.clean', trap);
    git(place, '-C', 'other', 'config', 'diff.external', trap);
    place.write('other/.gitattributes', '*.txt filter=trap\n');
    place.write('other/x.txt', 'two\n');
    git(place, '-C', 'other', 'commit', '--allow-empty', '-qm', 'more');
    git(place, 'config', 'diff.submodule', 'diff');
    git(place, 'config', 'status.submoduleSummary', 'true');
    rmSync(mark, { force: true });
    const looks = [
      'git status',
      'git status --ignore-submodules=dirty',
      'git diff',
      'git log -p',
      'git diff-files -p',
    ];
    for (const text of looks) {
      await place.run(text);
      expect([text, existsSync(mark)]).toEqual([text, false]);
    }
    git(place, 'diff', '--no-ext-diff');
    expect(existsSync(mark)).toBe(true);
  });

  it('reads no repository above the root', async () => {
    execFileSync('git', ['init', '-q'], { cwd: path.dirname(place.root) });
    expect((await place.run('git log')).stderr).toContain('not a git repository');
  });

  it('reads nothing of the user’s settings', async () => {
    trapped(place);
    const { stdout } = await place.run('git config core.editor');
    expect(stdout).toContain('.trap.sh');
    expect((await place.run('git config user.email')).exitCode).toBe(1);
  });
});

describeWith('bwrap', 'git in the sandbox', () => {
  it('works as it does outside, and a filter of the repository reaches nothing', async () => {
    const place = await shellPlace();
    const mark = trapped(place);
    git(place, 'config', 'filter.trap.clean', path.join(place.root, '.trap.sh'));
    place.write('.gitattributes', '*.txt filter=trap\n');
    const status = await place.run('git status -s');
    expect(status.stdout).toContain('a.txt');
    expect(status.exitCode).toBe(0);
    expect(existsSync(mark)).toBe(false);
    expect((await place.run('git log --oneline | wc -l')).stdout).toBe('1\n');
    place.remove();
  });
});

describe('what git needs the sandbox for', () => {
  const script = (text: string) => {
    const { pipeline } = judgeShell(text);
    if (pipeline === null) throw new Error(`${text} is not allowed`);
    return pipeline;
  };
  it.each([
    'git status',
    'git diff',
    'ls && git blame a.txt',
    'echo "$(git status)"',
    'if git diff --quiet; then ls; fi',
  ])('needed: %s', (text) => expect(runsFilters(script(text))).toBe(true));
  it.each(['git log', 'git --version', 'git branch', 'ls | cat', 'git -P show HEAD'])(
    'not needed: %s',
    (text) => expect(runsFilters(script(text))).toBe(false),
  );
  it('puts the flags where git takes them', () => {
    expect(hardenGit(['-P', 'log', '-p'])).toEqual([
      '--no-pager',
      '-P',
      'log',
      '--no-ext-diff',
      '--no-textconv',
      '-p',
    ]);
    expect(hardenGit(['stash', 'show', '-p'])).toEqual([
      '--no-pager',
      'stash',
      'show',
      '--no-ext-diff',
      '--no-textconv',
      '-p',
    ]);
    expect(hardenGit(['reflog', 'exists', 'x'])).toEqual(['--no-pager', 'reflog', 'exists', 'x']);
    expect(hardenGit(['--version'])).toEqual(['--version']);
  });
});
