import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { CHECKED_POLICY, checkedPolicyText } from '../lib/aws/checked-policy.ts';
import type { DeployedConfig } from '../lib/aws/environment-config.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import type { FunctionName } from './names.ts';
import { ConfigProblem } from './problem.ts';

/** The built bundles, each of which is deployed together with the environment's `config.json`. */
export interface Bundles {
  /** A folder with the bundle and `config.json`. */
  stage(name: FunctionName | 'lane'): string;
}

/** `folder`: where `npm run build:cloud` put the bundles, one folder each. */
export function bundlesIn(folder: string, config: DeployedConfig, policy: Policy): Bundles {
  const staging = FileSystem.mkdtemp('recourse-bundles-');
  return {
    stage: (name) => {
      const from = path.join(folder, name);
      if (!existsSync(path.join(from, name === 'lane' ? 'lane.mjs' : 'index.mjs'))) {
        throw new ConfigProblem(`there is no bundle of ${name} in ${folder}: run npm run build:cloud first`);
      }
      const to = path.join(staging, name);
      mkdirSync(to, { recursive: true });
      cpSync(from, to, { recursive: true });
      writeFileSync(path.join(to, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
      writeFileSync(path.join(to, CHECKED_POLICY), checkedPolicyText(policy));
      return to;
    },
  };
}
