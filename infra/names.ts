/**
 * What everything is called. Names follow from the environment alone, so policies name each resource in full
 * without waiting for it, and an operator can write trust policies before the first deployment.
 */
import type { EnvironmentConfig } from '../lib/aws/environment-config.ts';
import type { Lane } from '../lib/core/run.ts';

/** Functions of the gateway: each has its own bundle, role and log group. */
export const FUNCTIONS = [
  'mcp',
  'control',
  'ask-approval',
  'authorize-run',
  'finish-run',
  'seal-audit',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** Lanes: each is a CodeBuild project with its own role. */
export { LANES, type Lane } from '../lib/core/run.ts';

export const MACHINES = ['run', 'approval'] as const;
export type MachineName = (typeof MACHINES)[number];

export type Names = ReturnType<typeof namesOf>;

export function namesOf({ environment, account, region }: EnvironmentConfig) {
  const partition = partitionOf(region);
  const prefix = `recourse-${environment}`;
  const arn = (service: string, rest: string): string =>
    `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const bucket = (role: 'artifacts' | 'checkpoints' | 'access-logs'): string =>
    `${prefix}-${role}-${account}`;
  const roleName = (role: FunctionName | `lane-${Lane}` | `machine-${MachineName}`): string =>
    `${prefix}-${role}`;
  return {
    partition,
    prefix,
    account,
    region,
    stack: prefix,
    arn,
    table: (role: string) => `${prefix}-${role.replace('_', '-')}`,
    tableArn: (role: string) => arn('dynamodb', `table/${prefix}-${role.replace('_', '-')}`),
    bucket,
    bucketArn: (role: 'artifacts' | 'checkpoints' | 'access-logs', key = ''): string =>
      `arn:${partition}:s3:::${bucket(role)}${key}`,
    roleName,
    roleArn: (role: Parameters<typeof roleName>[0]): string =>
      `arn:${partition}:iam::${account}:role/${roleName(role)}`,
    boundary: `${prefix}-boundary`,
    boundaryArn: `arn:${partition}:iam::${account}:policy/${prefix}-boundary`,
    function: (name: FunctionName) => `${prefix}-${name}`,
    functionArn: (name: FunctionName) => arn('lambda', `function:${prefix}-${name}`),
    project: (lane: Lane) => `${prefix}-${lane}`,
    projectArn: (lane: Lane) => arn('codebuild', `project/${prefix}-${lane}`),
    machine: (name: MachineName) => `${prefix}-${name}`,
    machineArn: (name: MachineName) => arn('states', `stateMachine:${prefix}-${name}`),
    /** Executions have names of their own: all of one machine. */
    executionsArn: (name: MachineName) => arn('states', `execution:${prefix}-${name}:*`),
    functionLog: (name: FunctionName) => `/recourse/${environment}/${name}`,
    laneLog: (lane: Lane) => `/recourse/${environment}/lane/${lane}`,
    /** AWS delivers to groups of this prefix without a statement for each in the account's log policy. */
    vendedLog: (name: string) => `/aws/vendedlogs/recourse/${environment}/${name}`,
    logArn: (group: string) => arn('logs', `log-group:${group}`),
    alias: (key: string) => `alias/${prefix}-${key}`,
  };
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
