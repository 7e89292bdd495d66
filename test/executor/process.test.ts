import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProcessRequest, runProcess } from '../../lib/executor/process.ts';

const BASE = { cwd: '/', env: { PATH: '/usr/bin:/bin' }, timeoutMs: 10_000, maxOutputBytes: 65_536 };

function sh(script: string, more: Partial<ProcessRequest> = {}): ReturnType<typeof runProcess> {
  return runProcess({ ...BASE, file: '/bin/sh', args: ['-c', script], ...more });
}

describe('runProcess', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recourse-process-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives exit code and both outputs', async () => {
    expect(await sh('echo out; echo err >&2; exit 3')).toEqual({
      exitCode: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
      timedOut: false,
      aborted: false,
    });
  });

  it('takes arguments as they are: no shell reads them', async () => {
    const args = ['%s|', '$(id)', '; echo x', '*'];
    expect((await runProcess({ ...BASE, file: '/usr/bin/printf', args })).stdout).toBe('$(id)|; echo x|*|');
  });

  it('passes the given environment and nothing of its own', async () => {
    process.env.RECOURSE_TEST_SECRET = 'hunter2';
    const { stdout } = await runProcess({ ...BASE, file: '/usr/bin/env', args: [] });
    delete process.env.RECOURSE_TEST_SECRET;
    expect(stdout).toBe('PATH=/usr/bin:/bin\n');
  });

  it('closes standard input, or gives it what is asked', async () => {
    expect((await sh('cat; echo end')).stdout).toBe('end\n');
    expect((await sh('cat', { input: 'given' })).stdout).toBe('given');
    expect((await sh('exit 0', { input: 'x'.repeat(1_000_000) })).exitCode).toBe(0);
  });

  it('drops output beyond its bound and says so', async () => {
    const result = await sh('yes | head -c 300000; exit 5', { maxOutputBytes: 1_000 });
    expect(result).toMatchObject({ exitCode: 5, truncated: true });
    expect(result.stdout).toHaveLength(1_000);
  });

  it('ends the whole group when time is up', async () => {
    const mark = join(folder, 'late');
    const result = await sh(`(sleep 2; echo late > ${mark}) & sleep 30`, { timeoutMs: 200 });
    expect(result).toMatchObject({ timedOut: true, aborted: false, exitCode: null, signal: 'SIGTERM' });
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    expect(existsSync(mark)).toBe(false);
  });

  it('kills what ignores the polite signal', async () => {
    const result = await sh("trap '' TERM; while :; do sleep 0.05; done", { timeoutMs: 200, graceMs: 300 });
    expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
  });

  it('asks with SIGINT where the program tidies up', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const script = "trap 'echo tidied; exit 9' INT; while :; do sleep 0.05; done";
    const result = await sh(script, { signal: stop.signal, stopSignal: 'SIGINT' });
    expect(result).toMatchObject({ aborted: true, exitCode: 9, stdout: 'tidied\n' });
  });

  it('leaves nothing running behind a program that ended', async () => {
    const mark = join(folder, 'orphan');
    const started = Date.now();
    await sh(`(sleep 1; echo late > ${mark}) & exit 0`);
    expect(Date.now() - started).toBeLessThan(900);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(existsSync(mark)).toBe(false);
  });

  it('does not start what was cancelled before', async () => {
    const result = await sh(`echo x > ${join(folder, 'ran')}`, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ aborted: true, exitCode: null });
    await expect(readFile(join(folder, 'ran'))).rejects.toThrow();
  });

  it('rejects where there is no such program', async () => {
    await expect(runProcess({ ...BASE, file: '/no/such/program', args: [] })).rejects.toThrow(/ENOENT/);
  });
});
