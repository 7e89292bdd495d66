import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { isOpenedAt, openFolder } from '../../../lib/executor/terraform/opened-place.ts';
import { sourceReader } from '../../../lib/executor/terraform/source-files.ts';
import { inTurn } from '../../../lib/executor/terraform/turns.ts';
import { type Place, terraformPlace } from '../../support/terraform-place.ts';
import { describeWith } from '../../support/tools.ts';

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function place(...args: Parameters<typeof terraformPlace>): Promise<Place> {
  const made = await terraformPlace(...args);
  ended.push(() => made.dispose());
  return made;
}

async function folder(): Promise<string> {
  const made = await realpath(await mkdtemp(join(tmpdir(), 'recourse-swapped-')));
  ended.push(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe('a folder that is exchanged for a link while it is read', () => {
  it('is known by what was opened, not by what lies at its path afterwards', async () => {
    const base = await folder();
    await mkdir(join(base, 'real'));
    await mkdir(join(base, 'outside'));
    await writeFile(join(base, 'real/file'), 'decoy');
    await writeFile(join(base, 'outside/file'), 'secret');
    await rename(join(base, 'real'), join(base, 'away'));
    await symlink('outside', join(base, 'real'));
    expect(openFolder(join(base, 'real'))).toBeNull();
    const fd = openSync(join(base, 'real/file'), 'r');
    await unlink(join(base, 'real'));
    await rename(join(base, 'away'), join(base, 'real'));
    // By its path alone everything is as it should be again.
    expect(await realpath(join(base, 'real/file'))).toBe(join(base, 'real/file'));
    expect(isOpenedAt(fd, join(base, 'real/file'))).toBe(false);
    closeSync(fd);
  });

  it('never gives what lies outside, however often it is tried', async () => {
    const base = await folder();
    await mkdir(join(base, 'root/d'), { recursive: true });
    await mkdir(join(base, 'outside'));
    await writeFile(join(base, 'root/d/secret'), 'decoy');
    await writeFile(join(base, 'outside/secret'), 'OUTSIDE');
    await symlink('../outside', join(base, 'root/link'));
    const swapper = spawn('python3', ['-c', EXCHANGE, join(base, 'root/d'), join(base, 'root/link')]);
    ended.push(async () => {
      const exited = once(swapper, 'exit');
      swapper.kill('SIGKILL');
      await exited;
    });
    const seen = new Set<string>();
    const end = Date.now() + 2_500;
    while (Date.now() < end) {
      const reader = sourceReader(join(base, 'root'), () => false);
      await reader.addFolder('d').catch(() => null);
      const bytes = reader.files.get('d/secret')?.bytes;
      if (bytes !== undefined) seen.add(Buffer.from(bytes).toString());
    }
    expect([...seen]).toEqual(['decoy']);
  });
});

const STATE = 'terraform {\n  backend "local" {\n    path = "st/terraform.tfstate"\n  }\n}\n';
const ONE = 'resource "terraform_data" "one" {\n  input = "agent"\n}\n';
const VICTIM = JSON.stringify({
  version: 4,
  terraform_version: '1.11.4',
  serial: 7,
  lineage: '11111111-2222-3333-4444-555555555555',
  outputs: { customer: { value: 'of the victim', type: 'string' } },
  resources: [],
});

describeWith(['terraform', 'bwrap'], 'a state that an agent swaps while terraform runs', () => {
  /** A terraform that does something just before the real one starts with this word. */
  async function timed(here: Place, word: string, script: string): Promise<Place> {
    const file = join(here.root, '../terraform-timed');
    const mark = join(here.root, '../started');
    const lines = [
      '#!/bin/sh',
      `if [ "$1" = ${word} ]; then echo >> ${mark}/now; while [ ! -e ${mark}/go ]; do sleep 0.05; done; fi`,
      `exec ${here.settings.tool.file} "$@"`,
    ];
    await mkdir(mark);
    await writeFile(file, lines.join('\n'), { mode: 0o755 });
    const swap = async () => {
      while (!existsSync(join(mark, 'now'))) await new Promise((resolve) => setTimeout(resolve, 10));
      execFileSync('/bin/sh', ['-c', script], { cwd: here.root });
      await writeFile(join(mark, 'go'), '');
    };
    const { blobs, ...settings } = here.settings;
    // An apply needs what was frozen; what plans keeps its own.
    const kept = word === 'apply' ? { ...settings, blobs } : settings;
    const tool = { ...settings.tool, file };
    const base = join(here.root, '..');
    const other = await place({
      ...kept,
      tool,
      shared: [mark],
      env: { ...here.settings.env, HOME: base },
    });
    void swap();
    return { ...other, root: here.root, write: here.write };
  }

  it.each([
    ['init', 'path_outside_root'],
    ['plan', 'path_outside_root'],
    ['show', null],
  ])('is not followed out of the root at %s', async (word, code) => {
    const here = await place();
    await here.write({ 'main.tf': STATE + ONE, 'st/keep': '' });
    const victim = join(here.root, '../victim');
    await mkdir(victim);
    await writeFile(join(victim, 'terraform.tfstate'), VICTIM);
    const attacked = await timed(here, word, 'mv st st.old && ln -s ../victim st');
    const planned = await attacked.plan();
    expect(isRefusal(planned) ? planned.code : null).toBe(code);
    const seen = isRefusal(planned) ? planned.text : JSON.stringify(planned.planJson);
    expect(seen).not.toContain('victim');
    expect(readdirSync(victim)).toEqual(['terraform.tfstate']);
  });

  it('is written where it was when apply began', async () => {
    const here = await place();
    await here.write({ 'main.tf': STATE + ONE, 'st/keep': '' });
    const made = await here.planned();
    const victim = join(here.root, '../victim');
    await mkdir(victim);
    await writeFile(join(victim, 'terraform.tfstate'), VICTIM);
    const attacked = await timed(here, 'apply', 'mv st st.old && ln -s ../victim st');
    expect((await attacked.apply(made)).ok).toBe(true);
    expect(await readFile(join(here.root, 'st.old/terraform.tfstate'), 'utf8')).toContain('"agent"');
    expect(await readFile(join(victim, 'terraform.tfstate'), 'utf8')).toBe(VICTIM);
  });

  it('is not believed where a link came in its place meanwhile', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    await writeFile(join(here.root, '../victim.tfstate'), VICTIM);
    const attacked = await timed(here, 'plan', 'ln -s "$(realpath ../victim.tfstate)" terraform.tfstate');
    expect(await attacked.plan()).toMatchObject({ refused: true, code: 'path_outside_root' });
  });

  it.each(['terraform.tfstate', 'terraform.tfstate.backup', '.terraform.tfstate.lock.info'])(
    'is refused at once where a pipe lies at %s',
    async (name) => {
      const here = await place();
      await here.write({ 'main.tf': ONE });
      execFileSync('mkfifo', [join(here.root, name)]);
      const began = Date.now();
      expect(await here.plan()).toMatchObject({ refused: true, code: 'path_outside_root' });
      expect(Date.now() - began).toBeLessThan(5_000);
    },
  );
});

describe('turns at the provider cache', () => {
  it('are one at a time, and end for whoever waits too long', async () => {
    let release: () => void = () => {};
    const slow = inTurn((mayShare) => new Promise<boolean>((resolve) => (release = () => resolve(mayShare))));
    const alone = vi.fn(async (mayShare: boolean) => mayShare);
    expect(await inTurn(alone, 50)).toBe(false);
    const patient = inTurn(async (mayShare) => mayShare, 5_000);
    release();
    expect(await slow).toBe(true);
    expect(await patient).toBe(true);
  });
});

/** renameat2 with RENAME_EXCHANGE, as fast as it goes, with short rests of different lengths. */
const EXCHANGE = `
import ctypes, sys, time
call = ctypes.CDLL(None).syscall
a, b = sys.argv[1].encode(), sys.argv[2].encode()
end = time.time() + 20
step = 0
while time.time() < end:
    call(316, -100, a, -100, b, 2)
    step = (step + 1) % 40
    rest = time.perf_counter() + step * 0.000005
    while time.perf_counter() < rest: pass
`;
