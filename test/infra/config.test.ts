/** An operator's mistakes: each stops the synth with one sentence that names the key and how to mend it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadEnvironment } from '../../infra/config.ts';
import { ConfigProblem } from '../../infra/problem.ts';
import { parseDeployedConfig } from '../../lib/aws/environment-config.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'recourse-config-'));
  for (const each of ['config', 'policy'])
    cpSync(path.join(PROJECT, each), path.join(folder, each), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function edit(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(path.join(folder, file), 'utf8');
  const after = before.replace(from, to);
  expect(after, `${String(from)} is in ${file}`).not.toBe(before);
  writeFileSync(path.join(folder, file), after);
}

/** The one sentence that loading an environment stops with. */
function problem(environment: string | undefined = 'prod'): string {
  try {
    loadEnvironment(environment, folder);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigProblem);
    const sentence = String(error instanceof Error ? error.message : error);
    expect(sentence).not.toContain('\n');
    return sentence;
  }
  return 'no problem';
}

describe('the examples', () => {
  test.each(['dev', 'staging', 'prod'])('%s loads', (environment) => {
    const loaded = loadEnvironment(environment, folder);
    expect(loaded.config.environment).toBe(environment);
    expect(loaded.policy.approvals.approvers).toContain('alice@example.com');
  });

  test('what a function reads is what was written, and it fails on less', () => {
    const { config, policyText } = loadEnvironment('prod', folder);
    const json: unknown = JSON.parse(JSON.stringify({ ...config, policy_text: policyText }));
    expect(parseDeployedConfig(json)).toEqual({ ...config, policy_text: policyText });
    expect(() => parseDeployedConfig(config)).toThrow();
  });
});

describe('which environment', () => {
  test.each([
    [undefined, 'which environment? add -c env=<dev|prod|staging>'],
    ['', 'which environment? add -c env=<dev|prod|staging>'],
    ['pord', 'unknown environment "pord": there is no config/pord.yaml; did you mean prod?'],
    [
      'qa-europe-1',
      'unknown environment "qa-europe-1": there is no config/qa-europe-1.yaml; there are dev, prod, staging',
    ],
    [
      '../config/prod',
      'unknown environment "../config/prod": there is no config/../config/prod.yaml; there are dev, prod, staging',
    ],
  ])('%j', (name, sentence) => {
    expect(() => loadEnvironment(name, folder)).toThrow(new ConfigProblem(sentence));
  });

  test('no folder, an empty one', () => {
    rmSync(path.join(folder, 'config'), { recursive: true });
    expect(problem()).toContain("the folder config/ cannot be read (ENOENT): run from the project's folder");
  });

  test('a file that names another environment', () => {
    edit('config/prod.yaml', 'environment: prod', 'environment: staging');
    expect(problem()).toBe(
      'config/prod.yaml: environment is staging, but the file is named for prod; they must be the same',
    );
  });

  test('an environment that the policy does not have', () => {
    cpSync(path.join(folder, 'config/dev.yaml'), path.join(folder, 'config/qa.yaml'));
    edit('config/qa.yaml', 'environment: dev', 'environment: qa');
    edit('config/qa.yaml', 'network/dev', 'network/qa');
    expect(problem('qa')).toBe(
      'config/qa.yaml: environment qa is not in policy/dev.yaml; add it under recourseos.environments',
    );
  });
});

