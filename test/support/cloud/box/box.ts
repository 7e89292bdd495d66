/**
 * The cloud in a box: what the template of an environment says, put together on this machine. The bundles that would
 * be deployed run as processes, each with the role that the template gives it, against a fake AWS that judges every
 * request by the template's policies; the template's machines call them; builds run real terraform.
 */

import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { loadEnvironment } from '../../../../infra/config.ts';
import { CHECKED_POLICY, checkedPolicyText } from '../../../../lib/aws/checked-policy.ts';
import { overDynamoClient } from '../../../../lib/aws/dynamo-api.ts';
import { openDynamoStore } from '../../../../lib/aws/dynamo-store.ts';
import type { HttpResult } from '../../../../lib/aws/http-event.ts';
import type { TableRole } from '../../../../lib/aws/record-places.ts';
import { parsePolicy } from '../../../../lib/core/policy/parse.ts';
import type { Store } from '../../../../lib/ports/store.ts';
import { type FakeAccount, startFakeAccount } from '../fake-account.ts';
import type { Credentials } from '../fake-aws.ts';
import type { FakeSecret } from '../fake-secrets.ts';
import { keptTemplate } from '../kept-template.ts';
import { type CloudTemplate, object } from '../read-template.ts';
import { streamOf, type TableStream } from '../stream.ts';
import { type Builds, openBuilds } from './builds.ts';
import { type FunctionProcess, openFunction } from './function-process.ts';
import { type Machines, openMachines } from './machines.ts';

const BUNDLES = path.resolve(import.meta.dirname, '../../../../dist/cloud');
const FUNCTIONS = ['mcp', 'control', 'ask-approval', 'authorize-run', 'finish-run', 'seal-audit'] as const;
type FunctionName = (typeof FUNCTIONS)[number];

export interface BoxFiles {
  /** config/ENV.yaml and policy files, by path. */
  readonly [file: string]: string;
}

export interface Box {
  readonly environment: string;
  readonly template: CloudTemplate;
  readonly fake: FakeAccount;
  readonly machines: Machines;
  readonly builds: Builds;
  readonly functions: ReadonlyMap<FunctionName, FunctionProcess>;
  readonly tables: Readonly<Record<TableRole, string>>;
  readonly artifacts: string;
  readonly checkpoints: string;
  /** Of the audit table. */
  readonly stream: TableStream;
  /** What the stream holds, to the sealer, as its event source mapping would. */
  seal(): Promise<void>;
  /** The records, as a role of the template (such as `mcp`) or the account's owner reaches them. */
  store(role: string | null): Store;
  /** A request to the agent API as API Gateway would hand it over; and its answer. */
  agentEvent(body: unknown, principal: string): unknown;
  agent(body: unknown, principal: string): Promise<HttpResult>;
  readonly controlOrigin: string;
  /** One to the control API. */
  control(method: string, target: string, options?: ControlRequest): Promise<HttpResult>;
  /** Everything that functions and builds printed, for a test that failed. */
  printed(): string;
  stop(): Promise<void>;
}

export interface ControlRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whom IAM found to have signed it, under /iam. */
  readonly principal?: string;
}

export interface BoxOptions {
  /** Those of the operator, by ARN. */
  readonly secrets?: readonly FakeSecret[];
  /** Where the cluster of the configuration listens, which no template says. */
  readonly cluster?: { readonly endpoint: string; readonly ca: string };
  /** Where the ServiceNow listens that the policy calls `https://now.example.com`. */
  readonly serviceNow?: string;
}

