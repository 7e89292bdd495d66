/** What a function or a lane is told of its deployment: environment variables, and `config.json` beside its code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../core/policy/policy.ts';
import type { SourceRule } from '../workflow/source.ts';
import { type DeployedConfig, parseDeployedConfig } from './environment-config.ts';
import { TABLE_ROLES, type TableRole } from './record-places.ts';
import { required, type Variables } from './variables.ts';

export interface Deployment {
  readonly environment: string;
  readonly config: DeployedConfig;
  readonly policy: Policy;
  readonly sources: readonly SourceRule[];
  /** The value of a variable that must be set. Throws one sentence where it is not. */
  variable(name: string): string;
  /** Of the tables that this function may reach. */
  readonly tables: Partial<Record<TableRole, string>>;
}

/** Throws where there is no valid policy. */
export type PolicyReader = (folder: string, config: DeployedConfig) => Policy;

/** Throws where anything is missing or malformed: the function must not start on it. */
export function readDeployment(folder: string, env: Variables, policyIn: PolicyReader): Deployment {
  const config = parseDeployedConfig(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')));
  const variable = required(env);
  const environment = variable('RECOURSE_ENVIRONMENT');
  if (config.environment !== environment) {
    throw new Error(`config.json is for ${config.environment}, and this is ${environment}`);
  }
  return {
    environment,
    config,
    policy: withConfiguredBackend(policyIn(folder, config)),
    sources: config.sources.map(sourceRule),
    variable,
    tables: Object.fromEntries(
      TABLE_ROLES.flatMap((role) => {
        const name = env[`RECOURSE_TABLE_${role.toUpperCase()}`];
        return name === undefined ? [] : [[role, name]];
      }),
    ),
  };
}

/** The operator's configuration says where states lie, so a source may say the same, and nothing else. */
function withConfiguredBackend(policy: Policy): Policy {
  return { ...policy, terraform: { ...policy.terraform, allowedBackends: ['s3'] } };
}

function sourceRule({ name, git }: DeployedConfig['sources'][number]): SourceRule {
  return { name, refs: git === undefined ? null : { allowed: git.refs, default: git.default_ref } };
}
