import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { localLiveness } from '../../lib/local/liveness.ts';

const LINUX = existsSync('/proc/self/stat');
const { self, isAlive } = localLiveness();

describe('liveness', () => {
  it('says who this process is, the same each time', () => {
    expect(self).toMatchObject({ host: hostname(), pid: process.pid });
    expect(localLiveness().self).toEqual(self);
    expect(isAlive(self)).toBe(true);
  });

  it('knows a running process from a dead one', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const owner = { ...self, pid: child.pid ?? 0, started: startedOf(child.pid ?? 0) };
    expect(isAlive(owner)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(owner)).toBe(false);
  });

  it('takes a process that was started later under the same number for another', () => {
    const [boot, namespace, ticks] = self.started.split(' ');
    const earlier = { ...self, started: `${boot} ${namespace} ${Number(ticks) - 1}` };
    expect(isAlive(earlier)).toBe(!LINUX);
  });

  it('takes every process from before the last boot for dead', () => {
    const before = { ...self, started: self.started.replace(/^\S+/, 'an-earlier-boot') };
    expect(isAlive(before)).toBe(!LINUX);
    expect(isAlive({ ...self, started: 'an-earlier-boot pid:[1] 7' })).toBe(!LINUX);
  });

  it('is not certain about another host, another container or a number that is none', () => {
    expect(isAlive({ ...self, host: 'elsewhere', pid: 4_000_000 })).toBe(true);
    const [boot, , ticks] = self.started.split(' ');
    expect(isAlive({ ...self, pid: 4_000_000, started: `${boot} pid:[1] ${ticks}` })).toBe(true);
    for (const pid of [0, -1, 1.5, Number.NaN]) expect(isAlive({ ...self, pid })).toBe(true);
  });

  it.skipIf(!LINUX)('does not take a process that nobody has waited for yet for a living one', async () => {
    // The shell turns into a sleep, which never waits for the child that the shell left it.
    const script = 'sleep 0.1 & echo $!; exec sleep 30';
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(String(line).trim());
      const owner = { ...self, pid, started: startedOf(pid) };
      expect(isAlive(owner)).toBe(true);
      await vi.waitUntil(() => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')), 5_000);
      expect(isAlive(owner)).toBe(false);
    } finally {
      parent.kill('SIGKILL');
      await once(parent, 'exit');
    }
  });
});

/** As another process would give it for itself. */
function startedOf(pid: number): string {
  if (!LINUX) return self.started;
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return self.started.replace(/\S+$/, String(ticks));
}
