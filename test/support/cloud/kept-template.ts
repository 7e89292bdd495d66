/**
 * The template of an environment for tests that only use it: synthesized once for each state of what it is made
 * from, and kept under dist/. Tests of the template itself synthesize it anew.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadEnvironment } from '../../../infra/config.ts';
import { type CloudTemplate, object, readTemplate } from './read-template.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const KEPT = path.join(ROOT, 'dist/templates');
/** All that a template follows from, beside the project's own files. */
const SOURCES = ['infra', 'lib/aws', 'lib/core', 'package-lock.json', 'test/support/cloud/synthesize.ts'];

/** `folder`: a project of its own, with `config/` and `policy/`. */
export async function keptTemplate(environment: string, folder: string): Promise<CloudTemplate> {
  const { config } = loadEnvironment(environment, folder);
  const file = path.join(KEPT, `${hashOf(environment, folder)}.json`);
  if (!existsSync(file)) await onceAtATime(`${file}.lock`, () => make(file, environment, folder));
  return readTemplate(config, object(JSON.parse(readFileSync(file, 'utf8'))));
}

async function make(file: string, environment: string, folder: string): Promise<void> {
  if (existsSync(file)) return;
  const { synthesize } = await import('./synthesize.ts');
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(synthesize(environment, folder)));
  renameSync(unfinished, file);
}

function hashOf(environment: string, folder: string): string {
  const hash = createHash('sha256').update(JSON.stringify([environment, process.version]));
  const from = (root: string, names: readonly string[]) => {
    for (const name of names.flatMap((each) => filesIn(root, each))) {
      hash.update(`\n${name}\n`).update(readFileSync(path.join(root, name)));
    }
  };
  from(ROOT, SOURCES);
  from(folder, ['config', 'policy']);
  return hash.digest('hex');
}

function filesIn(root: string, name: string): string[] {
  if (path.extname(name) !== '') return [name];
  return readdirSync(path.join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Test files run side by side, and one synthesis is enough; a lock that its owner left is waited for, not trusted. */
async function onceAtATime(lock: string, work: () => Promise<void>): Promise<void> {
  mkdirSync(path.dirname(lock), { recursive: true });
  let mine = false;
  for (let waited = 0; !mine && waited < 60_000; waited += 100) {
    mine = taken(lock);
    if (!mine) await sleep(100);
  }
  try {
    await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}
