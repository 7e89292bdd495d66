/** Which folder may import which: the table of the design, held against every import in the tree. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Folder or file → what it may import: own folders, and packages. The longest matching entry counts. */
const MAY_IMPORT: Readonly<Record<string, { own: readonly string[]; packages: readonly string[] }>> = {
  'lib/core': {
    own: ['lib/core'],
    packages: ['zod', 'yaml', 'unbash', '@cdktn/hcl2json', 'node:crypto', 'node:zlib'],
  },
  'lib/ports': { own: ['lib/core', 'lib/ports'], packages: [] },
  'lib/listing.ts': { own: ['lib/core', 'lib/ports'], packages: [] },
  'lib/signatures.ts': { own: [], packages: ['node:crypto'] },
  'lib/stored-record.ts': { own: ['lib/ports'], packages: [] },
  'lib/audit': { own: ['lib/core', 'lib/ports', 'lib/audit'], packages: ['node:timers/promises'] },
  'lib/lifecycle': { own: ['lib/core', 'lib/ports', 'lib/lifecycle'], packages: ['node:timers/promises'] },
  'lib/tools': {
    own: ['lib/core', 'lib/ports', 'lib/lifecycle', 'lib/tools'],
    packages: ['zod', 'node:timers/promises'],
  },
  'lib/gateway.ts': { own: ['lib/core', 'lib/ports', 'lib/lifecycle', 'lib/tools'], packages: [] },
  'lib/control': {
    own: ['lib/core', 'lib/ports', 'lib/lifecycle', 'lib/control'],
    packages: ['zod', 'hono', 'node:crypto'],
  },
  'lib/control/relying-party.ts': { own: ['lib/ports', 'lib/control'], packages: ['oauth4webapi'] },
  'lib/workflow': {
    own: ['lib/core', 'lib/ports', 'lib/lifecycle', 'lib/executor', 'lib/workflow'],
    packages: ['zod', 'node:crypto', 'node:timers/promises'],
  },
  'lib/notices': {
    own: [
      'lib/core',
      'lib/ports',
      'lib/lifecycle',
      'lib/notices',
      'lib/control/approvals.ts',
      'lib/control/inbound.ts',
      'lib/control/links.ts',
      'lib/control/plans.ts',
      'lib/control/pages/action.ts',
      'lib/control/pages/changes.ts',
      'lib/control/pages/evidence.ts',
      'lib/control/pages/reach.ts',
      'lib/control/pages/text.ts',
    ],
    packages: ['nodemailer', 'hono', 'zod', 'node:crypto'],
  },
  'lib/lanes': {
    own: ['lib/core', 'lib/ports', 'lib/executor', 'lib/workflow', 'lib/lanes'],
    packages: ['fflate', 'node:'],
  },
  'lib/executor': { own: ['lib/core', 'lib/ports', 'lib/executor'], packages: ['@secretlint', 'node:'] },
  'lib/json-lines.ts': { own: [], packages: ['node:stream'] },
  'lib/mcp.ts': {
    own: ['lib/core', 'lib/gateway.ts', 'lib/tools', 'lib/json-lines.ts'],
    packages: ['zod', '@modelcontextprotocol/server'],
  },
  'lib/mcp-http.ts': {
    own: ['lib/core', 'lib/gateway.ts', 'lib/mcp.ts'],
    packages: ['@modelcontextprotocol/server'],
  },
  'lib/agent-http': {
    own: [
      'lib/core',
      'lib/ports',
      'lib/lifecycle',
      'lib/tools',
      'lib/gateway.ts',
      'lib/mcp.ts',
      'lib/mcp-http.ts',
      'lib/agent-http',
    ],
    packages: ['hono'],
  },
  'lib/oidc': { own: ['lib/core', 'lib/ports', 'lib/oidc'], packages: ['jose'] },
  'lib/doctor': {
    own: [
      'lib/core',
      'lib/ports',
      'lib/lifecycle',
      'lib/tools',
      'lib/control',
      'lib/audit',
      'lib/gateway.ts',
      'lib/doctor',
    ],
    packages: ['zod'],
  },
  'lib/doctor/cloud': { own: ['lib/doctor/cloud'], packages: [] },
  'lib/local': {
    own: [
      'lib/core',
      'lib/ports',
      'lib/listing.ts',
      'lib/stored-record.ts',
      'lib/signatures.ts',
      'lib/lifecycle',
      'lib/audit',
      'lib/control',
      'lib/executor',
      'lib/local',
    ],
    packages: ['libsql', 'hono', '@hono/node-server', 'node:'],
  },
  'lib/aws': {
    own: [
      'lib/core',
      'lib/ports',
      'lib/listing.ts',
      'lib/stored-record.ts',
      'lib/signatures.ts',
      'lib/audit',
      'lib/lifecycle',
      'lib/workflow',
      'lib/executor',
      'lib/lanes',
      'lib/aws',
    ],
    packages: ['@aws-sdk', '@aws-crypto/sha256-js', '@smithy/signature-v4', 'fflate', 'node:'],
  },
  'lib/aws/ask-step.ts': {
    own: ['lib/core', 'lib/ports', 'lib/control', 'lib/notices'],
    packages: ['zod'],
  },
  'lib/aws/notice-providers.ts': {
    own: ['lib/core', 'lib/ports', 'lib/notices', 'lib/aws'],
    packages: ['@aws-sdk'],
  },
  'lib/aws/servicenow-poll.ts': {
    own: ['lib/ports', 'lib/control', 'lib/notices', 'lib/aws'],
    packages: [],
  },
  'lib/aws/watch.ts': { own: ['lib/ports'], packages: ['@aws-lambda-powertools'] },
  'lib/aws/ses-sender.ts': { own: ['lib/notices', 'lib/aws'], packages: ['@aws-sdk'] },
  'lib/aws/config-values.ts': { own: ['lib/core'], packages: ['zod'] },
  'lib/aws/environment-config.ts': { own: ['lib/aws/config-values.ts'], packages: ['zod'] },
  lambdas: { own: ['lib', 'lambdas'], packages: ['@aws-sdk', 'node:'] },
  bin: { own: ['lib', 'bin'], packages: ['commander', 'node:'] },
  // A bundle of its own: nothing of AWS is in the one that every command loads.
  'bin/aws-side.ts': { own: ['lib/aws', 'lib/doctor/cloud'], packages: ['@aws-sdk/credential-providers'] },
  infra: {
    own: [
      'lib/core/policy',
      'lib/core/run.ts',
      'lib/aws/checked-policy.ts',
      'lib/aws/environment-config.ts',
      'lib/aws/poll-event.ts',
      'lib/aws/record-places.ts',
      'infra',
    ],
    packages: ['aws-cdk-lib', 'constructs', 'cdk-nag', 'yaml', 'zod', 'node:'],
  },
  'bin/infra.ts': { own: ['infra'], packages: ['aws-cdk-lib', 'node:'] },
};

