/** Real terraform keeps its state in the fake S3, with its lock file: so lanes can be tested with what they will run. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../tools.ts';
import { type Credentials, type FakeAws, startFakeAws } from './fake-aws.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';

const KEY = 'network/terraform.tfstate';

describeWith('terraform', 'terraform with its state in the fake S3', () => {
  let aws: FakeAws;
  let s3: FakeS3;
  let folder: string;
  beforeAll(async () => {
    s3 = fakeS3();
    aws = await startFakeAws(() => [s3.service]);
  });
  afterAll(() => aws.stop());
  beforeEach(() => {
    s3.makeBucket('states', { versioned: true });
    folder = mkdtempSync(join(tmpdir(), 'recourse-tfstate-'));
    writeFileSync(join(folder, 'main.tf'), configuration(aws.endpoint));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const role = (name: string, actions: readonly string[]): Credentials =>
    aws.addRole({
      name,
      policies: [
        {
          Statement: [
            { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::states' },
            { Effect: 'Allow', Action: actions, Resource: `arn:aws:s3:::states/${KEY}` },
            {
              Effect: 'Allow',
              Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
              Resource: `arn:aws:s3:::states/${KEY}.tflock`,
            },
          ],
        },
      ],
    }).credentials;

  const environment = (credentials: Credentials) => ({
    PATH: process.env.PATH ?? '',
    HOME: folder,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    CHECKPOINT_DISABLE: '1',
  });
  const terraform = (credentials: Credentials, ...args: string[]) =>
    promisify(execFile)('terraform', [...args, '-no-color'], { cwd: folder, env: environment(credentials) });

  it('initialises, plans, applies, and leaves state and no lock', async () => {
    const writer = role('writer', ['s3:GetObject', 's3:PutObject']);
    await terraform(writer, 'init', '-input=false');
    await terraform(writer, 'plan', '-input=false', '-out=plan.bin');
    await terraform(writer, 'apply', '-input=false', 'plan.bin');
    const state = JSON.parse(s3.peek('states', KEY)?.toString() ?? '{}');
    expect(state.resources).toMatchObject([{ type: 'terraform_data', name: 'one' }]);
    expect(s3.keys('states')).toEqual([KEY]);
    const asked = aws.calls.filter((call) => call.role === 'writer' && call.resource.endsWith('.tflock'));
    expect(new Set(asked.map((call) => call.action))).toEqual(
      new Set(['s3:PutObject', 's3:GetObject', 's3:DeleteObject']),
    );
    expect(aws.calls.filter((call) => !call.allowed)).toEqual([]);
  });

  it('cannot apply as a role that may only read the state', async () => {
    const reader = role('reader', ['s3:GetObject']);
    await terraform(reader, 'init', '-input=false');
    const applied = terraform(reader, 'apply', '-input=false', '-auto-approve');
    await expect(applied).rejects.toMatchObject({ stderr: expect.stringContaining('AccessDenied') });
    expect(s3.peek('states', KEY)).toBeNull();
  });

  it('waits for nobody: a second run finds the lock of the first', async () => {
    const writer = role('second', ['s3:GetObject', 's3:PutObject']);
    await terraform(writer, 'init', '-input=false');
    writeFileSync(join(folder, 'slow.tf'), slow);
    const first = spawn('terraform', ['apply', '-auto-approve', '-input=false'], {
      cwd: folder,
      env: environment(writer),
      stdio: 'ignore',
    });
    while (!existsSync(join(folder, 'started'))) await wait(20);
    const second = terraform(writer, 'plan', '-input=false');
    await expect(second).rejects.toMatchObject({ stderr: expect.stringContaining('state lock') });
    writeFileSync(join(folder, 'go-on'), '');
    expect(await new Promise((resolve) => first.on('close', resolve))).toBe(0);
  });
});

function configuration(endpoint: string): string {
  return `terraform {
  backend "s3" {
    bucket                      = "states"
    key                         = "${KEY}"
    region                      = "eu-west-1"
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    endpoints                   = { s3 = "${endpoint}" }
  }
}
resource "terraform_data" "one" { input = "one" }
`;
}

const slow = `resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch started; while [ ! -e go-on ]; do sleep 0.05; done"
  }
}
`;
