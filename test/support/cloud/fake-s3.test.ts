/** The fake S3 must refuse as S3 refuses. Asked here through the SDK's own client. */
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT as account,
  type Credentials,
  type FakeAws,
  REGION as region,
  startFakeAws,
} from './fake-aws.ts';
import { configFor } from './fake-clients.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';
import type { Statement } from './iam.ts';

let aws: FakeAws;
let fake: FakeS3;
beforeAll(async () => {
  fake = fakeS3(region);
  aws = await startFakeAws(() => [fake.service]);
});
afterAll(() => aws.stop());

let roles = 0;
function as(...statements: Partial<Statement>[]) {
  const policies = [{ Statement: statements.map((each) => ({ Effect: 'Allow', Resource: '*', ...each })) }];
  return aws.addRole({ name: `role-${++roles}`, policies }).credentials;
}
const config = (credentials: Credentials) => ({ ...configFor(aws, credentials), maxAttempts: 1 });

describe('S3', () => {
  const client = (credentials: Credentials) => new S3Client({ ...config(credentials), forcePathStyle: true });
  const at = (Key: string) => ({ Bucket: 'bucket', Key });
  const everything = [
    's3:GetObject',
    's3:PutObject',
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:ListBucket',
    's3:ListBucketVersions',
  ];
  beforeEach(() => fake.makeBucket('bucket', { versioned: true, lockedForDays: 1 }));

  it('keeps bytes, headers and versions', async () => {
    const s3 = client(as({ Action: everything }));
    await s3.send(
      new PutObjectCommand({ ...at('a/é b'), Body: 'one', ContentType: 'text/x', Metadata: { who: 'me' } }),
    );
    await s3.send(new PutObjectCommand({ ...at('a/é b'), Body: 'two' }));
    const read = await s3.send(new GetObjectCommand(at('a/é b')));
    expect(await read.Body?.transformToString()).toBe('two');
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'bucket' }));
    expect(Versions).toMatchObject([{ Key: 'a/é b', IsLatest: true }, { IsLatest: false }]);
    const first = await fetchVersion(s3, Versions?.[1]?.VersionId ?? '').catch((error) => error.name);
    expect(first).toBe('AccessDenied');
    const owner = await client(aws.owner).send(
      new GetObjectCommand({ ...at('a/é b'), VersionId: Versions?.[1]?.VersionId ?? '' }),
    );
    expect([await owner.Body?.transformToString(), owner.ContentType, owner.Metadata]).toEqual([
      'one',
      'text/x',
      { who: 'me' },
    ]);
  });
  const fetchVersion = (s3: S3Client, VersionId: string) =>
    s3.send(new GetObjectCommand({ ...at('a/é b'), VersionId }));

  it('holds conditional writes', async () => {
    const s3 = client(as({ Action: everything }));
    const put = (more = {}) => s3.send(new PutObjectCommand({ ...at('k'), Body: 'x', ...more }));
    const { ETag } = await put({ IfNoneMatch: '*' });
    await expect(put({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await put({ IfMatch: ETag });
    await expect(put({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await s3.send(new DeleteObjectCommand(at('k')));
    await put({ IfNoneMatch: '*' });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        s3.send(new PutObjectCommand({ ...at('race'), Body: 'x', IfNoneMatch: '*' })),
      ),
    );
    expect(outcomes.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
  });

  it('deletes by hiding, and nothing that is locked', async () => {
    const s3 = client(as({ Action: everything }));
    const { VersionId } = await s3.send(new PutObjectCommand({ ...at('k'), Body: 'x' }));
    await s3.send(new DeleteObjectCommand(at('k')));
    await expect(s3.send(new GetObjectCommand(at('k')))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(s3.send(new HeadObjectCommand(at('k')))).rejects.toMatchObject({ name: 'NotFound' });
    const erase = s3.send(new DeleteObjectCommand({ ...at('k'), VersionId }));
    await expect(erase).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('lock'),
    });
  });

  it('lists in order, page by page, within a prefix that conditions may hold', async () => {
    const Condition = { StringLike: { 's3:prefix': 'a/*' } };
    const s3 = client(as({ Action: 's3:ListBucket', Condition }));
    for (const key of ['a/3', 'a/1', 'b/1', 'a/2', 'a/x/y']) fake.poke('bucket', key, Buffer.from(key));
    const list = (more = {}) =>
      s3.send(new ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'a/', ...more }));
    const first = await list({ MaxKeys: 2 });
    expect(first).toMatchObject({ IsTruncated: true, Contents: [{ Key: 'a/1' }, { Key: 'a/2' }] });
    const rest = await list({ ContinuationToken: first.NextContinuationToken });
    expect(rest).toMatchObject({ IsTruncated: false, Contents: [{ Key: 'a/3' }, { Key: 'a/x/y' }] });
    expect(await list({ Delimiter: '/' })).toMatchObject({ CommonPrefixes: [{ Prefix: 'a/x/' }] });
    expect((await list({ StartAfter: 'a/2' })).Contents).toHaveLength(2);
    await expect(list({ Prefix: 'b/' })).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'bucket' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(s3.send(new GetObjectCommand(at('a/9')))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('takes nothing into a locked bucket whose bytes it cannot check', async () => {
    const unchecked = new S3Client({
      ...config(aws.owner),
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const put = unchecked.send(new PutObjectCommand({ ...at('k'), Body: 'x' }));
    await expect(put).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  it('copies for those who may read the one and write the other', async () => {
    fake.poke('bucket', 'from', Buffer.from('bytes'));
    const copy = (credentials: Credentials) =>
      client(credentials).send(new CopyObjectCommand({ ...at('to'), CopySource: 'bucket/from' }));
    await expect(copy(as({ Action: 's3:PutObject' }))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(copy(as({ Action: 's3:GetObject' }))).rejects.toMatchObject({ name: 'AccessDenied' });
    await copy(as({ Action: ['s3:GetObject', 's3:PutObject'] }));
    expect(fake.peek('bucket', 'to')?.toString()).toBe('bytes');
  });

  it('asks for the key of an encrypted bucket, and holds the bucket policy', async () => {
    const arn = `arn:aws:kms:${region}:${account}:key/data`;
    const Principal = { AWS: `arn:aws:iam::${account}:root` };
    const key = {
      arn,
      policy: { Statement: { Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' } },
    };
    const fence = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::bucket/locked/*',
    };
    fake.makeBucket('bucket', { key, policy: { Statement: fence } });
    const put = (credentials: Credentials, name = 'k') =>
      client(credentials).send(new PutObjectCommand({ ...at(name), Body: 'x' }));
    await expect(put(as({ Action: 's3:*' }))).rejects.toMatchObject({ name: 'AccessDenied' });
    const Condition = { StringLike: { 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::bucket/k*' } };
    const writer = as({ Action: 's3:*' }, { Action: 'kms:GenerateDataKey', Resource: arn, Condition });
    await put(writer);
    await expect(put(writer, 'other')).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(put(aws.owner, 'locked/k')).resolves.toBeDefined();
    await expect(put(as({ Action: ['s3:*', 'kms:*'] }), 'locked/k')).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });
});
