/** A command that humans approved: bash, the root to write, the network; still no state, no home, no end of time. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runApproved } from '../../../lib/executor/shell/run-approved.ts';
import { describeWith } from '../../support/tools.ts';
import { type ShellPlace, shellPlace } from './place.ts';

function run(place: ShellPlace, text: string, timeoutMs = 20_000) {
  return runApproved(place.settings, text, { cwd: place.root, timeoutMs }, new AbortController().signal);
}

describeWith('bwrap', 'an approved command in the sandbox', () => {
  let place: ShellPlace;
  beforeEach(async () => {
    place = await shellPlace({ env: { ...process.env, SECRET_TOKEN: 'hush', PATH: `/usr/bin:/bin` } });
  });
  afterEach(() => place.remove());

  it('is bash, with the text as it stands', async () => {
    const text = `x=(a "b c"); for i in "\${x[@]}"; do echo "[$i]"; done; [[ b == b ]] && exit 5`;
    expect(await run(place, text)).toMatchObject({ exitCode: 5, stdout: '[a]\n[b c]\n', ended: null });
  });

  it('writes the root and nothing else', async () => {
    const outside = path.join(place.state, '..', 'outside');
    mkdirSync(outside);
    await run(
      place,
      `echo made > made; echo x > ${outside}/x; echo x > /etc/recourse-x; echo x > ${place.state}/x`,
    );
    expect(readFileSync(path.join(place.root, 'made'), 'utf8')).toBe('made\n');
    expect(existsSync(path.join(outside, 'x'))).toBe(false);
    expect(existsSync('/etc/recourse-x')).toBe(false);
    expect(existsSync(path.join(place.state, 'x'))).toBe(false);
  });

  it('sees neither the state folder nor homes nor the gateway’s environment', async () => {
    const { stdout } = await run(
      place,
      `cat ${place.state}/control.json; ls -A /root /home; env; cat /proc/*/environ`,
    );
    expect(stdout).not.toContain('control token');
    expect(stdout).not.toContain('hush');
    expect(stdout).not.toMatch(/\.ssh|\.bash/);
    expect(stdout).toContain('HOME=/tmp');
  });

  it('shares the network', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const { stdout } = await run(place, `exec 3<>/dev/tcp/127.0.0.1/${address.port} && cat <&3`);
    expect(stdout).toBe('hello');
    server.close();
  });

  it('is ended in time, with everything it started, however it got away', async () => {
    const started = Date.now();
    const late = `for i in 1 2 3 4 5; do (setsid nohup bash -c 'trap "" TERM; sleep 2; echo late > late' >/dev/null 2>&1 &); done; trap "" TERM; sleep 60`;
    const result = await run(place, late, 600);
    expect(result).toMatchObject({ exitCode: null, ended: { by: 'time' } });
    expect(Date.now() - started).toBeLessThan(6_000);
    await sleep(2_500);
    expect(existsSync(path.join(place.root, 'late'))).toBe(false);
  });

  it('drops output beyond the bound and goes on to its end', async () => {
    const result = await run(place, 'head -c 11000000 /dev/zero; echo done > done');
    expect(result).toMatchObject({ truncated: true, exitCode: 0 });
    expect(existsSync(path.join(place.root, 'done'))).toBe(true);
  });

  it('takes nothing from start-up files or from a PATH in the root', async () => {
    place.write('bin/date', '#!/bin/sh\necho wrong date\n', 0o755);
    writeFileSync(path.join(place.root, '.bashrc'), 'echo wrong rc\n');
    const settings = {
      ...place.settings,
      env: { PATH: `${place.root}/bin:/usr/bin:/bin`, BASH_ENV: `${place.root}/.bashrc`, HOME: place.root },
    };
    const call = { cwd: place.root, timeoutMs: 10_000 };
    const { stdout } = await runApproved(settings, 'date +%Y', call, new AbortController().signal);
    expect(stdout).toMatch(/^\d{4}\n$/);
  });
});

describe('an approved command where there is no sandbox', () => {
  it('runs in the root all the same', async () => {
    const place = await shellPlace({ confined: false });
    expect(await run(place, 'echo made > made && pwd')).toMatchObject({
      exitCode: 0,
      stdout: `${place.root}\n`,
    });
    expect(existsSync(path.join(place.root, 'made'))).toBe(true);
    place.remove();
  });
});
