import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ObjectTooLarge, overS3Client } from '../../lib/aws/objects-api.ts';
import { MAX_BLOB_BYTES, openS3Blobs } from '../../lib/aws/s3-blobs.ts';
import { type Digest, sha256 } from '../../lib/core/canonical.ts';
import { BlobTampered } from '../../lib/ports/store.ts';
import { describeBlobs } from '../contracts/blobs.contract.ts';
import { type FakeAws, startFakeAws } from '../support/cloud/fake-aws.ts';
import { s3For } from '../support/cloud/fake-clients.ts';
import { type FakeS3, fakeS3 } from '../support/cloud/fake-s3.ts';

let aws: FakeAws;
let s3: FakeS3;
let buckets = 0;
beforeAll(async () => {
  s3 = fakeS3();
  aws = await startFakeAws(() => [s3.service]);
});
afterAll(() => aws.stop());

const hex = (address: Digest) => address.slice('sha256:'.length);

describeBlobs('an S3 prefix', () => {
  const bucket = `artifacts-${++buckets}`;
  s3.makeBucket(bucket, { versioned: true });
  const client = s3For(aws);
  return {
    open: async () => openS3Blobs(overS3Client(client, bucket), 'frozen/'),
    tamper: async (address, bytes) => s3.poke(bucket, `frozen/${hex(address)}`, bytes),
    remove: async () => client.destroy(),
  };
});

describe('blobs in S3', () => {
  const bytes = Buffer.from('plan');
  const address = sha256(bytes);
  const key = `frozen/${hex(address)}`;
  const role = (name: string, actions: readonly string[], resources: readonly string[]) =>
    aws.addRole({
      name,
      policies: [{ Statement: [{ Effect: 'Allow', Action: actions, Resource: resources }] }],
    }).credentials;
  let bucket: string;
  beforeEach(() => {
    bucket = `artifacts-${++buckets}`;
    s3.makeBucket(bucket, { versioned: true });
  });

  it('are named by their hash under the prefix, and stored once', async () => {
    const blobs = openS3Blobs(overS3Client(s3For(aws), bucket), 'frozen/');
    await blobs.put(bytes);
    await blobs.put(bytes);
    expect(s3.keys(bucket)).toEqual([key]);
    expect(() => openS3Blobs(overS3Client(s3For(aws), bucket), 'a/../')).toThrow('not a prefix');
  });

  it('are not overwritten where they were tampered with', async () => {
    const blobs = openS3Blobs(overS3Client(s3For(aws), bucket), 'frozen/');
    await blobs.put(bytes);
    s3.poke(bucket, key, Buffer.from('evidence'));
    await expect(blobs.put(bytes)).rejects.toThrow(BlobTampered);
    expect(s3.peek(bucket, key)?.toString()).toBe('evidence');
  });

  it('need PutObject to be written, and GetObject where they stand already', async () => {
    const all = `arn:aws:s3:::${bucket}/frozen/*`;
    const writer = openS3Blobs(
      overS3Client(s3For(aws, role('writer', ['s3:PutObject'], [all])), bucket),
      'frozen/',
    );
    expect(await writer.put(bytes)).toBe(address);
    await expect(writer.put(bytes)).rejects.toMatchObject({ name: 'AccessDenied' });
    const other = openS3Blobs(overS3Client(s3For(aws, role('other', ['s3:*'], [all])), bucket), 'outputs/');
    await expect(other.put(bytes)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('that are gone are null to those who may list, and out of reach to others', async () => {
    const all = `arn:aws:s3:::${bucket}/frozen/*`;
    const reader = role('reader', ['s3:GetObject'], [all]);
    const lister = role('lister', ['s3:GetObject', 's3:ListBucket'], [all, `arn:aws:s3:::${bucket}`]);
    const read = (as: typeof reader) =>
      openS3Blobs(overS3Client(s3For(aws, as), bucket), 'frozen/').get(address);
    expect(await read(lister)).toBeNull();
    await expect(read(reader)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('are refused where they are too large, before they are read', async () => {
    s3.poke(bucket, key, Buffer.alloc(2_000_000));
    const objects = overS3Client(s3For(aws), bucket);
    await expect(objects.get(key, 1_999_999)).rejects.toThrow(ObjectTooLarge);
    expect((await objects.get(key, 2_000_000))?.length).toBe(2_000_000);
    const blobs = openS3Blobs(objects, 'frozen/');
    await expect(blobs.put(new Uint8Array(MAX_BLOB_BYTES + 1))).rejects.toThrow('the most');
  });
});

describe('what S3 refuses', () => {
  const client = new S3Client({ region: 'eu-west-1' });
  const mock = mockClient(client);
  const blobs = openS3Blobs(overS3Client(client, 'bucket'), 'frozen/');
  const failure = (name: string) => Object.assign(new Error('message'), { name });
  beforeEach(() => mock.reset());

  it.each(['SlowDown', 'TimeoutError', 'AccessDenied', 'InternalError', 'NoSuchBucket', 'NotFound'])(
    '%s rejects',
    async (name) => {
      mock.onAnyCommand().rejects(failure(name));
      await expect(blobs.get(sha256('a'))).rejects.toMatchObject({ name });
      await expect(blobs.put(Buffer.from('a'))).rejects.toMatchObject({ name });
      await expect(overS3Client(client, 'bucket').list('frozen/', null, 1)).rejects.toMatchObject({ name });
    },
  );

  it('conflicts of two writers are tried again, but not for ever', async () => {
    mock.on(PutObjectCommand).rejectsOnce(failure('ConditionalRequestConflict')).resolves({});
    expect(await blobs.put(Buffer.from('a'))).toBe(sha256('a'));
    mock.on(PutObjectCommand).rejects(failure('ConditionalRequestConflict'));
    await expect(blobs.put(Buffer.from('a'))).rejects.toMatchObject({ name: 'ConditionalRequestConflict' });
  });

  it('every put asks that nothing be there yet', async () => {
    mock.on(PutObjectCommand).resolves({});
    await blobs.put(Buffer.from('a'));
    expect(mock.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({ IfNoneMatch: '*' });
    expect(mock.commandCalls(GetObjectCommand)).toHaveLength(0);
  });
});
