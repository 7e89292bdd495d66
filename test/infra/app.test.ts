/** The app as the CDK command line starts it, and what goes into the bundles. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { bundlesIn } from '../../infra/bundles.ts';
import { loadEnvironment } from '../../infra/config.ts';
import { ConfigProblem } from '../../infra/problem.ts';
import { parseDeployedConfig } from '../../lib/aws/environment-config.ts';
import { placeholderBundles } from '../support/cloud/template.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'recourse-app-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('an operator’s mistake is one line, not a stack trace', () => {
  test.each([
    [{ env: 'pord' }, 'unknown environment "pord": there is no config/pord.yaml; did you mean prod?\n'],
    [{}, 'which environment? add -c env=<dev|prod|staging>\n'],
  ])('%j', async (context, line) => {
    const synth = promisify(execFile)(process.execPath, ['scripts/run.mjs', 'bin/infra.ts'], {
      cwd: PROJECT,
      env: {
        PATH: process.env.PATH,
        CDK_CONTEXT_JSON: JSON.stringify(context),
        CDK_OUTDIR: path.join(scratch, 'out'),
      },
    });
    await expect(synth).rejects.toMatchObject({ code: 2, stdout: '', stderr: line });
  });
});

describe('bundles', () => {
  const { config, policy, policyText } = loadEnvironment('prod', PROJECT);
  const deployed = { ...config, policy_text: policyText };

  test('each is deployed with the configuration that it reads', () => {
    const bundles = bundlesIn(placeholderBundles(path.join(scratch, 'bundles')), deployed, policy);
    for (const name of ['mcp', 'lane'] as const) {
      const folder = bundles.stage(name);
      expect(readFileSync(path.join(folder, name === 'lane' ? 'lane.mjs' : 'index.mjs'), 'utf8')).toContain(
        'export',
      );
      const json: unknown = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'));
      expect(parseDeployedConfig(json)).toEqual(deployed);
    }
  });

  test('one that was not built says how to build it', () => {
    const folder = path.join(scratch, 'none');
    expect(() => bundlesIn(folder, deployed, policy).stage('control')).toThrow(
      new ConfigProblem(`there is no bundle of control in ${folder}: run npm run build:cloud first`),
    );
  });
});