test('every import points the way the table says', () => {
  const wrong = sources('lib')
    .concat(sources('bin'), sources('infra'), sources('lambdas'))
    .flatMap(violations);
  expect(wrong).toEqual([]);
});

test('the checker itself sees a wrong import', () => {
  expect(forbidden('lib/core/decision.ts', 'node:fs')).toBe(true);
  expect(forbidden('lib/core/decision.ts', '../ports/store.ts')).toBe(true);
  expect(forbidden('lib/tools/get-plan.ts', '../control/vote.ts')).toBe(true);
  expect(forbidden('lib/executor/process.ts', '../lifecycle/claim.ts')).toBe(true);
  expect(forbidden('lib/tools/get-plan.ts', '@modelcontextprotocol/server')).toBe(true);
  expect(forbidden('lib/agent-http/app.ts', '../control/tokens.ts')).toBe(true);
  expect(forbidden('lib/agent-http/app.ts', '@modelcontextprotocol/server')).toBe(true);
  expect(forbidden('lib/aws/dynamo-store.ts', '../local/keys.ts')).toBe(true);
  expect(forbidden('lib/aws/environment-config.ts', 'aws-cdk-lib')).toBe(true);
  expect(forbidden('infra/stack.ts', '../lib/lifecycle/claim.ts')).toBe(true);
  expect(forbidden('lib/agent-http/app.ts', '../oidc/agent-tokens.ts')).toBe(true);
  expect(forbidden('lib/tools/get-plan.ts', 'jose')).toBe(true);
  expect(forbidden('lib/notices/outbox.ts', '../control/vote.ts')).toBe(true);
  expect(forbidden('lib/control/http.ts', '../notices/outbox.ts')).toBe(true);
  expect(forbidden('lib/tools/get-plan.ts', '../core/ids.ts')).toBe(false);
});

test('no files import each other in a circle, types included', () => {
  const files = ['lib', 'bin', 'infra', 'lambdas'].flatMap(sources);
  expect(circles(new Map(files.map((file) => [file, ownImports(file)])))).toEqual([]);
});

test('the search for circles sees one', () => {
  const graph = new Map([
    ['a', ['b', 'd']],
    ['b', ['c']],
    ['c', ['b', 'd']],
    ['d', []],
  ]);
  expect(circles(graph)).toEqual([['b', 'c']]);
  expect(circles(new Map([['a', ['a']]]))).toEqual([['a']]);
});

/** Files of which each leads to itself through the others; each circle once, files in order. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const reach = new Map([...graph.keys()].map((file) => [file, reachable(graph, file)]));
  const inCircle = [...graph.keys()].filter((file) => reach.get(file)?.has(file));
  const found = inCircle.map((file) =>
    inCircle.filter((other) => reach.get(file)?.has(other) && reach.get(other)?.has(file)).sort(),
  );
  return [...new Map(found.map((circle) => [circle.join(), circle])).values()];
}

function reachable(graph: ReadonlyMap<string, readonly string[]>, from: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const rest = [...(graph.get(from) ?? [])];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    rest.push(...(graph.get(next) ?? []));
  }
  return reached;
}

function ownImports(file: string): string[] {
  return importsOf(file)
    .filter((target) => target.startsWith('.'))
    .map((target) => path.posix.join(path.posix.dirname(file), target));
}

function violations(file: string): string[] {
  return importsOf(file)
    .filter((target) => forbidden(file, target))
    .map((target) => `${file} imports ${target}`);
}

function importsOf(file: string): string[] {
  const { module } = parseSync(file, readFileSync(path.join(ROOT, file), 'utf8'));
  const dynamic = module.dynamicImports.map((each) =>
    literalAt(file, each.moduleRequest.start, each.moduleRequest.end),
  );
  return [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap((each) =>
      each.entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
    ),
    ...dynamic,
  ];
}

function literalAt(file: string, start: number, end: number): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
    .slice(start, end)
    .replace(/^['"`]|['"`]$/g, '');
}

function forbidden(file: string, target: string): boolean {
  const layer = Object.keys(MAY_IMPORT)
    .filter((name) => file === name || file.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)[0];
  const rule = layer === undefined ? undefined : MAY_IMPORT[layer];
  if (rule === undefined) return true;
  if (!target.startsWith('.')) {
    return !rule.packages.some(
      (name) => target === name || target.startsWith(name.endsWith(':') ? name : `${name}/`),
    );
  }
  const resolved = path.posix.join(path.posix.dirname(file), target);
  return !rule.own.some((name) => resolved === name || resolved.startsWith(`${name}/`));
}

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name));
}
