/** Bundles the command line into one executable file, dist/recourse.mjs. Native and WASM packages stay outside. */
import { chmodSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { leaveOut } from './leave-out.mjs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

await build({
  entryPoints: ['bin/recourse.ts'],
  outfile: 'dist/recourse.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  external: Object.keys(manifest.dependencies),
  plugins: [leaveOut()],
  define: { 'process.env.RECOURSE_VERSION': JSON.stringify(manifest.version) },
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
});
chmodSync('dist/recourse.mjs', 0o755);
