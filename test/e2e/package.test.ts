/** What `npm pack` makes works with npx from an empty folder. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inherited, RECOURSE } from '../support/served.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

test('the bundle has a run bit', () => {
  expect(statSync(RECOURSE).mode & 0o111).toBe(0o111);
});

test('npm pack, then npx from an empty folder', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'recourse-pack-'));
  // npm puts settings of the outer run into the environment; a user's npx has none of them.
  const env = Object.fromEntries(
    Object.entries(inherited()).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
  );
  try {
    execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
      cwd: PROJECT,
      env,
      stdio: 'pipe',
    });
    const [tarball] = readdirSync(folder);
    const version = execFileSync(
      'npx',
      ['--yes', '--package', path.join(folder, String(tarball)), 'recourse', '--version'],
      { cwd: folder, env, encoding: 'utf8' },
    );
    expect(version.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    const explained = execFileSync(
      'npx',
      [
        '--yes',
        '--package',
        path.join(folder, String(tarball)),
        'recourse',
        'policy',
        'explain',
        '-e',
        'prod',
        '--json',
      ],
      { cwd: folder, env, encoding: 'utf8' },
    );
    expect(JSON.parse(explained).environment).toBe('prod');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
