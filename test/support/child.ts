/** Runs a TypeScript file of test/children as a process of its own, against the real library. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Bundles `test/children/NAME.ts` into `folder` and answers with the file to run. */
export async function bundleChild(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  const libsql = pathToFileURL(createRequire(import.meta.url).resolve('libsql')).href;
  await build({
    entryPoints: [fileURLToPath(new URL(`../children/${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    plugins: [
      {
        name: 'native-libsql',
        setup(bundler) {
          bundler.onResolve({ filter: /^libsql$/ }, () => ({ path: libsql, external: true }));
        },
      },
    ],
  });
  return outfile;
}

export function startChild(file: string, args: readonly string[]): Child {
  return spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** Everything it printed; rejects unless it ends with code 0. */
export function outputOf(child: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`child ended with ${code}`))));
  });
}
