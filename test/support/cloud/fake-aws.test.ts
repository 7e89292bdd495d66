/** The fake must refuse as AWS refuses, or what is shown with it shows nothing. Asked here through the SDK's own clients. */
import { BatchGetBuildsCommand, CodeBuildClient, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateGrantCommand,
  GenerateMacCommand,
  KMSClient,
  SignCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import {
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TableNames } from './dynalite.ts';
import { type FakeAccount, startFakeAccount } from './fake-account.ts';
import type { Credentials } from './fake-aws.ts';
import { configFor } from './fake-clients.ts';
import type { Statement } from './iam.ts';

const [account, region] = ['111122223333', 'eu-west-1'];
const SECRET = `arn:aws:secretsmanager:${region}:${account}:secret:slack-AbCdEf`;
const tokens = new Map<string, string>();
const stopped: string[] = [];
let keyed: { arn: string; policy: { Statement: Statement } } | null = null;
let fake: FakeAccount;
let tables: TableNames;
beforeAll(async () => {
  fake = await startFakeAccount({
    account,
    region,
    states: {
      start: () => undefined,
      stop: (arn) => stopped.push(arn),
      succeed: (token) => (token === 'late' ? 'timed out' : token === 'gone' ? 'done' : 'resumed'),
      machineOf: (token) => tokens.get(token) ?? null,
    },
    builds: {
      describe: (id) => (id.endsWith(':1') ? { id, buildStatus: 'SUCCEEDED' } : null),
      stop: (id) => stopped.push(id),
    },
    secrets: [{ arn: SECRET, value: 'xoxb' }],
    tables: () => (keyed === null ? {} : { key: keyed }),
  });
  tables = await fake.dynalite.makeTables();
});
afterAll(() => fake.stop());
beforeEach(() => {
  keyed = null;
  fake.aws.calls.length = 0;
});

let roles = 0;
function as(...statements: Partial<Statement>[]) {
  const policies = [{ Statement: statements.map((each) => ({ Effect: 'Allow', Resource: '*', ...each })) }];
  return fake.aws.addRole({ name: `role-${++roles}`, policies }).credentials;
}
const config = (credentials: Credentials) => ({ ...configFor(fake.aws, credentials), maxAttempts: 1 });
const denied = (name = 'AccessDeniedException') => ({
  name,
  message: expect.stringContaining('not authorized'),
});

it('knows nobody without an access key of its own', async () => {
  const stranger = { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'x', sessionToken: 'x' };
  const ask = new DynamoDBClient(config(stranger)).send(new GetItemCommand({ TableName: 't', Key: {} }));
  await expect(ask).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  const response = await fetch(`${fake.aws.endpoint}/bucket/key`);
  expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('<Code>')]);
});

it('knows no operation that it does not play', async () => {
  const kms = new KMSClient(config(fake.aws.owner));
  const ask = kms.send(new CreateGrantCommand({ KeyId: 'k', GranteePrincipal: 'p', Operations: ['Sign'] }));
  await expect(ask).rejects.toMatchObject({ name: 'UnknownOperationException' });
});

it('records who asked for what, and whether it was allowed', async () => {
  const credentials = as({
    Action: 'dynamodb:GetItem',
    Resource: `arn:aws:dynamodb:${region}:${account}:table/${tables.runs}`,
  });
  const client = new DynamoDBClient(config(credentials));
  const Key = { pk: { S: 'run r' }, sk: { S: '-' } };
  await client.send(new GetItemCommand({ TableName: tables.runs, Key }));
  await client.send(new GetItemCommand({ TableName: tables.votes, Key })).catch(() => undefined);
  const arn = `arn:aws:dynamodb:${region}:${account}:table`;
  const [service, action, role] = ['dynamodb', 'dynamodb:GetItem', `role-${roles}`];
  expect(fake.aws.calls).toEqual([
    { service, action, role, resource: `${arn}/${tables.runs}`, key: 'run r', allowed: true },
    { service, action, role, resource: `${arn}/${tables.votes}`, key: 'run r', allowed: false },
  ]);
});

