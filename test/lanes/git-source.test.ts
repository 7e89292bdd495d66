/** Checking out with the real git: refs that may be planned, commits that lie on them, and nothing of a repository run. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRefusal } from '../../lib/core/refusal.ts';
import { locateTool } from '../../lib/executor/locate-tool.ts';
import { checkOutGit, type GitSource } from '../../lib/lanes/git-source.ts';

let place: string;
let origin: string;
const git = (...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main', ...args],
    {
      cwd: origin,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
    .toString()
    .trim();
const commit = (file: string, text: string) => {
  writeFileSync(join(origin, file), text);
  git('add', '-A');
  git('commit', '-qm', `${file}: ${text}`);
  return git('rev-parse', 'HEAD');
};

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'recourse-git-'));
  origin = join(place, 'origin');
  mkdirSync(origin);
  git('init', '-q');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

async function checkOut(ref: string | null, settings: Partial<GitSource> = {}) {
  const folder = mkdtempSync(join(place, 'out-'));
  const file = await locateTool('git', process.env.PATH, []);
  if (file === null) throw new Error('git is needed');
  const source = {
    name: 'network',
    url: origin,
    allowed: ['main', 'release/*', 'v*'],
    defaultRef: 'main',
    token: null,
  };
  const out = await checkOutGit(
    { git: file, timeoutMs: 30_000 },
    { ...source, ...settings },
    ref,
    folder,
    AbortSignal.timeout(30_000),
  );
  return { out, folder };
}

describe('a git source', () => {
  it('gives the files of a branch, a tag and a commit, without their history', async () => {
    const first = commit('main.tf', 'one');
    git('tag', 'v1');
    const second = commit('main.tf', 'two');
    for (const [ref, id, text] of [
      [null, second, 'two'],
      ['main', second, 'two'],
      ['v1', first, 'one'],
      [first, first, 'one'],
    ] as const) {
      const { out, folder } = await checkOut(ref);
      expect(out).toEqual({ commit: id });
      expect(readFileSync(join(folder, 'main.tf'), 'utf8')).toBe(text);
      expect(readdirSync(folder)).toEqual(['main.tf']);
      expect(existsSync(`${folder}.git`)).toBe(false);
    }
  });

  it('takes a branch before a tag of the same name, and nothing else that answers to it', async () => {
    const tagged = commit('main.tf', 'tagged');
    git('tag', 'release/1');
    commit('main.tf', 'branched');
    git('branch', 'release/1');
    git('update-ref', 'refs/pull/7/head', tagged);
    expect((await checkOut('release/1')).out).toEqual({ commit: git('rev-parse', 'refs/heads/release/1') });
    expect((await checkOut('pull/7/head')).out).toMatchObject({ code: 'source_not_found' });
  });

  it('takes no commit that lies on no allowed branch: a pull request, a fork, a branch that may not be planned', async () => {
    commit('main.tf', 'good');
    git('checkout', '-qb', 'feature/evil');
    const evil = commit('main.tf', 'evil');
    git('update-ref', 'refs/pull/1/head', evil);
    git('checkout', '-q', 'main');
    const { out, folder } = await checkOut(evil);
    expect(isRefusal(out) && out.why).toContain('does not lie on a branch or tag');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('runs no hook, filter or attribute of the repository', async () => {
    const canary = join(place, 'ran');
    writeFileSync(join(origin, '.gitattributes'), '*.tf filter=evil\n');
    mkdirSync(join(origin, '.git', 'hooks'), { recursive: true });
    for (const hook of ['post-checkout', 'upload-pack', 'post-upload-pack', 'reference-transaction']) {
      writeFileSync(join(origin, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${canary}-${hook}\n`);
      chmodSync(join(origin, '.git', 'hooks', hook), 0o755);
    }
    commit('main.tf', 'good');
    rmSync(`${canary}-reference-transaction`, { force: true });
    const { out } = await checkOut(null);
    expect(out).toMatchObject({ commit: expect.any(String) });
    expect(readdirSync(place).filter((name) => name.startsWith('ran'))).toEqual([]);
  });

  it('refuses a repository whose submodules would run something', async () => {
    writeFileSync(
      join(origin, '.gitmodules'),
      `[submodule "x"]\n\tpath = x\n\turl = ${place}\n\tupdate = !touch /tmp/never\n`,
    );
    commit('main.tf', 'good');
    expect((await checkOut(null)).out).toMatchObject({ code: 'source_not_found' });
  });

  it('leaves a link that leads out as a link, for the snapshot to refuse', async () => {
    symlinkSync('/etc/passwd', join(origin, 'link.tf'));
    commit('main.tf', 'x');
    const { out } = await checkOut(null);
    expect(isRefusal(out)).toBe(false);
  });

  it('says what is wrong, without the token', async () => {
    commit('main.tf', 'x');
    const none = await checkOut('main', { url: join(place, 'absent'), token: 'secret-token' });
    expect(isRefusal(none.out) && none.out.why).toMatch(/cannot be read/);
    expect(JSON.stringify(none.out)).not.toContain('secret-token');
    expect((await checkOut('release/none')).out).toMatchObject({ code: 'source_not_found' });
    // No helper and no other protocol is ever asked.
    for (const url of ['ext::sh -c "touch /tmp/x"', 'ssh://example.com/x', 'git://127.0.0.1:1/x']) {
      const refused = await checkOut('main', { url });
      expect(isRefusal(refused.out) && refused.out.why).toMatch(/not allowed|cannot be read/);
    }
  });
});
