/** Bundles made small must still speak to AWS as the SDK does: read, write, and tell errors by their names. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FakeAccount, startFakeAccount } from '../support/cloud/fake-account.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const PROGRAM = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { overDynamoClient } from '${ROOT}/lib/aws/dynamo-api.ts';
import { overKmsClient } from '${ROOT}/lib/aws/keys-api.ts';
import { overStepFunctions } from '${ROOT}/lib/aws/machines-api.ts';
import { overS3Client } from '${ROOT}/lib/aws/objects-api.ts';
const dynamo = overDynamoClient(new DynamoDBClient({}));
const s3 = overS3Client(new S3Client({}), 'bucket');
const kms = overKmsClient(new KMSClient({}));
const sfn = overStepFunctions(new SFNClient({}));
const [table, key] = process.argv.slice(2);
const named = (promise) => promise.then((found) => found ?? null, (error) => error.name);
const Item = { pk: { S: 'p' }, sk: { S: 's' } };
const put = { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' };
const said = [];
await dynamo.putItem(put);
said.push(await named(dynamo.putItem(put)));
said.push((await dynamo.getItem({ TableName: table, Key: Item })).Item);
said.push(await named(s3.putNew('outputs/1', new TextEncoder().encode('text'))));
said.push(await named(s3.putNew('outputs/1', new TextEncoder().encode('text'))));
said.push(new TextDecoder().decode(await s3.get('outputs/1', 9)));
said.push(await s3.get('outputs/2', 9));
said.push((await s3.list('outputs/', null, 9)).keys);
said.push((await kms.getPublicKey(key)).length > 80);
said.push((await kms.signDigest(key, new Uint8Array(32))).length > 60);
said.push(await named(kms.generateMac(key, new Uint8Array(1))));
said.push(await named(sfn.sendTaskSuccess('forged', '{}')));
console.log(JSON.stringify(said));
`;

let fake: FakeAccount;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'recourse-slim-'));
  fake = await startFakeAccount({
    account: '111122223333',
    region: 'eu-west-1',
    states: { start: () => undefined },
  });
});
afterAll(async () => {
  await fake.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('does what the clients do, in less than half their size', async () => {
  const { slimAws }: { slimAws: () => import('esbuild').Plugin } = await import(
    `${ROOT}/scripts/slim-aws.mjs`
  );
  const entry = path.join(folder, 'program.ts');
  writeFileSync(entry, PROGRAM);
  const make = (outfile: string, plugins: import('esbuild').Plugin[], mainFields: string[]) =>
    build({
      entryPoints: [entry],
      outfile: path.join(folder, outfile),
      nodePaths: [path.join(ROOT, 'node_modules')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      minify: true,
      mainFields,
      plugins,
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
      },
    });
  await make('whole.mjs', [], ['main', 'module']);
  await make('slim.mjs', [slimAws()], ['module', 'main']);
  const size = (name: string) => statSync(path.join(folder, name)).size;
  expect(size('slim.mjs')).toBeLessThan(size('whole.mjs') / 2);

  const { proposals } = await fake.dynalite.makeTables();
  fake.s3.makeBucket('bucket');
  const key = fake.kms.makeKey('ECC_NIST_P256');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [path.join(folder, 'slim.mjs'), proposals, key],
    {
      env: {
        AWS_REGION: 'eu-west-1',
        AWS_ENDPOINT_URL: fake.aws.endpoint,
        AWS_ACCESS_KEY_ID: fake.aws.owner.accessKeyId,
        AWS_SECRET_ACCESS_KEY: fake.aws.owner.secretAccessKey,
        AWS_SESSION_TOKEN: fake.aws.owner.sessionToken,
      },
    },
  );
  expect(JSON.parse(stdout)).toEqual([
    'ConditionalCheckFailedException',
    { pk: { S: 'p' }, sk: { S: 's' } },
    'created',
    'exists',
    'text',
    null,
    ['outputs/1'],
    true,
    true,
    'InvalidKeyUsageException',
    'InvalidToken',
  ]);
});