export async function openBox(
  environment: string,
  files: BoxFiles,
  { secrets = [], cluster, serviceNow }: BoxOptions = {},
): Promise<Box> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'recourse-box-'));
  const project = path.join(scratch, 'project');
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
    writeFileSync(path.join(project, file), text);
  }
  const template = await keptTemplate(environment, project);
  const { config, policyText: written } = loadEnvironment(environment, project);
  const policyText = written.replaceAll('https://now.example.com', serviceNow ?? 'https://now.example.com');
  const read = parsePolicy(policyText);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { policy } = read;
  const clusters = config.clusters.map((each) => ({ ...each, eks: { ...each.eks, ...cluster } }));
  const prefix = `recourse-${environment}`;
  const functions = new Map<FunctionName, FunctionProcess>();
  const roleOf = new Map<string, Credentials>();
  const stream = streamOf((table) => table === `${prefix}-audit`);

  const machines = openMachines(
    new Map([...template.machines.values()].map(({ arn, definition }) => [arn, definition])),
    {
      invoke: (arn, payload) => {
        const name = arn.replace(new RegExp(`^.*:function:${prefix}-`), '') as FunctionName;
        const found = functions.get(name);
        if (found === undefined) throw new Error(`no function ${arn}`);
        return found.invoke(payload);
      },
      build: async (projectName, job) => {
        const run = await builds.start(projectName, job);
        return { id: run.id, ok: run.status === 'SUCCEEDED', status: run.status };
      },
      ended: async (execution) => {
        if (!execution.machine.endsWith('-run')) return;
        const { name, status, arn } = execution;
        const detail = { name, status, executionArn: arn, stateMachineArn: execution.machine };
        await functions
          .get('finish-run')
          ?.invoke({ 'detail-type': 'Step Functions Execution Status Change', source: 'aws.states', detail });
      },
    },
  );
  const fake = await startFakeAccount({
    account: template.account,
    region: template.region,
    states: machines,
    builds: { describe: (id) => builds.describe(id) },
    secrets: [...secretsOf(template), ...secrets],
    onWrite: stream.onWrite,
    tables: (name) => {
      const data = template.keys.get(`${prefix}-data`);
      return {
        policy: template.tables.get(name)?.document,
        ...(data === undefined ? {} : { key: { arn: data.arn, policy: data.policy.document } }),
      };
    },
  });
  for (const { arn } of template.machines.values()) fake.states.makeMachine(arn.replace(/^.*:/, ''));
  for (const [alias, { arn, policy: keyPolicy }] of template.keys) {
    const kind = alias.endsWith('-mac')
      ? 'HMAC_256'
      : alias.endsWith('-data')
        ? 'SYMMETRIC_DEFAULT'
        : 'ECC_NIST_P256';
    fake.kms.makeKey(kind, { arn, policy: keyPolicy.document, aliases: [`alias/${alias}`] });
  }
  for (const [name, bucketPolicy] of template.buckets)
    fake.s3.makeBucket(name, { policy: bucketPolicy.document, ...lockOf(template, name) });
  for (const role of template.roles.values()) {
    const { credentials } = fake.aws.addRole({
      name: role.name,
      policies: role.policies.map(({ document }) => document),
      boundary: role.boundary?.document,
      trust: role.trust.document,
    });
    roleOf.set(role.name, credentials);
  }
  const variables = (role: string): Record<string, string> => {
    const credentials = roleOf.get(role);
    if (credentials === undefined) throw new Error(`no role ${role}`);
    return {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      AWS_REGION: template.region,
      AWS_ENDPOINT_URL: fake.aws.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    };
  };
  const staged = (name: string): string => {
    const folder = path.join(scratch, 'bundles', name);
    const from = path.join(BUNDLES, name);
    mkdirSync(folder, { recursive: true });
    for (const each of readdirSync(from)) {
      if (each === 'node_modules') symlinkSync(path.join(from, each), path.join(folder, each));
      else copyFileSync(path.join(from, each), path.join(folder, each));
    }
    writeFileSync(
      path.join(folder, 'config.json'),
      JSON.stringify({ ...config, clusters, policy_text: policyText }),
    );
    writeFileSync(path.join(folder, CHECKED_POLICY), checkedPolicyText(policy));
    return folder;
  };
  const builds = openBuilds({
    bundle: staged('lane'),
    place: path.join(scratch, 'work'),
    environment: (name) => {
      const found = template.projects.get(name);
      if (found === undefined) throw new Error(`no project ${name}`);
      return { ...variables(found.role), ...found.variables };
    },
  });
  const tables = await fake.dynalite.makeTables((role) => `${prefix}-${role.replaceAll('_', '-')}`);
  for (const name of FUNCTIONS) {
    const found = template.functions.get(`${prefix}-${name}`);
    if (found === undefined) throw new Error(`no function ${name}`);
    const env = { ...variables(found.role), ...found.variables };
    functions.set(name, openFunction(path.join(staged(name), 'index.mjs'), env));
  }
  const call = async (name: FunctionName, event: unknown): Promise<HttpResult> =>
    (await functions.get(name)?.invoke(event)) as HttpResult;
  const hostOf = (name: FunctionName, variable: string): string =>
    new URL(template.functions.get(`${prefix}-${name}`)?.variables[variable] ?? '').host;
  const agentEvent = (body: unknown, principal: string) =>
    httpEvent('POST', '/iam/mcp', hostOf('mcp', 'RECOURSE_AGENT_URL'), {
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify(body),
      principal,
    });
  return {
    environment,
    template,
    fake,
    machines,
    builds,
    functions,
    tables,
    store: (role) => {
      const credentials = role === null ? fake.aws.owner : roleOf.get(`${prefix}-${role}`);
      if (credentials === undefined) throw new Error(`no role ${role}`);
      const api = overDynamoClient(
        new DynamoDBClient({ endpoint: fake.aws.endpoint, region: template.region, credentials }),
      );
      return openDynamoStore({
        api,
        tables,
        clock: { now: () => new Date() },
        random: (count) => randomBytes(count),
      });
    },
    artifacts: bucket(template, 'artifacts'),
    checkpoints: bucket(template, 'checkpoints'),
    stream,
    seal: async () => {
      const batch = stream.take();
      if (batch.Records.length > 0) await functions.get('seal-audit')?.invoke(batch);
    },
    agentEvent,
    agent: (body, principal) => call('mcp', agentEvent(body, principal)),
    controlOrigin: `https://${hostOf('control', 'RECOURSE_CONTROL_URL')}`,
    control: (method, target, options = {}) =>
      call('control', httpEvent(method, target, hostOf('control', 'RECOURSE_CONTROL_URL'), options)),
    printed: () =>
      [
        ...[...functions].flatMap(([name, { printed }]) => printed.map((text) => `[${name}] ${text}`)),
        ...builds.runs.map(({ project: each, status, log }) => `[${each} ${status}] ${log}`),
        ...fake.aws.calls
          .filter(({ allowed }) => !allowed)
          .map((denied) => `[denied] ${JSON.stringify(denied)}`),
      ].join('\n'),
    stop: async () => {
      for (const each of functions.values()) each.stop();
      await fake.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function bucket(template: CloudTemplate, name: string): string {
  return [...template.buckets.keys()].find((each) => each.includes(name)) ?? '';
}

/** For how long the bucket keeps each object from everybody. */
function lockOf(template: CloudTemplate, name: string) {
  const made = template.ofType('AWS::S3::Bucket').find(({ properties }) => properties.BucketName === name);
  const lock = made?.properties.ObjectLockConfiguration;
  if (lock === undefined) return {};
  const { Days } = object(object(object(lock).Rule).DefaultRetention);
  return { versioned: true, lockedForDays: Number(Days) };
}

function secretsOf(template: CloudTemplate) {
  const arn = template.functions.get(`recourse-${template.environment}-control`)?.variables
    .RECOURSE_CONSOLE_SECRET;
  return arn === undefined ? [] : [{ arn, value: 'the console’s secret' }];
}

function httpEvent(method: string, target: string, host: string, options: ControlRequest) {
  const url = new URL(target, `https://${host}`);
  const { headers = {}, body, principal } = options;
  return {
    version: '2.0',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { host, ...headers },
    requestContext: {
      domainName: host,
      stage: '$default',
      http: { method, sourceIp: '192.0.2.1' },
      ...(principal === undefined
        ? {}
        : { authorizer: { iam: { userArn: principal, accountId: principal.split(':')[4] ?? '' } } }),
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}