describe('one wrong key', () => {
  const cases: readonly [string, string | RegExp, string, string][] = [
    [
      'misnamed',
      'plan_role:',
      'plan_rol:',
      'sources[0].plan_rol is not a known key; did you mean plan_role?',
    ],
    ['misnamed at the top', 'alarms:', 'alarm:', 'alarm is not a known key; did you mean alarms?'],
    [
      'unknown',
      'alarms:',
      'zzz: 1\nalarms:',
      'zzz is not a known key; known keys here are environment, account',
    ],
    [
      'missing',
      /^ {4}plan_role: .*\n/m,
      '',
      'sources[0].plan_role is missing; it must be the ARN of one IAM role',
    ],
    [
      'missing block',
      /^notices: .*\n/m,
      '',
      'notices is missing; it holds email, slack, servicenow, webhook',
    ],
    ['block of another kind', /^alarms: .*/m, 'alarms: ops@example.com', 'alarms must hold email'],
    [
      'unquoted account',
      "'333344445555'",
      '333344445555',
      'account must be the 12 digits of an AWS account, in quotes',
    ],
    [
      'region',
      'region: eu-west-1\npolicy',
      'region: europe\npolicy',
      'region must be an AWS region such as eu-west-1',
    ],
    [
      'no refs',
      /^ {6}refs: .*\n/m,
      '',
      'sources[0].git.refs is missing; it must be a list of branches and tags',
    ],
    [
      'empty refs',
      /refs: .*/,
      'refs: []',
      'sources[0].git.refs is empty; it must be a list of branches and tags',
    ],
    [
      'refs that are one text',
      /refs: .*/,
      'refs: main',
      'sources[0].git.refs must be a list of branches and tags',
    ],
    [
      'a default that is not among refs',
      'default_ref: main',
      'default_ref: develop',
      'sources[0].git.default_ref develop is not among refs main, release/*',
    ],
    [
      'a default below what refs allow',
      'default_ref: main',
      'default_ref: release/a/b',
      'default_ref release/a/b is not among refs',
    ],
    [
      'an unpinned tool',
      /^ {4}sha256: .*\n/m,
      '',
      'tools.terraform.sha256 is missing; it must be the SHA-256 of what url gives',
    ],
    [
      'a checksum that is none',
      /sha256: .*/,
      'sha256: latest',
      'tools.terraform.sha256 must be the SHA-256 of what url gives',
    ],
    [
      'a tool fetched in clear',
      'url: https://releases',
      'url: http://releases',
      'tools.terraform.url must be the address of the program for Linux on arm64, starting with https://',
    ],
    [
      'a url with a command in it',
      /linux_arm64\.zip/,
      "linux_arm64.zip'$(id)",
      'tools.terraform.url must be',
    ],
    [
      'a wildcard role',
      'role/gateway-target-prod-plan',
      'role/*',
      'sources[0].plan_role must be the ARN of one IAM role, written out without wildcards',
    ],
    [
      'a wildcard account',
      'arn:aws:iam::666677778888:role/gateway-target-prod-apply',
      "'arn:aws:iam::*:role/deploy'",
      'sources[0].apply_role must be the ARN of one IAM role',
    ],
    [
      'a secret without its last characters',
      'network-variables-IjKl56',
      'network-variables',
      'sources[0].variables_secret must be the full ARN of one Secrets Manager secret',
    ],
    [
      'retention that CloudWatch has not',
      'retention_days: 400',
      'retention_days: 401',
      'retention_days must be a period that CloudWatch Logs offers: 30, 60',
    ],
    [
      'an issuer that is no word',
      'issuer: cognito',
      'issuer: okta',
      'identity.issuer must be `cognito`, or hold url, audience and console',
    ],
    [
      'an issuer without a client',
      'issuer: cognito',
      'issuer: { url: https://a.example.com, audience: gw }',
      'identity.issuer.console is missing; it holds client_id, client_secret',
    ],
    [
      'an issuer with a misnamed key',
      'issuer: cognito',
      'issuer: { url: https://a.example.com, audiense: gw }',
      'identity.issuer.audiense is not a known key; did you mean audience?',
    ],
    ['no agents', /^agents:\n(?: {2}- .*\n)+/m, '', 'agents is missing; it must be a list of agents'],
    [
      'an agent that is nobody',
      'client: created, redirect_uris',
      'redirect_uris',
      'agents[0] must have either client (an OAuth client id) or principal',
    ],
    [
      'a redirect in clear to another host',
      'http://localhost:8765/callback',
      'http://evil.example.com/',
      'agents[0].redirect_uris[0] must be an https address, or a loopback address',
    ],
    [
      'a prefix with a wildcard',
      'key_prefix: network/prod',
      "key_prefix: 'network/*'",
      'sources[0].state.key_prefix must be a key prefix without wildcards',
    ],
    [
      'both git and s3',
      '    state:\n',
      '    s3: { bucket: abc, prefix: def }\n    state:\n',
      'sources[0] must have either git or s3, and not both',
    ],
    ['not YAML', 'environment: prod', 'environment: [prod', 'config/prod.yaml:'],
    [
      'a policy that is not there',
      'policy: policy/prod.yaml',
      'policy: policy/prd.yaml',
      'config/prod.yaml: policy names policy/prd.yaml, which cannot be read (ENOENT)',
    ],
  ];
  test.each(cases)('%s', (_name, from, to, sentence) => {
    edit('config/prod.yaml', from, to);
    expect(problem()).toContain(sentence);
    expect(problem()).toMatch(/^(?:config\/prod\.yaml|policy\/)/);
  });

  test('in a file that was not asked for: it might share what this one owns', () => {
    edit('config/dev.yaml', 'plan_role:', 'plan_rol:');
    expect(problem('prod')).toBe(
      'config/dev.yaml: sources[0].plan_rol is not a known key; did you mean plan_role?',
    );
  });
});

