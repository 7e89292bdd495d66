import { execFileSync, spawn } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RootPath } from '../../../lib/core/action.ts';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { materialiseSnapshot } from '../../../lib/executor/terraform/materialise.ts';
import { loadSnapshot, takeSnapshot } from '../../../lib/executor/terraform/snapshot.ts';
import { SNAPSHOT_LIMITS, sourceReader } from '../../../lib/executor/terraform/source-files.ts';
import type { Snapshot } from '../../../lib/ports/lanes.ts';
import { BlobTampered } from '../../../lib/ports/store.ts';
import { MemoryBlobs, writeFiles } from '../../support/terraform-place.ts';

let base: string;
let root: string;
let blobs: MemoryBlobs;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'recourse-snapshot-')));
  root = join(base, 'root');
  await mkdir(root);
  blobs = new MemoryBlobs();
});
afterEach(() => {
  execFileSync('chmod', ['-R', 'u+w', base]);
  return rm(base, { recursive: true, force: true });
});

const take = (cwd = '.') => takeSnapshot({ root, cwd: cwd as RootPath, blobs });

async function taken(cwd = '.'): Promise<Snapshot> {
  const snapshot = await take(cwd);
  if (isRefusal(snapshot)) throw new Error(snapshot.why);
  return snapshot;
}