describe('DynamoDB', () => {
  const Item = (pk: string) => ({ pk: { S: pk }, sk: { S: '-' } });
  const put = (credentials: Credentials, pk: string, more = {}) =>
    new DynamoDBClient(config(credentials)).send(
      new PutItemCommand({ TableName: tables.runs, Item: Item(pk), ...more }),
    );

  it('refuses tables, indexes and keys that policies do not name', async () => {
    const writer = as({
      Action: 'dynamodb:PutItem',
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'run *' } },
    });
    await put(writer, 'run 1');
    await expect(put(writer, 'lease 1')).rejects.toMatchObject(denied());
    const table = `arn:aws:dynamodb:${region}:${account}:table/${tables.runs}`;
    const reader = new DynamoDBClient(config(as({ Action: 'dynamodb:Query', Resource: table })));
    const ExpressionAttributeValues = { ':u': { S: 'run running' } };
    const byKey = { TableName: tables.runs, KeyConditionExpression: 'pk = :u', ExpressionAttributeValues };
    await reader.send(new QueryCommand(byKey));
    const byIndex = { ...byKey, IndexName: 'listed', KeyConditionExpression: 'under = :u' };
    await expect(reader.send(new QueryCommand(byIndex))).rejects.toMatchObject(denied());
  });

  it('tells errors of the real thing', async () => {
    await put(fake.aws.owner, 'run once');
    const again = put(fake.aws.owner, 'run once', { ConditionExpression: 'attribute_not_exists(pk)' });
    await expect(again).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      $metadata: { attempts: 1 },
    });
  });

  it('refuses an encrypted table to those who may not use its key', async () => {
    const Principal = { AWS: `arn:aws:iam::${account}:root` };
    const arn = `arn:aws:kms:${region}:${account}:key/data`;
    keyed = { arn, policy: { Statement: { Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' } } };
    await expect(put(as({ Action: 'dynamodb:*' }), 'run 2')).rejects.toMatchObject(denied());
    const Condition = { StringEquals: { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` } };
    await put(as({ Action: 'dynamodb:*' }, { Action: 'kms:Decrypt', Resource: arn, Condition }), 'run 2');
  });
});

describe('KMS', () => {
  it('checks MACs, and who asks with what', async () => {
    const KeyId = fake.kms.makeKey('HMAC_256', { aliases: ['alias/recourse-mac'] });
    const Condition = { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/recourse-*' } };
    const kms = new KMSClient(config(as({ Action: 'kms:*', Condition })));
    const Message = Buffer.from('label');
    const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }));
    const verify = (message: Buffer) =>
      kms.send(new VerifyMacCommand({ KeyId, Message: message, Mac, MacAlgorithm: 'HMAC_SHA_256' }));
    expect(await verify(Message)).toMatchObject({ MacValid: true });
    await expect(verify(Buffer.from('other'))).rejects.toMatchObject({ name: 'KMSInvalidMacException' });
    const other = fake.kms.makeKey('HMAC_256');
    const ask = kms.send(new GenerateMacCommand({ KeyId: other, Message, MacAlgorithm: 'HMAC_SHA_256' }));
    await expect(ask).rejects.toMatchObject(denied());
  });

  it('signs digests of the right length only, with a key for it', async () => {
    const kms = new KMSClient(config(fake.aws.owner));
    const sign = (KeyId: string, bytes: number, MessageType: 'DIGEST' | 'RAW') =>
      kms.send(
        new SignCommand({
          KeyId,
          Message: Buffer.alloc(bytes),
          MessageType,
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
    const key = fake.kms.makeKey('ECC_NIST_P256');
    await sign(key, 32, 'DIGEST');
    await sign(key, 4_096, 'RAW');
    await expect(sign(key, 31, 'DIGEST')).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(sign(key, 4_097, 'RAW')).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(sign(fake.kms.makeKey('HMAC_256'), 32, 'DIGEST')).rejects.toMatchObject({
      name: 'InvalidKeyUsageException',
    });
    await expect(sign('absent', 32, 'DIGEST')).rejects.toMatchObject({ name: 'NotFoundException' });
  });
});

describe('Step Functions', () => {
  it('starts once by name, stops, and resumes what waits', async () => {
    const stateMachineArn = fake.states.makeMachine('approval');
    const sfn = new SFNClient(
      config(
        as({
          Action: 'states:*',
          Resource: [stateMachineArn, `${stateMachineArn.replace(':stateMachine:', ':execution:')}:*`],
        }),
      ),
    );
    const start = (input: string) =>
      sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'apr_1', input }));
    const { executionArn = '' } = await start('{}');
    expect((await start('{}')).executionArn).toBe(executionArn);
    await expect(start('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await sfn.send(new StopExecutionCommand({ executionArn }));
    expect(stopped).toContain(executionArn);
    await expect(start('{}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const absent = sfn.send(new StopExecutionCommand({ executionArn: `${executionArn}x` }));
    await expect(absent).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    for (const token of ['waiting', 'late', 'gone']) tokens.set(token, stateMachineArn);
    const resume = (taskToken: string) => sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    await resume('waiting');
    await expect(resume('late')).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(resume('gone')).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await expect(resume('forged')).rejects.toMatchObject({ name: 'InvalidToken' });
    const other = new SFNClient(
      config(as({ Action: 'states:SendTaskSuccess', Resource: `${stateMachineArn}2` })),
    );
    const foreign = other.send(new SendTaskSuccessCommand({ taskToken: 'waiting', output: '{}' }));
    await expect(foreign).rejects.toMatchObject(denied());
  });
});

describe('STS', () => {
  it('gives a session where the caller may and the role trusts it', async () => {
    const caller = fake.aws.addRole({
      name: 'lane',
      policies: [
        { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: 'arn:aws:iam::*:role/target*' } },
      ],
    });
    const trust = (AWS: string) => ({
      Statement: { Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' },
    });
    const policies = [{ Statement: { Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' } }];
    const target = fake.aws.addRole({
      name: 'target',
      policies,
      trust: trust(caller.arn),
      account: '999999999999',
    });
    const closed = fake.aws.addRole({
      name: 'target-closed',
      policies,
      trust: trust('arn:aws:iam::999999999999:root'),
    });
    const sts = new STSClient(config(caller.credentials));
    const assume = (RoleArn: string) =>
      sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'run_1' }));
    const { Credentials: given } = await assume(target.arn);
    const session = {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    };
    const identity = await new STSClient(config(session)).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: '999999999999', Arn: target.arn });
    expect(fake.sts.assumed).toMatchObject([{ role: target.arn, sessionName: 'run_1', by: caller.arn }]);
    await expect(assume(closed.arn)).rejects.toMatchObject(denied('AccessDenied'));
    const stranger = new STSClient(config(as({ Action: 'sts:*' })));
    const other = stranger.send(new AssumeRoleCommand({ RoleArn: target.arn, RoleSessionName: 'run_1' }));
    await expect(other).rejects.toMatchObject(denied('AccessDenied'));
  });
});

describe('mail, builds and secrets', () => {
  it('sends mail from the address that may', async () => {
    const Condition = { StringEquals: { 'ses:FromAddress': 'gateway@example.com' } };
    const Resource = `arn:aws:ses:${region}:${account}:identity/gateway@example.com`;
    const ses = new SESv2Client(config(as({ Action: 'ses:SendEmail', Resource, Condition })));
    const send = (FromEmailAddress: string) =>
      ses.send(
        new SendEmailCommand({
          FromEmailAddress,
          Destination: { ToAddresses: ['alice@example.com'] },
          Content: { Simple: { Subject: { Data: 'Approve?' }, Body: { Text: { Data: 'text' } } } },
        }),
      );
    await send('Gateway <gateway@example.com>');
    expect(fake.mail).toMatchObject([{ to: ['alice@example.com'], subject: 'Approve?' }]);
    await expect(send('ceo@example.com')).rejects.toMatchObject(denied());
  });

  it('tells of builds of projects that may be read', async () => {
    const Resource = `arn:aws:codebuild:${region}:${account}:project/shell`;
    const codebuild = new CodeBuildClient(config(as({ Action: 'codebuild:*', Resource })));
    const found = await codebuild.send(new BatchGetBuildsCommand({ ids: ['shell:1', 'shell:2'] }));
    expect(found).toMatchObject({
      builds: [{ id: 'shell:1', buildStatus: 'SUCCEEDED' }],
      buildsNotFound: ['shell:2'],
    });
    await codebuild.send(new StopBuildCommand({ id: 'shell:1' }));
    expect(stopped).toContain('shell:1');
    const other = codebuild.send(new BatchGetBuildsCommand({ ids: ['shell:1', 'source:1'] }));
    await expect(other).rejects.toMatchObject(denied());
  });

  it('gives secrets to those who may', async () => {
    const ask = (credentials: Credentials, SecretId: string) =>
      new SecretsManagerClient(config(credentials)).send(new GetSecretValueCommand({ SecretId }));
    const reader = as({ Action: 'secretsmanager:GetSecretValue', Resource: SECRET });
    expect((await ask(reader, SECRET)).SecretString).toBe('xoxb');
    expect((await ask(reader, 'slack')).SecretString).toBe('xoxb');
    await expect(ask(as({ Action: 's3:*' }), SECRET)).rejects.toMatchObject(denied());
    await expect(ask(reader, 'absent')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
