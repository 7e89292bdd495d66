/** A lane that a container of its own confines: no bubblewrap, and still no finding that asks for one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RootPath } from '../../../lib/core/action.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { shellLane } from '../../../lib/executor/shell/lane.ts';
import { runShell } from '../../../lib/executor/shell/run-shell.ts';
import { type ShellPlace, shellPlace } from './place.ts';

function shell(command: string) {
  return { kind: 'shell', command, cwd: '.' as RootPath, timeoutMs: 20_000 } as const;
}

describe('the shell lane in a container of its own', () => {
  let place: ShellPlace;
  let outside: string;
  beforeAll(async () => {
    place = await shellPlace({ confined: false, container: true });
    place.write('notes.txt', 'some notes\n');
    outside = path.join(path.dirname(place.root), 'beside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'plain.txt'), 'beside the root\n');
    place.link('../state', 'link');
  });
  afterAll(() => place.remove());

  async function findings(place: ShellPlace, command: string) {
    const frozen = await shellLane(place.settings).freeze(shell(command), { manifest: null }, DEFAULT_POLICY);
    if (isRefusal(frozen)) throw new Error(frozen.why);
    return frozen.findings.map((finding) => finding.class);
  }
  const run = (command: string, approved = false) =>
    runShell(place.settings, shell(command), approved, DEFAULT_POLICY, new AbortController().signal);

  it.each(['ls', 'git diff', 'git status', 'terraform validate', 'grep -Rn x .'])(
    'is sandbox enough for %s',
    async (command) => expect(await findings(place, command)).toEqual([]),
  );

  it('is one for an approved command too, and changes no other verdict', async () => {
    expect(await findings(place, 'make deploy')).toEqual(['shell_not_read_only']);
    expect(await findings(place, 'rm -rf /')).toEqual(['shell_blocked']);
  });

  it('leaves the rule of an operator’s machine as it was', async () => {
    const local = await shellPlace({ confined: false });
    for (const command of ['ls', 'git diff', 'terraform validate'])
      expect(await findings(local, command), command).toContain('sandbox_unavailable');
    local.remove();
  });

  it('runs what was judged, and what was approved', async () => {
    expect(await run('cat notes.txt | wc -l')).toMatchObject({ exitCode: 0, stdout: '1\n', error: null });
    expect(await run('x=1; ((x += 2)); echo $x', true)).toMatchObject({ exitCode: 0, stdout: '3\n' });
    expect(await run('touch made')).toMatchObject({ error: { code: 'approval_required' } });
  });

  it.each(['cat', 'cat <', 'ls', 'head -c 9', 'cat link/../../state/../state/control.json'])(
    'keeps hidden folders hidden without bubblewrap: %s',
    async (command) => {
      const target = command.includes('link') ? '' : ` ${place.state}/control.json`;
      const seen = await run(command + target);
      expect(seen).toMatchObject({ stdout: '', error: { code: 'path_outside_root' } });
    },
  );

  it('shows no name of a hidden folder by a pattern', async () => {
    expect((await run(`echo ${place.state}/*`)).stdout).toBe(`${place.state}/*\n`);
    expect((await run(`echo ${place.state}/../stat[e]`)).stdout).toBe(`${place.state}/../stat[e]\n`);
    expect((await run(`echo ${outside}/*`)).stdout).toBe(`${outside}/plain.txt\n`);
  });
});
