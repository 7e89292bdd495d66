/** What an allowed command sees and can do: the root, read-only, and the system; nothing else, not for long. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeShell } from '../../../lib/core/shell/judge.ts';
import type { JudgedScript } from '../../../lib/core/shell/script.ts';
import { programsIn } from '../../../lib/executor/shell/programs.ts';
import { runJudged } from '../../../lib/executor/shell/run-judged.ts';
import { describeWith } from '../../support/tools.ts';
import { type ShellPlace, shellPlace } from './place.ts';

/** A script that no text would be judged to: it looks at the sandbox from inside. */
function bash(text: string): JudgedScript {
  const words = ['-c', text].map((word) => ({ kind: 'text', text: word }) as const);
  return { kind: 'run', program: 'bash', words, env: {}, redirects: [], paths: [], away: false };
}

describeWith('bwrap', 'the sandbox of allowed commands', () => {
  let place: ShellPlace;
  beforeEach(async () => {
    place = await shellPlace();
    place.write('notes.txt', 'some notes\n');
    place.write('.env', 'PASSWORD=hunter2hunter2\n');
  });
  afterEach(() => place.remove());

  function inside(text: string, timeoutMs = 20_000, maxBytes?: number) {
    const call = { cwd: place.root, timeoutMs };
    return runJudged(place.settings, bash(text), call, new AbortController().signal, maxBytes);
  }

  it('runs, with the exit code and both streams', async () => {
    expect(await place.run('ls')).toMatchObject({ exitCode: 0, stdout: 'notes.txt\n', stderr: '' });
    const missing = await place.run('cat nothing.txt');
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain('nothing.txt: No such file');
    expect((await inside('kill -9 $$')).exitCode).toBe(137);
  });

  it('shows nothing of the state folder, of homes and of the machine’s secrets', async () => {
    const seen = await inside(
      `ls -A ${place.state} /root /home /run /tmp /var/lib 2>/dev/null; cat ${place.state}/control.json /etc/shadow`,
    );
    expect(seen.stdout).not.toContain('control token');
    expect(seen.stdout).not.toContain('root:');
    expect(seen.stdout).not.toMatch(/authorized_keys|\.ssh|\.bash/);
  });

  it('opens no input and expands no pattern for a command beyond what the sandbox shows', async () => {
    const state = `${place.state}/control.json`;
    for (const text of [`cat < ${state}`, `cat < ${place.state}/../state/control.json`]) {
      expect(await place.run(text), text).toMatchObject({ stdout: '', ended: { by: 'path' } });
    }
    writeFileSync(path.join(place.state, '../beside.txt'), 'beside the root');
    expect(await place.run(`cat < ${place.state}/../beside.txt`)).toMatchObject({ ended: { by: 'path' } });
    expect((await place.run(`echo ${place.state}/* ${place.root}/../*`)).stdout).toBe(
      `${place.state}/* ${place.root}/../root\n`,
    );
    expect((await place.run(`cat < ${place.root}/notes.txt; head -1 < /etc/hosts`)).exitCode).toBe(0);
    expect((await place.run('echo /etc/host[s]')).stdout).toBe('/etc/hosts\n');
  });

  it('has an environment of its own only', async () => {
    process.env.RECOURSE_TEST_TOKEN = 'not for commands';
    const { stdout } = await inside('env -u _ -u SHLVL -u OLDPWD');
    delete process.env.RECOURSE_TEST_TOKEN;
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0] ?? '');
    expect(names.sort()).toEqual(['HOME', 'LANG', 'PATH', 'PWD', 'TERM']);
    expect(stdout).toContain('HOME=/nonexistent');
  });

  it('cannot write, not even to the root', async () => {
    const targets = [`${place.root}/x`, '/etc/recourse-x', '/usr/recourse-x', '/var/tmp/recourse-x'];
    const result = await inside(
      `${targets.map((file) => `echo x > ${file}`).join('; ')}; mount -o remount,rw / ; rm ${place.root}/notes.txt`,
    );
    expect(result.exitCode).not.toBe(0);
    expect(readdirSync(place.root).sort()).toEqual(['.env', 'notes.txt']);
    for (const file of targets) expect(() => readFileSync(file)).toThrow();
  });

  it('has no network', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const text = `exec 3<>/dev/tcp/127.0.0.1/${address.port} && cat <&3`;
    expect((await inside(text)).stdout).toBe('');
    expect((await promisify(execFile)('/bin/bash', ['-c', text])).stdout).toBe('hello');
    server.close();
  });

  it('sees no other process', async () => {
    const { stdout } = await inside('ls /proc');
    expect(stdout.split('\n').filter((name) => /^\d+$/.test(name)).length).toBeLessThan(6);
  });

  it('gets no more memory than its share, and leaves no core', async () => {
    expect((await inside('ulimit -d; ulimit -c')).stdout).toBe('4194304\n0\n');
  });

  it('is ended in time, with everything it started', async () => {
    const mark = `recourse-${process.pid}-${Date.now()}`;
    const started = Date.now();
    const result = await inside(
      `for i in 1 2 3 4 5 6 7 8; do (setsid bash -c 'exec -a ${mark} sleep 60' &) ; done; echo begun; sleep 60`,
      700,
    );
    expect(result).toMatchObject({ ended: { by: 'time' }, exitCode: null, stdout: 'begun\n' });
    expect(Date.now() - started).toBeLessThan(5_000);
    await sleep(300);
    expect(running(mark)).toEqual([]);
  });

  it('is ended when the caller goes, and a pipe of it as a whole', async () => {
    const caller = new AbortController();
    setTimeout(() => caller.abort(), 300);
    const started = Date.now();
    const result = await place.run('sleep 50 | sleep 51 | sleep 52', { signal: caller.signal });
    expect(result.ended).toEqual({ by: 'caller' });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('is ended at the bound of its output', async () => {
    const result = await inside('yes', 20_000, 100_000);
    expect(result.ended).toEqual({ by: 'output' });
    expect(result.stdout.length).toBe(100_000);
    place.write('big.txt', 'x'.repeat(300_000));
    const substituted = await place.run('echo "$(cat big.txt)" | wc -c', { maxBytes: 100_000 });
    expect(substituted.ended).toEqual({ by: 'output' });
  });

  it('lets a limit end its own part only', async () => {
    const result = await place.run('timeout 1 sleep 30; echo $?');
    expect(result).toMatchObject({ stdout: '124\n', exitCode: 0, ended: null });
  });

  it('passes much text through a pipe, and ends a writer whose reader is gone without a word', async () => {
    place.write('big.txt', 'line of text\n'.repeat(100_000));
    expect(await place.run('cat big.txt | cat | wc -c')).toMatchObject({ stdout: '1300000\n' });
    expect(await place.run('cat big.txt | head -n 1')).toMatchObject({
      stdout: 'line of text\n',
      stderr: '',
      exitCode: 0,
    });
    expect(await place.run('echo "$(cat big.txt)" | head -n 1')).toMatchObject({ stdout: 'line of text\n' });
  });

  it('reads from a pipe that is named, too', async () => {
    expect((await place.run('echo text | cat /dev/stdin')).stdout).toBe('text\n');
    expect((await place.run('echo text | cat < /dev/stdin')).stdout).toBe('text\n');
  });

  it('leaves no pipe and no descriptor behind', async () => {
    await place.run('echo a | cat');
    const before = readdirSync('/proc/self/fd').length;
    // Some pipes are held ready; 30 runs that each lost one end would show.
    for (let i = 0; i < 45; i += 1) await place.run('(ls; echo "$(pwd)") 2>&1 | cat | wc < notes.txt');
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 40);
  });

  for (const [what, link, text] of [
    ['a file of the machine', '/etc/shadow', 'cat link'],
    ['a file of the machine, through a glob', '/etc/shadow', 'cat li?k'],
    ['a file of the machine, as input', '/etc/shadow', 'cat < link'],
    ['a public file of the machine', '/etc/hosts', 'head -3 link'],
    ['the state folder', '../state', 'ls link'],
    ['the state folder, to search it', '../state', 'find link -name x'],
    ['the state folder, to enter it', '../state', 'cd link && ls'],
    ['a file under the state folder', '../state', 'cat link/control.json'],
    ['a secret file of the root', '.env', 'cat link'],
    ['a secret file of the root, as input', '.env', 'wc < link'],
    ['a secret folder of the root', '.ssh', 'cat link/config'],
  ] as const) {
    it(`follows no link to ${what}: ${text}`, async () => {
      place.write('.ssh/config', 'Host secret-host\n');
      place.link(link, 'link');
      const result = await place.run(text);
      expect(result.ended).toMatchObject({ by: 'path' });
      expect(result.stdout).toBe('');
    });
  }

  it('reads no secret file that a pattern finds, and may name it', async () => {
    place.write('certs/a.pem', 'a private key');
    place.write('certs/deploy_key', 'a private key');
    place.write('certs/zone.tfvars', 'a password');
    for (const text of [
      'cat certs/a*',
      'grep . certs/a?pem',
      'head certs/d*y',
      'wc -c certs/z*',
      'sort *s/zone*',
    ]) {
      const seen = await place.run(text);
      expect(seen, text).toMatchObject({ stdout: '', ended: { by: 'path' } });
      expect(seen.ended, text).toMatchObject({ why: expect.stringContaining('holds secrets') });
    }
    expect((await place.run('ls certs/*; echo certs/*; stat -c %s certs/a*')).exitCode).toBe(0);
  });

  it('reads the output of a process substitution, and leaves nothing behind', async () => {
    const spooled = () => readdirSync(tmpdir()).filter((name) => name.startsWith('recourse-spool-')).length;
    const before = spooled();
    expect((await place.run('cat <(echo a) <(cat notes.txt)')).stdout).toBe('a\nsome notes\n');
    expect((await place.run('diff <(sort notes.txt) <(cat notes.txt)')).exitCode).toBe(0);
    expect((await place.run('wc -c <(cat notes.txt)')).stdout).toBe('11 /dev/fd/63\n');
    place.link('.env', 'link');
    expect(await place.run('cat <(cat link)')).toMatchObject({ stdout: '', ended: { by: 'path' } });
    expect(await place.run('cat <(seq 1 999999)', { maxBytes: 100_000 })).toMatchObject({
      ended: { by: 'output' },
    });
    expect(spooled()).toBe(before);
  });

  it('judges a loop over names again with each name', async () => {
    place.write('conf/a.txt', 'one\n');
    place.write('conf/b b.txt', 'two\n');
    expect((await place.run('for f in conf/*.txt; do head -n 1 "$f"; done')).stdout).toBe('one\ntwo\n');
    place.write('conf/-n.txt', 'three\n');
    const dashed = await place.run('cd conf; for f in *.txt; do cat "$f"; done');
    expect(dashed.stdout).not.toContain('three');
    expect(dashed.ended).toMatchObject({ by: 'path' });
    place.write('conf/secrets.txt', 'hunter2');
    place.link('../.env', 'conf/z.txt');
    for (const text of [
      'for f in conf/s*.txt; do cat "$f"; done',
      'for f in conf/z*.txt; do cat "$f"; done',
    ]) {
      if (judgeShell(text).decision !== 'allow') continue;
      expect(await place.run(text), text).toMatchObject({ stdout: '', ended: { by: 'path' } });
    }
    expect(judgeShell('for f in conf/z*.txt; do cat "$f"; done').decision).toBe('allow');
  });

  it('follows a link that stays inside', async () => {
    place.link('notes.txt', 'link');
    expect((await place.run('cat link')).stdout).toBe('some notes\n');
    expect((await place.run('cat < link')).stdout).toBe('some notes\n');
  });

  it('takes a pattern for a pattern, although a folder has that name', async () => {
    expect(await place.run("grep -c '..' notes.txt")).toMatchObject({ stdout: '1\n', ended: null });
    expect((await place.run('find .. -name x')).ended).toMatchObject({ by: 'path' });
  });

  it('does not hang on a pipe or device in the root that is named as input', async () => {
    execFileSync('mkfifo', [path.join(place.root, 'fifo')]);
    expect((await place.run('cat < fifo')).ended).toMatchObject({ by: 'path' });
    expect(await place.run('cat < /dev/stdin')).toMatchObject({ ended: null, stdout: '' });
  });

  it('takes programs from fixed folders only', async () => {
    place.write('ls', '#!/bin/sh\necho not this one\n', 0o755);
    expect((await place.run('ls')).stdout).toBe('ls\nnotes.txt\n');
    expect((await place.run('command -v ls nosuchthing')).stdout).toBe('/usr/bin/ls\n');
    expect(await place.run('command -v nosuchthing')).toMatchObject({ stdout: '', exitCode: 1 });
  });

  it('shows only the root where that lies in a home', async () => {
    const home = path.join(place.root, '..', 'home');
    mkdirSync(path.join(home, 'project'), { recursive: true });
    writeFileSync(path.join(home, 'diary.txt'), 'dear diary');
    writeFileSync(path.join(home, 'project/code.txt'), 'code');
    const settings = { ...place.settings, root: path.join(home, 'project'), hidden: [home] };
    const call = { cwd: settings.root, timeoutMs: 10_000 };
    const result = await runJudged(
      settings,
      bash(`cat code.txt; ls ..; cat ../diary.txt`),
      call,
      new AbortController().signal,
    );
    expect(result.stdout).toBe('codeproject\n');
  });

  it('hides the secrets of a home that lies in the root', async () => {
    place.write('.aws/credentials', 'a key');
    const settings = { ...place.settings, hidden: [place.root] };
    const call = { cwd: place.root, timeoutMs: 10_000 };
    const result = await runJudged(
      settings,
      bash('ls -A .aws; cat notes.txt'),
      call,
      new AbortController().signal,
    );
    expect(result.stdout).toBe('some notes\n');
  });
});

describe('a program that is asked for its version', () => {
  it('sees no project around it, which could name code to be run', async () => {
    const programs = mkdtempSync(path.join(tmpdir(), 'recourse-stubs-'));
    writeFileSync(path.join(programs, 'pytest'), '#!/bin/sh\n. ./conftest.py\npwd\n', { mode: 0o755 });
    const place = await shellPlace({
      confined: false,
      container: true,
      programs: programsIn([programs], []),
    });
    place.write('conftest.py', 'echo code of the project\n');
    const { stdout } = await place.run('pytest --version; pwd');
    expect(stdout).toBe(`${place.root}\n`);
    writeFileSync(path.join(programs, 'pytest'), '#!/bin/sh\npwd\n', { mode: 0o755 });
    expect(await place.run('cd . && pytest --version')).toMatchObject({ stdout: '/\n', stderr: '' });
    place.remove();
    rmSync(programs, { recursive: true });
  });
});

function running(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(mark);
    } catch {
      return false;
    }
  });
}
