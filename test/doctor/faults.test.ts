/**
 * A doctor that cannot fail is worth nothing. Each row plants one fault in the code, bundles the doctor with it,
 * and names the self-test that must fail for it. Every self-test has at least one row.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildContext, context } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SELF_TESTS } from '../../lib/doctor/self-tests.ts';
import { FAULTS, type PlantedFault } from './faults.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
let folder = '';
let empty = '';
let bundler: BuildContext | null = null;
beforeAll(async () => {
  // Inside the project, so that packages are found.
  folder = mkdtempSync(path.join(ROOT, 'dist/doctor-'));
  empty = path.join(folder, 'root');
  mkdirSync(empty);
  bundler = await openBundler();
});
afterAll(async () => {
  await bundler?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('planted faults', () => {
  test('without a fault, every self-test passes', async () => {
    expect(await failingWith(null)).toEqual([]);
  });

  test.each(FAULTS.map((fault) => [fault.what, fault] as const))('%s', async (_what, fault) => {
    expect(await failingWith(fault)).toEqual([fault.seenBy]);
  });

  test('every self-test sees a fault, and there are at least 40', () => {
    const seeing = new Set(FAULTS.map((fault) => fault.seenBy));
    expect(SELF_TESTS.map((each) => each.id).filter((id) => !seeing.has(id))).toEqual([]);
    expect(FAULTS.length).toBeGreaterThanOrEqual(40);
    expect(SELF_TESTS).toHaveLength(28);
  });
});

let bundles = 0;
/** What the next bundle is made with, and whether its place was found. */
let planting: { readonly fault: PlantedFault; planted: boolean } | null = null;

/** The ids of the self-tests that fail when the doctor is built with this fault: of the one that must see it, or of all. */
async function failingWith(fault: PlantedFault | null): Promise<string[]> {
  if (bundler === null) throw new Error('there is no bundler');
  bundles += 1;
  planting = fault === null ? null : { fault, planted: false };
  const { outputFiles } = await bundler.rebuild();
  if (planting?.planted === false) throw new Error(`${fault?.file} does not hold: ${fault?.code}`);
  const outfile = path.join(folder, `doctor-${bundles}.mjs`);
  writeFileSync(outfile, outputFiles?.[0]?.contents ?? '');
  const { failingSelfTests } = await import(pathToFileURL(outfile).href);
  return failingSelfTests(realpathSync(empty), fault === null ? null : fault.seenBy);
}

/** Files without a fault are read and parsed once for all bundles. */
function openBundler(): Promise<BuildContext> {
  const named = [...new Set(FAULTS.map(({ file }) => path.join(ROOT, file)))];
  const filter = new RegExp(`^(?:${named.map((file) => file.replaceAll(/[.+]/g, '\\$&')).join('|')})$`);
  return context({
    entryPoints: [path.join(ROOT, 'test/children/doctor.ts')],
    outfile: path.join(folder, 'doctor.mjs'),
    write: false,
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
          bundle.onLoad({ filter }, (args) => {
            if (planting === null || args.path !== path.join(ROOT, planting.fault.file)) return null;
            const { code, instead } = planting.fault;
            const source = readFileSync(args.path, 'utf8');
            planting.planted = source.includes(code);
            return { contents: source.replace(code, () => instead), loader: 'ts' };
          });
        },
      },
    ],
  });
}
