import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateTerraform, locateTool } from '../../lib/executor/locate-tool.ts';
import { runProcess } from '../../lib/executor/process.ts';
import { type Confinement, locateSandbox, sandboxed } from '../../lib/executor/sandbox.ts';
import { describeWith } from '../support/tools.ts';

describeWith('bwrap', 'the sandbox', () => {
  let base: string;
  let state: string;
  const env = { PATH: process.env.PATH ?? '' };

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'recourse-sandbox-'));
    state = join(base, 'state');
    await mkdir(join(state, 'given'), { recursive: true });
    await mkdir(join(base, 'open'));
    await writeFile(join(state, 'control.json'), 'the control token');
    await writeFile(join(state, 'given/file'), 'given');
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  async function inside(script: string, more: Partial<Confinement> = {}) {
    const sandbox = await locateSandbox(process.env, []);
    if (sandbox === null) throw new Error('no sandbox');
    const confinement = { hidden: [state], readOnly: [], writable: [], network: true, ...more };
    const command = { file: '/bin/sh', args: ['-c', script], cwd: '/' };
    const request = {
      ...sandboxed(sandbox, command, confinement),
      env,
      timeoutMs: 10_000,
      maxOutputBytes: 65_536,
    };
    return runProcess(request);
  }

  it('hides the state folder, but for what is given, at the same path', async () => {
    const result = await inside(`ls ${state}; cat ${state}/given/file; cat ${state}/control.json`, {
      visible: [base],
      readOnly: [join(state, 'given')],
    });
    expect(result.stdout).toBe('given\ngiven');
    expect(result.stderr).toContain('No such file');
    expect(result.exitCode).not.toBe(0);
  });

  it('cannot be undone from inside', async () => {
    const undo = [
      `umount ${state}`,
      `unshare -m umount ${state}`,
      `unshare -Urm umount ${state}`,
      `cat /proc/1/root${state}/control.json`,
      `mount -o remount,rw /`,
    ];
    const result = await inside(
      `${undo.join('; ')}; cat ${state}/control.json; touch /x-${process.pid}; ls /proc`,
      {
        visible: [base],
      },
    );
    expect(result.stdout).not.toContain('control token');
    const processes = result.stdout.split('\n').filter((name) => /^\d+$/.test(name));
    expect(processes.length).toBeLessThan(5);
    await expect(readFile(`/x-${process.pid}`)).rejects.toThrow();
  });

  it('may write where it is told and nowhere else', async () => {
    const paths = [
      join(base, 'open/a'),
      join(base, 'b'),
      join(state, 'given/c'),
      '/etc/recourse-d',
      '/tmp/recourse-e',
    ];
    await inside(paths.map((path) => `echo x > ${path}`).join(';'), {
      visible: [base],
      readOnly: [join(state, 'given')],
      writable: [join(base, 'open')],
    });
    const written = await Promise.all(
      paths.map((path) =>
        readFile(path).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(written).toEqual([true, false, false, false, false]);
  });

  it('lets shared folders be written, and still hides what is hidden in them', async () => {
    const result = await inside(`echo x > ${base}/shared; cat ${state}/control.json; echo x > ${state}/new`, {
      shared: [base],
    });
    expect(result.stdout).toBe('');
    expect(await readFile(join(base, 'shared'), 'utf8')).toBe('x\n');
    await expect(readFile(join(state, 'new'))).rejects.toThrow();
  });

  it('has a network only where it is given one', async () => {
    const server = createServer((socket) => socket.end('hello\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const ask = `${process.execPath} -e 'require("net").connect(${address.port},"127.0.0.1").on("data",(d)=>process.stdout.write(d)).on("error",()=>process.stdout.write("none"))'`;
    expect((await inside(ask)).stdout).toBe('hello\n');
    expect((await inside(ask, { network: false })).stdout).toBe('none');
    server.close();
  });

  it('passes the exit code on, and the polite signal in', async () => {
    expect((await inside('exit 7')).exitCode).toBe(7);
    const sandbox = await locateSandbox(process.env, []);
    if (sandbox === null) throw new Error('no sandbox');
    const script = "trap 'echo tidied; exit 9' INT; while :; do sleep 0.05; done";
    const command = { file: '/bin/sh', args: ['-c', script], cwd: '/' };
    const placed = sandboxed(sandbox, command, { hidden: [], readOnly: [], writable: [], network: false });
    const result = await runProcess({
      ...placed,
      env,
      timeoutMs: 500,
      maxOutputBytes: 1_000,
      stopSignal: 'SIGINT',
    });
    expect(result).toMatchObject({ timedOut: true, exitCode: 9, stdout: 'tidied\n' });
  });

  it('takes everything in it down when it must be killed', async () => {
    const sandbox = await locateSandbox(process.env, []);
    if (sandbox === null) throw new Error('no sandbox');
    const mark = join(base, 'open/late');
    const script = `trap '' INT TERM; (sleep 1.5; echo late > ${mark}) & while :; do sleep 0.05; done`;
    const command = { file: '/bin/sh', args: ['-c', script], cwd: '/' };
    const writable = [join(base, 'open')];
    const placed = sandboxed(sandbox, command, {
      visible: [base],
      hidden: [],
      readOnly: [],
      writable,
      network: false,
    });
    const result = await runProcess({ ...placed, env, timeoutMs: 200, graceMs: 200, maxOutputBytes: 1_000 });
    expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
    await new Promise((resolve) => setTimeout(resolve, 1_700));
    await expect(readFile(mark)).rejects.toThrow();
  });

  it('is null where bubblewrap is missing or does not work', async () => {
    expect(await locateSandbox({ PATH: join(base, 'open') }, [])).toBeNull();
    await writeFile(join(base, 'open/bwrap'), '#!/bin/sh\nexit 1\n');
    await chmod(join(base, 'open/bwrap'), 0o755);
    expect(await locateSandbox({ PATH: `${join(base, 'open')}:${process.env.PATH}` }, [])).toBeNull();
  });
});

describe('locateTool', () => {
  it('never takes a program from a folder that agents can write, also not by a link to it', async () => {
    const base = await mkdtemp(join(tmpdir(), 'recourse-tool-'));
    await mkdir(join(base, 'root'));
    await mkdir(join(base, 'bin'));
    await writeFile(join(base, 'root/terraform'), '#!/bin/sh\necho \'{"terraform_version":"9.9.9"}\'\n');
    await chmod(join(base, 'root/terraform'), 0o755);
    const { symlink } = await import('node:fs/promises');
    await symlink(join(base, 'root/terraform'), join(base, 'bin/terraform'));
    const path = `.:relative:${join(base, 'bin')}:${join(base, 'root')}`;
    expect(await locateTool('terraform', path, [join(base, 'root')])).toBeNull();
    expect(await locateTool('terraform', path, [])).toBe(join(base, 'bin/terraform'));
    expect(await locateTerraform('terraform', { PATH: `${path}:/usr/bin:/bin` }, [])).toEqual({
      name: 'terraform',
      file: join(base, 'bin/terraform'),
      version: '9.9.9',
    });
    await rm(base, { recursive: true, force: true });
  });
});
