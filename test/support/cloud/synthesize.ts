/** The stack of an environment, synthesized from `infra/` in this process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { loadEnvironment } from '../../../infra/config.ts';
import { FUNCTIONS } from '../../../infra/names.ts';
import { GatewayStack } from '../../../infra/stack.ts';
import { object } from './read-template.ts';

export const PROJECT = path.resolve(import.meta.dirname, '../../..');

/** Bundles are placeholders, lookups are none. */
export function synthesize(environment: string, folder: string): Record<string, unknown> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'recourse-synth-'));
  try {
    const bundles = placeholderBundles(path.join(scratch, 'bundles'));
    const app = new App({ outdir: path.join(scratch, 'out'), analyticsReporting: false });
    const stack = new GatewayStack(app, { environment: loadEnvironment(environment, folder), bundles });
    return object(app.synth().getStackByName(stack.stackName).template);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Bundles of no size, so that a test needs no build. */
export function placeholderBundles(folder: string): string {
  for (const name of [...FUNCTIONS, 'lane']) {
    mkdirSync(path.join(folder, name), { recursive: true });
    writeFileSync(path.join(folder, name, name === 'lane' ? 'lane.mjs' : 'index.mjs'), 'export {};\n');
  }
  return folder;
}