describe('takeSnapshot', () => {
  it("takes the root module, the local modules it reaches and the lock file; nothing of terraform's own", async () => {
    await writeFiles(root, {
      'live/app/main.tf': 'module "net" { source = "../../modules/net" }',
      'live/app/.terraform.lock.hcl': '# lock',
      'live/app/templates/user-data.sh': 'echo',
      'live/app/prod.tfvars': 'x = 1',
      'live/app/terraform.tfstate': '{}',
      'live/app/terraform.tfstate.backup': '{}',
      'live/app/terraform.tfstate.d/blue/terraform.tfstate': '{}',
      'live/app/.terraform.tfstate.lock.info': '{}',
      'live/app/.terraform/modules/x.tf': 'x',
      'live/app/.git/config': 'x',
      'live/app/crash.log': 'x',
      'live/app/crash.2024.log': 'x',
      'live/other/main.tf': 'x',
      'modules/net/main.tf': 'module "sub" { source = "./sub" }\nmodule "peer" { source = "../peer" }',
      'modules/net/sub/main.tf': '',
      'modules/peer/main.tf': 'module "back" { source = "../net" }',
      'modules/unused/main.tf': '',
    });
    const snapshot = await taken('live/app');
    expect(snapshot.rootModule).toBe('live/app');
    expect([...snapshot.files.keys()]).toEqual([
      'live/app/.terraform.lock.hcl',
      'live/app/main.tf',
      'live/app/prod.tfvars',
      'live/app/templates/user-data.sh',
      'modules/net/main.tf',
      'modules/net/sub/main.tf',
      'modules/peer/main.tf',
    ]);
    expect(await loadSnapshot(snapshot.address, blobs)).toEqual({
      ...snapshot,
      files: new Map(
        [...snapshot.files].map(([path, file]) => [path, { ...file, bytes: Uint8Array.from(file.bytes) }]),
      ),
    });
  });

  it('addresses contents: equal sources are equal, any byte, name, mode or root module differs', async () => {
    await writeFiles(root, { 'main.tf': '', 'run.sh': 'echo' });
    const first = (await taken()).address;
    expect((await taken()).address).toBe(first);
    await chmod(join(root, 'run.sh'), 0o755);
    const executable = (await taken()).address;
    await appendFile(join(root, 'run.sh'), 'x');
    const appended = (await taken()).address;
    await writeFiles(root, { 'more.txt': '' });
    expect(new Set([first, executable, appended, (await taken()).address]).size).toBe(4);
  });

  it('leaves out the state that a local backend puts elsewhere', async () => {
    await writeFiles(root, {
      'main.tf':
        'terraform {\n backend "local" {\n path = "data/live.json"\n workspace_dir = "spaces"\n }\n}',
      'data/live.json': '{}',
      'data/live.json.backup': '{}',
      'data/kept.json': '{}',
      'spaces/blue/terraform.json': '{}',
    });
    expect([...(await taken()).files.keys()]).toEqual(['data/kept.json', 'main.tf']);
  });

  it.each([
    ['a link to a file outside', async () => symlink('/etc/hostname', join(root, 'link.txt')), 'link.txt'],
    ['a link to a file inside', async () => symlink('main.tf', join(root, 'link.tf')), 'link.tf'],
    ['a link to a folder', async () => symlink('/etc', join(root, 'etc')), 'etc'],
    ['a link to nowhere', async () => symlink('/nowhere', join(root, 'gone')), 'gone'],
  ])('refuses %s by name', async (_, make, name) => {
    await writeFiles(root, { 'main.tf': '' });
    await make();
    const refusal = await take();
    expect(refusal).toMatchObject({ refused: true, code: 'path_outside_root' });
    expect(isRefusal(refusal) && refusal.why).toContain(name);
  });

  it.each([
    ['..', 'path_outside_root'],
    ['a/../../b', 'path_outside_root'],
    ['/etc', 'path_outside_root'],
    ['link', 'path_outside_root'],
    ['link/sub', 'path_outside_root'],
    ['missing', 'source_not_found'],
    ['main.tf', 'source_not_found'],
  ])('refuses the folder %s: %s', async (cwd, code) => {
    await writeFiles(root, { 'main.tf': '' });
    await writeFiles(base, { 'outside/main.tf': '', 'outside/sub/main.tf': '' });
    await symlink(join(base, 'outside'), join(root, 'link'));
    expect(await take(cwd)).toMatchObject({ refused: true, code });
  });

  it.each([
    ['../../outside', 'path_outside_root'],
    ['./link', 'path_outside_root'],
    ['./missing', 'source_not_found'],
  ])('refuses a module at %s: %s', async (source, code) => {
    await writeFiles(base, { 'outside/main.tf': '' });
    await writeFiles(root, { 'app/main.tf': `module "x" { source = "${source}" }` });
    if (source === './link') await symlink(join(base, 'outside'), join(root, 'app/link'));
    expect(await take('app')).toMatchObject({ refused: true, code });
  });

  it('refuses what is neither file nor folder, without waiting for it', async () => {
    await writeFiles(root, { 'main.tf': '' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const refusal = await take();
    expect(isRefusal(refusal) && refusal.why).toContain('pipe');
  });

  it('refuses names with control characters', async () => {
    await writeFiles(root, { 'main.tf': '', 'a\nb.tf': '' });
    expect(await take()).toMatchObject({ refused: true, code: 'invalid_arguments' });
  });

  it('refuses a large file by name, before reading it', async () => {
    await writeFiles(root, { 'main.tf': '', 'big.bin': '' });
    await truncate(join(root, 'big.bin'), SNAPSHOT_LIMITS.fileBytes + 1);
    const refusal = await take();
    expect(isRefusal(refusal) && refusal.why).toMatch(/big\.bin.*16 MB/);
  });

  it('refuses too much altogether', async () => {
    await writeFiles(root, { 'main.tf': '' });
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await writeFile(join(root, name), '');
      await truncate(join(root, name), SNAPSHOT_LIMITS.fileBytes - 1);
    }
    const refusal = await take();
    expect(isRefusal(refusal) && refusal.why).toMatch(/more than 64 MB/);
  });

  it('refuses too many files, and names the one too many', async () => {
    await writeFiles(root, { 'a.tf': '', 'b/b.txt': '', 'c.tf': '', 'd.tf': '' });
    const limits = { ...SNAPSHOT_LIMITS, files: 3 };
    const refusal = await sourceReader(root, () => false, limits).addFolder('');
    expect(refusal?.why).toMatch(/more than 3 files \(d\.tf/);
    expect(await sourceReader(root, (path) => path === 'd.tf', limits).addFolder('')).toBeNull();
    expect(SNAPSHOT_LIMITS.files).toBe(5_000);
  });

  it('refuses a file that is not what its size says, as one that keeps changing', async () => {
    // The kernel says 0 bytes and gives more, like a file that grew between the two.
    const refusal = await sourceReader('/proc', (path) => path !== 'uptime').addFolder('');
    expect(refusal?.why).toContain('uptime changes while it is read');
  });

  it('never returns a torn file', async () => {
    await writeFiles(root, { 'main.tf': '', 'moving.txt': 'a' });
    const write = `const [file] = process.argv.slice(1), { writeFileSync } = require('node:fs');
      for (;;) for (const each of ['a', 'b']) writeFileSync(file, each.repeat(4_000_000));`;
    const writer = spawn(process.execPath, ['-e', write, join(root, 'moving.txt')], { stdio: 'ignore' });
    const ended = new Promise((resolve) => writer.once('close', resolve));
    await expect
      .poll(async () => (await stat(join(root, 'moving.txt'))).size, { timeout: 10_000 })
      .not.toBe(1);
    const outcomes = [];
    for (let turn = 0; turn < 12; turn++) outcomes.push(await take());
    writer.kill('SIGKILL');
    await ended;
    for (const outcome of outcomes) {
      if (isRefusal(outcome)) expect(outcome.why).toContain('moving.txt');
      else expect(new Set(outcome.files.get('moving.txt')?.bytes).size).toBeLessThan(2);
    }
  });

  it('keeps its own file name for itself', async () => {
    await writeFiles(root, { 'main.tf': '', 'recourse_backend_override.tf.json': '{}' });
    expect(await take()).toMatchObject({ refused: true, code: 'invalid_arguments' });
  });

  it('refuses configuration that it cannot read, and folders without any', async () => {
    await writeFiles(root, { 'broken/main.tf': 'resource {', 'empty/readme.md': '' });
    const broken = await take('broken');
    expect(isRefusal(broken) && broken.why).toContain('broken: main.tf');
    expect(await take('empty')).toMatchObject({ refused: true, code: 'invalid_arguments' });
  });
});

describe('loadSnapshot', () => {
  it('notices spoiled bytes and manifests, and says when something is gone', async () => {
    await writeFiles(root, { 'main.tf': '#a' });
    const { address } = await taken();
    const [content = address] = [...blobs.held.keys()];
    const manifest = blobs.held.get(address) ?? new Uint8Array();
    blobs.held.set(address, new TextEncoder().encode('{}'));
    await expect(loadSnapshot(address, blobs)).rejects.toThrow(BlobTampered);
    blobs.held.set(address, manifest);
    blobs.held.set(content, new TextEncoder().encode('b'));
    await expect(loadSnapshot(address, blobs)).rejects.toThrow(BlobTampered);
    blobs.held.delete(content);
    expect(await loadSnapshot(address, blobs)).toBeNull();
    const escaping = JSON.stringify({
      files: [{ executable: false, path: '../x', sha256: address }],
      root_module: '',
      type: 'recourse.snapshot.v1',
    });
    await expect(loadSnapshot(await blobs.put(new TextEncoder().encode(escaping)), blobs)).rejects.toThrow(
      BlobTampered,
    );
    expect(
      await loadSnapshot(await blobs.put(new TextEncoder().encode('x')), blobs).catch((error) => error),
    ).toBeInstanceOf(BlobTampered);
  });
});

describe('materialiseSnapshot', () => {
  const added = new Map([['added.json', new TextEncoder().encode('{}')]]);

  it('writes files read-only, keeps what can be executed, and is done once', async () => {
    await writeFiles(root, { 'main.tf': '#a', 'bin/run.sh': 'echo' });
    await chmod(join(root, 'bin/run.sh'), 0o755);
    const snapshot = await taken();
    const folder = join(base, 'copies/one');
    expect(await Promise.all([1, 2, 3].map(() => materialiseSnapshot(snapshot, added, folder)))).toEqual([
      'intact',
      'intact',
      'intact',
    ]);
    expect(await readdir(join(base, 'copies'))).toEqual(['one']);
    expect(await readFile(join(folder, 'main.tf'), 'utf8')).toBe('#a');
    expect((await stat(join(folder, 'main.tf'))).mode & 0o777).toBe(0o444);
    expect((await stat(join(folder, 'bin/run.sh'))).mode & 0o777).toBe(0o555);
    const before = await stat(folder);
    expect(await materialiseSnapshot(snapshot, added, folder)).toBe('intact');
    expect((await stat(folder)).ino).toBe(before.ino);
  });

  it.each([
    ['a byte', (folder: string) => writeFile(join(folder, 'main.tf'), 'b')],
    ['an added file', (folder: string) => writeFile(join(folder, 'x.auto.tfvars'), '')],
    ['an added folder', (folder: string) => mkdir(join(folder, 'sub'))],
    ['a missing file', (folder: string) => rm(join(folder, 'added.json'))],
    ['a mode', (folder: string) => chmod(join(folder, 'added.json'), 0o755)],
    [
      'a link to the same bytes',
      async (folder: string) => {
        await rm(join(folder, 'main.tf'));
        await writeFile(join(base, 'elsewhere'), '#a');
        await symlink(join(base, 'elsewhere'), join(folder, 'main.tf'));
      },
    ],
  ])('notices %s, and makes it anew the next time', async (_, change) => {
    await writeFiles(root, { 'main.tf': '#a' });
    const snapshot = await taken();
    const folder = join(base, 'copies/one');
    await materialiseSnapshot(snapshot, added, folder);
    await chmod(join(folder, 'main.tf'), 0o644);
    await change(folder);
    await chmod(join(folder, 'main.tf'), 0o444);
    expect(await materialiseSnapshot(snapshot, added, folder)).toBe('tampered');
    expect(await materialiseSnapshot(snapshot, added, folder)).toBe('intact');
    expect(await readFile(join(folder, 'main.tf'), 'utf8')).toBe('#a');
  });
});
