/** Runs a TypeScript script of this project: `node scripts/run.mjs scripts/NAME.ts [arguments]`. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [script, ...rest] = process.argv.slice(2);
const outfile = path.resolve('dist/scripts', `${path.basename(script, '.ts')}.mjs`);
mkdirSync(path.dirname(outfile), { recursive: true });
await build({
  entryPoints: [script],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  packages: 'external',
  plugins: [{ name: 'own-folder', setup: ownFolder }],
});
process.argv = [process.argv[0], outfile, ...rest];
await import(pathToFileURL(outfile).href);

/** What a script takes from the tests looks for files beside its source, not beside the bundle. */
function ownFolder({ onLoad }) {
  onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, ({ path: file }) => ({
    contents: readFileSync(file, 'utf8').replaceAll(
      'import.meta.dirname',
      JSON.stringify(path.dirname(file)),
    ),
    loader: 'ts',
  }));
}
