/** What is deployed, as `npm run build:cloud` made it: how large it is, and what is not in it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../infra/names.ts';

const DIST = path.resolve(import.meta.dirname, '../../dist');

const LARGEST_MCP = 600 * 1024;
/** Of the other machine, of the command line, and of the machine that deploys. */
const NOWHERE =
  /^(lib\/local|bin|infra|test)\/|node_modules\/(libsql|@libsql|commander|aws-cdk-lib|constructs)\//;
/** Who cannot load what decides cannot decide: also not by a mistake of ours. */
const NOT_FOR_AGENTS = /^lib\/(control|executor|lanes|notices)\//;

const fileOf = (name: string) => path.join(DIST, 'cloud', name, name === 'lane' ? 'lane.mjs' : 'index.mjs');
function inputsOf(name: string): readonly string[] {
  const inputs: readonly string[] = JSON.parse(
    readFileSync(path.join(DIST, 'cloud-inputs', `${name}.json`), 'utf8'),
  );
  return inputs.map((each) => each.replace(/^(\.\.\/)+.*?node_modules\//, 'node_modules/'));
}

describe.each([...FUNCTIONS, 'lane'])('the bundle of %s', (name) => {
  it('is there, made of its own source', () => {
    expect(existsSync(fileOf(name)), 'run npm run build:cloud first').toBe(true);
    expect(inputsOf(name)).toContain(`lambdas/${name}.ts`);
  });

  it('holds nothing of one machine, the command line or the stack', () => {
    expect(inputsOf(name).filter((each) => NOWHERE.test(each))).toEqual([]);
    expect(readFileSync(fileOf(name), 'utf8')).not.toMatch(/["'](libsql|commander|aws-cdk-lib)["']/);
  });
});

describe('the bundle that agents reach', () => {
  it('has 600 KB at most', () => {
    expect(statSync(fileOf('mcp')).size).toBeLessThanOrEqual(LARGEST_MCP);
  });

  it('holds nothing that decides, signs or runs', () => {
    expect(inputsOf('mcp').filter((each) => NOT_FOR_AGENTS.test(each))).toEqual([]);
  });
});
