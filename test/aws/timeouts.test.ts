/** AWS that takes a request and never answers, or stops in the middle: every adapter rejects in its time. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { overDynamoClient } from '../../lib/aws/dynamo-api.ts';
import { overKmsClient } from '../../lib/aws/keys-api.ts';
import { resumeApproval, stopExecution } from '../../lib/aws/machines.ts';
import { overStepFunctions } from '../../lib/aws/machines-api.ts';
import { overS3Client } from '../../lib/aws/objects-api.ts';

let answer: (response: ServerResponse) => void = () => undefined;
const server = createServer((_, response) => answer(response));
let config: {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
};
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  config = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const MS = 100;

it('rejects where nobody answers', async () => {
  answer = () => undefined;
  const dynamo = overDynamoClient(new DynamoDBClient(config), MS);
  const s3 = overS3Client(new S3Client({ ...config, forcePathStyle: true }), 'bucket', MS);
  const kms = overKmsClient(new KMSClient(config), MS);
  const sfn = overStepFunctions(new SFNClient(config), MS);
  const Item = { pk: { S: 'p' }, sk: { S: 's' } };
  const asked: Promise<unknown>[] = [
    dynamo.getItem({ TableName: 't', Key: Item }),
    dynamo.putItem({ TableName: 't', Item }),
    dynamo.query({ TableName: 't' }),
    s3.get('key', 9),
    s3.putNew('key', Buffer.from('x')),
    s3.list('prefix', null, 1),
    kms.getPublicKey('k'),
    kms.signDigest('k', Buffer.alloc(32)),
    kms.generateMac('k', Buffer.from('x')),
    sfn.startExecution({ machine: 'm', name: 'n', input: '{}' }),
    resumeApproval(sfn, 'token'),
    stopExecution(sfn, 'm', 'n', 'why'),
  ];
  const from = performance.now();
  const ended = await Promise.allSettled(asked);
  expect(ended.map((each) => each.status)).toEqual(asked.map(() => 'rejected'));
  expect(performance.now() - from).toBeLessThan(5_000);
});

it('rejects where an object stops in the middle', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': '10', etag: '"x"' }).write('01234');
  };
  const s3 = overS3Client(new S3Client({ ...config, forcePathStyle: true }), 'bucket', MS);
  await expect(s3.get('key', 10)).rejects.toThrow();
});
