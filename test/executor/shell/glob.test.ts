import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expandGlob, globTest, guarded } from '../../../lib/executor/shell/glob.ts';
import type { Reach } from '../../../lib/executor/shell/paths.ts';

let base: string;
let root: string;
let reach: Reach;
beforeAll(() => {
  base = realpathSync(mkdtempSync(path.join(tmpdir(), 'recourse-glob-')));
  root = path.join(base, 'root');
  reach = { root, hidden: [], seen: null };
  mkdirSync(path.join(root, 'sub'), { recursive: true });
  mkdirSync(path.join(base, 'outside'));
  for (const name of ['-rf', 'a.txt', 'b.txt', '.hidden', 'sub/c.txt', '../outside/secret.txt']) {
    writeFileSync(path.join(root, name), '');
  }
  symlinkSync('../outside', path.join(root, 'way-out'));
  symlinkSync('sub', path.join(root, 'way-in'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

it('never lists a folder outside of the root, by dots or by a link', () => {
  expect(expandGlob(reach, root, '../outside/*')).toEqual(['../outside/*']);
  expect(expandGlob(reach, root, 'way-out/*')).toEqual(['way-out/*']);
  expect(expandGlob(reach, root, '*/secret*')).toEqual(['*/secret*']);
  expect(expandGlob(reach, root, 'way-in/*')).toEqual(['way-in/c.txt']);
  expect(expandGlob(reach, path.join(root, 'sub'), '../*.txt')).toEqual(['../a.txt', '../b.txt']);
});

it('makes no option of a name', () => {
  expect(expandGlob(reach, root, '-*')?.map(guarded)).toEqual(['./-rf']);
  expect(expandGlob(reach, root, '*')).toEqual(['-rf', 'a.txt', 'b.txt', 'sub', 'way-in', 'way-out']);
});

it('takes patterns that are made to be slow in its stride', () => {
  const slow = globTest(`${'*a'.repeat(200)}b`);
  expect(slow('a'.repeat(5_000))).toBe(false);
});