describe('what no key can say by itself', () => {
  test.each([
    ['the same key', 'network/dev', 'network/prod'],
    ['a key inside', 'network/dev', 'network/prod/sub'],
    ['a key around', 'network/dev', 'network'],
  ])('two environments share a state: %s', (_name, from, to) => {
    edit('config/dev.yaml', 'example-dev-states', 'example-prod-states');
    edit('config/dev.yaml', from, to);
    expect(problem()).toMatch(
      /^config\/prod\.yaml: sources\[0\]\.state\.key_prefix network\/prod in bucket example-prod-states shares its state and lease with config\/dev\.yaml: sources\[0\] \(network.*\); give each its own prefix$/,
    );
  });

  test('a prefix that only begins alike is another', () => {
    edit('config/dev.yaml', 'example-dev-states', 'example-prod-states');
    edit('config/dev.yaml', 'network/dev', 'network/prod2');
    expect(problem()).toBe('no problem');
  });

  test('two sources of one environment share a state', () => {
    edit('config/prod.yaml', 'apps/prod', 'network/prod');
    expect(problem()).toContain('sources[1].state.key_prefix network/prod');
  });

  test('nobody can approve what policy escalates', () => {
    edit('policy/prod.yaml', /^ {4}quorum:.*\n {4}approvers:.*\n/m, '');
    expect(problem()).toBe(
      'policy/prod.yaml: approvals.approvers is empty while default_mutation escalates in prod; name at least one approver',
    );
  });

  test('an approver who exists on one machine only', () => {
    edit('policy/prod.yaml', 'bob@example.com', 'local:bob');
    expect(problem()).toBe(
      'policy/prod.yaml names local:bob, who exists on one machine only; name people by e-mail address',
    );
  });

  test('a principal may stand for anybody whom the policy names, in a group or a role', () => {
    edit(
      'policy/prod.yaml',
      '    providers:',
      "    groups: { database: ['dora@example.com'] }\n    providers:",
    );
    edit('config/prod.yaml', 'approver: alice@example.com', 'approver: dora@example.com');
    expect(problem()).toBe('no problem');
  });

  test('a policy with a problem', () => {
    edit('policy/prod.yaml', 'default_mutation: escalate', 'default_mutatoin: escalate');
    expect(problem()).toMatch(/^policy\/prod\.yaml:6:7: .*did you mean .*default_mutation/);
  });

  const cases: readonly [string, string | RegExp, string, string][] = [
    [
      'a principal of an approver that is none',
      'approver: alice@',
      'approver: alcie@',
      'approver_principals[0].approver alcie@example.com is nobody whom policy/prod.yaml names; did you mean alice@example.com?',
    ],
    [
      'an agent that is an approver too',
      'role/approver-alice',
      'role/ci-bot',
      'approver_principals[0].principal is also agents[1].principal; one identity has one part to play',
    ],
    [
      'a caller from another account',
      '333344445555:role/ci-bot',
      '444455556666:role/ci-bot',
      'agents[1].principal is of another account',
    ],
    ['two sources of one name', 'name: apps', 'name: network', 'sources[1].name network is used twice'],
    [
      'reading with the role that writes',
      'gateway-target-prod-plan',
      'gateway-target-prod-apply',
      'sources[0].plan_role is the same role as apply_role',
    ],
    [
      'reading a cluster with the role that writes',
      'prod-kubectl-read',
      'prod-kubectl-write',
      'clusters[0].read_role is the same role as write_role',
    ],
    [
      'a role of the gateway as a target',
      'role/gateway-target-prod-apply',
      'role/recourse-prod-finish-run',
      'sources[0].apply_role is a role of a gateway',
    ],
    [
      'a secret that no lane may read',
      'secret:network-variables',
      'secret:recourse-network-variables',
      'sources[0].variables_secret is named as secrets of a gateway are (recourse-…), which no lane may read',
    ],
    [
      'states in a bucket of the gateway',
      'bucket: example-prod-states\n',
      'bucket: recourse-prod-artifacts-333344445555\n',
      'sources[0].state.bucket is a bucket of a gateway',
    ],
    [
      'a created client with another issuer',
      'issuer: cognito\n  domain_prefix: recourse-example-prod',
      'issuer: { url: https://a.example.com, audience: gw, console: { client_id: a, client_secret: "arn:aws:secretsmanager:eu-west-1:333344445555:secret:c-IjKl56" } }',
      'agents[0].client is created, which needs identity.issuer cognito',
    ],
  ];
  test.each(cases)('%s', (_name, from, to, sentence) => {
    edit('config/prod.yaml', from, to);
    expect(problem()).toContain(sentence);
  });

  test('clusters in two networks', () => {
    edit(
      'config/staging.yaml',
      'clusters:\n',
      'clusters:\n  - { name: other, eks: { cluster: o, endpoint: https://o.example.com, ca: TUlJQ2V4YW1wbGU=, region: eu-west-1 }, read_role: "arn:aws:iam::555566667777:role/r", write_role: "arn:aws:iam::555566667777:role/w", vpc: { id: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d], security_groups: [sg-0a1b2c3d] } }\n',
    );
    expect(problem('staging')).toContain('config/staging.yaml: clusters[1].vpc differs from clusters[0].vpc');
  });
});
