/**
 * A doctor that cannot fail is worth nothing. Each row plants one fault in the code, bundles the doctor with it,
 * and names the self-test that must fail for it. Every self-test has at least one row.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SELF_TESTS } from '../../lib/doctor/self-tests.ts';
import { FAULTS, type PlantedFault } from './faults.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
let folder = '';
let empty = '';
beforeAll(() => {
  // Inside the project, so that packages are found.
  folder = mkdtempSync(path.join(ROOT, 'dist/doctor-'));
  empty = path.join(folder, 'root');
  mkdirSync(empty);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('planted faults', () => {
  test('without a fault, every self-test passes', async () => {
    expect(await failingWith(null)).toEqual([]);
  });

  test.each(FAULTS.map((fault) => [fault.what, fault] as const))('%s', async (_what, fault) => {
    expect(await failingWith(fault)).toContain(fault.seenBy);
  });

  test('every self-test sees a fault, and there are at least 40', () => {
    const seeing = new Set(FAULTS.map((fault) => fault.seenBy));
    expect(SELF_TESTS.map((each) => each.id).filter((id) => !seeing.has(id))).toEqual([]);
    expect(FAULTS.length).toBeGreaterThanOrEqual(40);
    expect(SELF_TESTS).toHaveLength(28);
  });
});

let bundles = 0;

/** The ids of the self-tests that fail when the doctor is built with this fault. */
async function failingWith(fault: PlantedFault | null): Promise<string[]> {
  bundles += 1;
  const outfile = path.join(folder, `doctor-${bundles}.mjs`);
  let planted = fault === null;
  await build({
    entryPoints: [path.join(ROOT, 'test/children/doctor.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'silent',
    plugins: [
      {
        name: 'planted-fault',
        setup: (bundle) => {
          if (fault === null) return;
          bundle.onLoad({ filter: /\.ts$/ }, (args) => {
            if (args.path !== path.join(ROOT, fault.file)) return null;
            const source = readFileSync(args.path, 'utf8');
            planted = source.includes(fault.code);
            return { contents: source.replace(fault.code, () => fault.instead), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (!planted) throw new Error(`${fault?.file} does not hold: ${fault?.code}`);
  const { failingSelfTests } = await import(pathToFileURL(outfile).href);
  return failingSelfTests(realpathSync(empty));
}
