/** Bundles the command line into one executable file, dist/recourse.mjs. Native and WASM packages stay outside. */
import { chmodSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';

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

/**
 * Leaves out what no command uses and every start would read: zod's messages in other languages, and the JSON
 * Schema validator that the MCP SDK has for elicitation, which this server does not do.
 */
function leaveOut() {
  const englishOnly = "export { default as en } from './en.js';";
  const noElicitation = `export { default as process } from 'node:process';
    export class DefaultJsonSchemaValidator {
      getValidator() { throw new Error('this server validates no JSON Schema of others'); }
    }`;
  return {
    name: 'leave-out',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: englishOnly }));
      onLoad({ filter: /[\\/]server[\\/]dist[\\/]shimsNode\.mjs$/ }, () => ({ contents: noElicitation }));
    },
  };
}
