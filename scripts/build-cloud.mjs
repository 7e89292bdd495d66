/**
 * Bundles what the cloud runs into dist/cloud/NAME: one `index.mjs` for each function, `lane/lane.mjs` for builds.
 * What cannot be bundled (the HCL parser's WASM) lies beside it in node_modules. What each was made of is listed in
 * dist/cloud-inputs/NAME.json, which is not deployed.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { leaveOut } from './leave-out.mjs';
import { slimAws } from './slim-aws.mjs';

/** Functions that read configurations, and so need the HCL parser. */
const READS_HCL = ['authorize-run', 'finish-run', 'lane'];
const NAMES = ['mcp', 'control', 'ask-approval', 'authorize-run', 'finish-run', 'seal-audit', 'lane'];
const HCL = ['@cdktn/hcl2json', 'fs-extra', 'graceful-fs', 'jsonfile', 'universalify'];

const version = JSON.parse(readFileSync('package.json', 'utf8')).version;
const asked = process.argv.slice(2);
await Promise.all(NAMES.filter((name) => asked.length === 0 || asked.includes(name)).map(bundle));

async function bundle(name) {
  const folder = path.join('dist/cloud', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const lane = name === 'lane';
  const { metafile } = await build({
    entryPoints: [`lambdas/${name}.ts`],
    outfile: path.join(folder, lane ? 'lane.mjs' : 'index.mjs'),
    bundle: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    // Builds of lanes run on the Node.js of CodeBuild's image.
    target: lane ? 'node20' : 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: false,
    legalComments: 'none',
    external: ['@cdktn/hcl2json'],
    // A lane's credentials come from its container's endpoint, a function's from its environment.
    plugins: [leaveOut(), ...(lane ? [] : [slimAws()])],
    define: { 'process.env.RECOURSE_VERSION': JSON.stringify(version) },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
    },
  });
  mkdirSync('dist/cloud-inputs', { recursive: true });
  const inputs = Object.values(metafile.outputs).flatMap((each) => Object.keys(each.inputs));
  writeFileSync(`dist/cloud-inputs/${name}.json`, JSON.stringify(inputs));
  if (READS_HCL.includes(name)) for (const each of HCL) copyPackage(each, folder);
}

function copyPackage(name, folder) {
  const to = path.join(folder, 'node_modules', name);
  cpSync(path.join('node_modules', name), to, { recursive: true, dereference: true });
}
