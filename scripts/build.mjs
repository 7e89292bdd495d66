/**
 * Bundles the command line into one executable file, dist/recourse.mjs, and what it needs of AWS into another,
 * which is loaded by the commands that sign requests. Native and WASM packages stay outside.
 */
import { chmodSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { leaveOut } from './leave-out.mjs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  external: Object.keys(manifest.dependencies),
};
const withRequire =
  "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);";

await build({
  ...common,
  entryPoints: ['bin/recourse.ts'],
  outfile: 'dist/recourse.mjs',
  plugins: [leaveOut(), besides('./aws-side.ts', './recourse-aws.mjs')],
  define: { 'process.env.RECOURSE_VERSION': JSON.stringify(manifest.version) },
  banner: { js: `#!/usr/bin/env node\n${withRequire}` },
});
chmodSync('dist/recourse.mjs', 0o755);

await build({
  ...common,
  entryPoints: ['bin/aws-side.ts'],
  outfile: 'dist/recourse-aws.mjs',
  mainFields: ['module', 'main'],
  banner: { js: withRequire },
});

/** What the source imports from a file that is built beside this one. */
function besides(source, built) {
  return {
    name: 'besides',
    setup({ onResolve }) {
      const named = new RegExp(`${source.slice(1).replaceAll('.', '\\.')}$`);
      onResolve({ filter: named }, () => ({ path: built, external: true }));
    },
  };
}
