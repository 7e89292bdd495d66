/** What the agent-facing function uses instead of the SDK must do what the SDK does: the same contracts, and AWS's own rules. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDynamoStore } from '../../lib/aws/dynamo-store.ts';
import { fetchPublicKey } from '../../lib/aws/kms-keys.ts';
import { leanClients } from '../../lib/aws/lean/clients.ts';
import { AnswerTooLarge, LeanError, type LeanOptions } from '../../lib/aws/lean/signed-requests.ts';
import { openRunMachine } from '../../lib/aws/machines.ts';
import { openS3BlobReader } from '../../lib/aws/s3-blobs.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { describeStore, type StorePlace } from '../contracts/store.contract.ts';
import { type FakeAccount, startFakeAccount } from '../support/cloud/fake-account.ts';
import type { Credentials } from '../support/cloud/fake-aws.ts';
import type { StartedExecution } from '../support/cloud/fake-states.ts';
import { type Arrived, signatureProblem } from '../support/cloud/sigv4.ts';
import { planId } from '../support/sample-records.ts';

const [account, region] = ['111122223333', 'eu-west-1'];
const clock = { now: () => new Date('2026-01-02T03:04:05.000Z') };
const started: StartedExecution[] = [];
let fake: FakeAccount;
beforeAll(async () => {
  fake = await startFakeAccount({ account, region, states: { start: (each) => started.push(each) } });
});
afterAll(() => fake.stop());

const optionsFor = (endpoint: string, credentials: Credentials): LeanOptions => ({
  region,
  credentials,
  fetch,
  chance: () => 0,
  endpoint,
});
const lean = (credentials = fake.aws.owner) => leanClients(optionsFor(fake.aws.endpoint, credentials));

describeStore('DynamoDB by signed requests', async (): Promise<StorePlace> => {
  const tables = await fake.dynalite.makeTables();
  return {
    open: async () => openDynamoStore({ api: lean().dynamo, tables, clock, random: randomBytes }),
    remove: async () => undefined,
  };
});

describe('signed requests to the fake AWS', () => {
  const mayOnly = (name: string, Action: string, Resource: string) =>
    lean(
      fake.aws.addRole({ name, policies: [{ Statement: { Effect: 'Allow', Action, Resource } }] })
        .credentials,
    );

  it('read blobs, and tell what is absent from what is out of reach', async () => {
    fake.s3.makeBucket('artifacts');
    const bytes = Buffer.from('output');
    fake.s3.poke('artifacts', `outputs/${sha256(bytes).slice(7)}`, bytes);
    const read = (clients: ReturnType<typeof lean>) =>
      openS3BlobReader(clients.objects('artifacts'), 'outputs/');
    expect(Buffer.from((await read(lean()).get(sha256(bytes))) ?? []).toString()).toBe('output');
    expect(await read(lean()).get(sha256('never'))).toBeNull();
    const mcp = mayOnly('mcp', 's3:GetObject', 'arn:aws:s3:::artifacts/outputs/*');
    await expect(read(mcp).get(sha256('never'))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(mcp.objects('artifacts').get('frozen/x', 9)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(lean().objects('artifacts').get('a b', 9)).rejects.toThrow('not a key');
    await expect(
      lean()
        .objects('artifacts')
        .get(`outputs/${sha256(bytes).slice(7)}`, 5),
    ).rejects.toThrow(AnswerTooLarge);
  });

  it('start a machine once for one name', async () => {
    const machine = fake.states.makeMachine('run');
    const run = openRunMachine(mayOnly('starter', 'states:StartExecution', machine).machines, machine);
    const input = {
      plan_id: planId(1),
      begin: 'judge',
      caller: { agent: 'a', human: null },
      kinds: ['shell'],
    } as const;
    await run.start('att_1', input);
    await run.start('att_1', input);
    await run.start('att_1', { ...input, begin: 'authorize' });
    expect(started.map(({ name }) => name)).toEqual(['att_1']);
    expect(JSON.parse(started[0]?.input ?? '')).toEqual(input);
    await expect(run.start('a b', input)).rejects.toThrow('not the name');
    const other = openRunMachine(mayOnly('other', 'states:StartExecution', `${machine}2`).machines, machine);
    await expect(other.start('att_2', input)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('fetch public keys', async () => {
    const key = fake.kms.makeKey('ECC_NIST_P256');
    expect((await fetchPublicKey(lean().keys, key)).type).toBe('public');
    await expect(fetchPublicKey(lean().keys, fake.kms.makeKey('HMAC_256'))).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
    });
  });
});

describe('a signed request', () => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
  let server: ReturnType<typeof createServer>;
  let endpoint: string;
  let arrived: Arrived[];
  let answer: (response: ServerResponse, nth: number) => unknown;
  beforeEach(async () => {
    arrived = [];
    server = createServer(async (message: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk);
      const { method = '', url = '', headers } = message;
      arrived.push({ method, url, headers, body: Buffer.concat(chunks) });
      await answer(response, arrived.length);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    endpoint = address !== null && typeof address === 'object' ? `http://127.0.0.1:${address.port}` : '';
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const clients = (options: Partial<LeanOptions> = {}) =>
    leanClients({ ...optionsFor(endpoint, credentials), ...options });
  const get = { TableName: 't', Key: { pk: { S: 'Ünïcödé "🚀"' } } };
  const refuse = (status: number, name: string) => (response: ServerResponse) =>
    response
      .writeHead(status)
      .end(JSON.stringify({ __type: `com.amazonaws#${name}`, message: 'a "message"' }));

  it('is signed as AWS checks it, session and all', async () => {
    answer = (response) => response.end('{}');
    await clients().dynamo.getItem(get);
    await clients().objects('bucket').get('outputs/0a-b_c.json', 9);
    expect(arrived.map((each) => `${each.method} ${each.url}`)).toEqual([
      'POST /',
      'GET /bucket/outputs/0a-b_c.json',
    ]);
    for (const each of arrived) {
      expect(signatureProblem(each, 'secret')).toBeNull();
      expect(signatureProblem({ ...each, body: Buffer.from('other') }, 'secret')).toBe(
        'the hash of the body is another',
      );
      expect(signatureProblem(each, 'another')).toBe('the signature is another');
      expect(each.headers['x-amz-security-token']).toBe('session');
    }
    expect(JSON.parse(arrived[0]?.body.toString() ?? '')).toEqual(get);
  });

  it('goes to the service of its region', async () => {
    const seen: string[] = [];
    const recording: typeof fetch = async (url) => {
      seen.push(String(url));
      return new Response('{"Items":[]}');
    };
    const aws = leanClients({ region: 'eu-west-1', credentials, fetch: recording, chance: () => 0 });
    await aws.dynamo.getItem(get);
    await aws.objects('bucket').get('outputs/1', 100);
    await aws.machines.startExecution({ machine: 'm', name: 'n', input: '{}' });
    const china = leanClients({ region: 'cn-north-1', credentials, fetch: recording, chance: () => 0 });
    await china.dynamo.getItem(get);
    expect(seen).toEqual([
      'https://dynamodb.eu-west-1.amazonaws.com/',
      'https://bucket.s3.eu-west-1.amazonaws.com/outputs/1',
      'https://states.eu-west-1.amazonaws.com/',
      'https://dynamodb.cn-north-1.amazonaws.com.cn/',
    ]);
  });

  it.each([
    [400, 'ThrottlingException', 3],
    [400, 'ProvisionedThroughputExceededException', 3],
    [500, 'InternalServerError', 3],
    [503, 'SlowDown', 3],
    [400, 'ConditionalCheckFailedException', 1],
    [400, 'AccessDeniedException', 1],
    [400, 'ValidationException', 1],
    [403, 'UnrecognizedClientException', 1],
  ])('answered with %i %s is sent %i times, and told by its name', async (status, name, attempts) => {
    answer = refuse(status, name);
    const failure = clients().dynamo.getItem(get);
    await expect(failure).rejects.toBeInstanceOf(LeanError);
    const $metadata = { attempts, httpStatusCode: status };
    await expect(failure).rejects.toMatchObject({ name, message: 'a "message"', $metadata });
    expect(arrived).toHaveLength(attempts);
  });

  it('refused with words that are no JSON is still told by its name', async () => {
    answer = (response) => response.writeHead(400).end('{"__type":"x#ValidationException","message":"a\nb"}');
    await expect(clients().dynamo.getItem(get)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'ValidationException (400)',
    });
    answer = (response) => response.writeHead(418).end('tea');
    await expect(clients().dynamo.getItem(get)).rejects.toMatchObject({ name: 'HTTP 418' });
  });

  it('is answered in the end where trying again helps, and says how often it was sent', async () => {
    answer = (response, nth) =>
      nth < 3 ? refuse(503, 'ServiceUnavailable')(response) : response.end('{"Item":{"a":{"S":"b"}}}');
    expect(await clients().dynamo.getItem(get)).toEqual({ Item: { a: { S: 'b' } } });
    arrived = [];
    answer = (response, nth) =>
      refuse(400, nth === 1 ? 'ThrottlingException' : 'ConditionalCheckFailedException')(response);
    await expect(clients().dynamo.putItem({ TableName: 't', Item: {} })).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      $metadata: { attempts: 2 },
    });
  });

  it('that is not answered in time, or cut off, rejects', async () => {
    answer = async (response) => {
      await wait(300);
      response.end('{}');
    };
    await expect(clients({ timeoutMs: 20 }).dynamo.getItem(get)).rejects.toMatchObject({
      name: 'TimeoutError',
      $metadata: { attempts: 3 },
    });
    answer = (response) => response.destroy();
    await expect(clients().dynamo.getItem(get)).rejects.toMatchObject({ name: 'NetworkingError' });
  });

  it('follows no redirect, for it would carry its signature elsewhere', async () => {
    answer = (response) =>
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end('<Code>TemporaryRedirect</Code>');
    await expect(clients().objects('bucket').get('outputs/1', 9)).rejects.toMatchObject({
      name: 'TemporaryRedirect',
    });
  });

  it('reads no more than it asked for, said or unsaid', async () => {
    answer = (response) => response.writeHead(200, { 'content-length': '10' }).end('0123456789');
    await expect(clients().objects('b').get('outputs/1', 9)).rejects.toThrow(AnswerTooLarge);
    answer = (response) => response.end('0123456789');
    await expect(clients().objects('b').get('outputs/1', 9)).rejects.toThrow(AnswerTooLarge);
    expect(await clients().objects('b').get('outputs/1', 10)).toHaveLength(10);
    expect(arrived).toHaveLength(3);
  });

  it.each([
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['null', 'null'],
    ['items that are none', '{"Items":[1],"Item":{"a":1},"PublicKey":1}'],
    ['something else', '{"Items":{},"Item":[],"PublicKey":null}'],
  ])('answered with %s rejects', async (_, body) => {
    answer = (response) => response.end(body);
    await expect(clients().dynamo.getItem(get)).rejects.toThrow();
    await expect(clients().dynamo.query({ TableName: 't' })).rejects.toThrow();
    await expect(clients().keys.getPublicKey('k')).rejects.toThrow();
  });
});
