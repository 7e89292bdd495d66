/**
 * Programs that only tests need, brought by npm when they are first asked for and kept in the folder for
 * temporary files: too large for everyone's install, so only under RECOURSE_REQUIRE_TOOLS=1 (CI), where a suite
 * that cannot have them fails. Elsewhere it is skipped with a loud line, unless they are there already.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, it, vi } from 'vitest';

/** Real programs on a busy machine; in milliseconds. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Exact versions; what they depend on may be newer from time to time. */
const VERSIONS = {
  '@modelcontextprotocol/conformance': '0.2.0-alpha.12',
  '@modelcontextprotocol/inspector': '2.12.0',
  [`@anthropic-ai/claude-code-${process.platform}-${process.arch}`]: '2.1.330',
  [`node-${process.platform}-${process.arch}`]: '22.23.3',
} as const;

export const CLAUDE = {
  package: `@anthropic-ai/claude-code-${process.platform}-${process.arch}`,
  file: 'claude',
};
export const INSPECTOR = {
  package: '@modelcontextprotocol/inspector',
  file: 'clients/launcher/build/index.js',
};
export const CONFORMANCE = { package: '@modelcontextprotocol/conformance', file: 'dist/index.js' };
/** The conformance suite and the inspector need a newer Node than this project does. */
export const NODE_22 = { package: `node-${process.platform}-${process.arch}`, file: 'bin/node' };

export interface Program {
  readonly package: string;
  readonly file: string;
}

export type Found = { readonly path: string } | { readonly missing: string };

/** Where the program is, once npm has brought it. */
export async function broughtByNpm(program: Program): Promise<Found> {
  if (program === NODE_22 && Number(process.versions.node.split('.')[0]) >= 22) {
    return { path: process.execPath };
  }
  const version = VERSIONS[program.package];
  const kept = path.join(tmpdir(), 'recourse-test-packages');
  const folder = path.join(kept, `${program.package}@${version}`.replaceAll('/', '+'));
  const file = path.join(folder, 'node_modules', program.package, program.file);
  if (existsSync(file)) return { path: file };
  if (process.env.RECOURSE_REQUIRE_TOOLS !== '1') {
    return { missing: `${program.package} is large; under RECOURSE_REQUIRE_TOOLS=1 npm brings it` };
  }
  mkdirSync(kept, { recursive: true });
  const making = mkdtempSync(path.join(kept, 'making-'));
  const flags = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--loglevel', 'error'];
  try {
    await promisify(execFile)(
      'npm',
      ['install', '--prefix', making, ...flags, `${program.package}@${version}`],
      { timeout: 240_000 },
    );
    // Another test file may have been first; then its copy is as good.
    if (!existsSync(file)) renameSync(making, folder);
  } catch (failure) {
    if (!existsSync(file)) {
      return { missing: `npm could not bring ${program.package}: ${String(failure).slice(0, 500)}` };
    }
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return existsSync(file) ? { path: file } : { missing: `${program.package} has no ${program.file}` };
}

/** `describe` that needs all of these; `suite` gets their paths in the same order. */
export async function describeWithPrograms(
  programs: readonly Program[],
  name: string,
  suite: (...paths: string[]) => void,
): Promise<void> {
  const found = await Promise.all(programs.map(broughtByNpm));
  const missing = found.flatMap((each) => ('missing' in each ? [each.missing] : []));
  if (missing.length === 0) {
    describe(name, () => suite(...found.flatMap((each) => ('path' in each ? [each.path] : []))));
    return;
  }
  const why = missing.join('; ');
  if (process.env.RECOURSE_REQUIRE_TOOLS === '1') {
    describe(name, () => {
      it('needs programs from npm', () => {
        throw new Error(why);
      });
    });
    return;
  }
  process.stderr.write(`\n!!! SKIPPED: ${name}: ${why}\n`);
  describe.skip(`${name} (${why})`, () => {
    it('needs programs from npm', () => {});
  });
}
