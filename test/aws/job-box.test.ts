import { deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openJobBox, openLaneBox } from '../../lib/aws/job-box.ts';
import { overS3Client } from '../../lib/aws/objects-api.ts';
import {
  BadParcel,
  MAX_CONTENT_BYTES,
  MAX_PARCEL_ENTRIES,
  packParcel,
  unpackParcel,
} from '../../lib/aws/parcel.ts';
import { type Digest, sha256 } from '../../lib/core/canonical.ts';
import { type Job, type JobResult, ParcelTooLarge } from '../../lib/workflow/job.ts';
import { type FakeAws, startFakeAws } from '../support/cloud/fake-aws.ts';
import { s3For } from '../support/cloud/fake-clients.ts';
import { type FakeS3, fakeS3 } from '../support/cloud/fake-s3.ts';
import { rootPath } from '../support/sample-records.ts';

const bytes = Buffer.from('main.tf');
const blobs = new Map<Digest, Uint8Array>([
  [sha256(bytes), bytes],
  [sha256(''), Buffer.alloc(0)],
]);
const job: Job = {
  environment: 'prod',
  kind: 'fetch-source',
  source: 'network',
  cwd: rootPath('network/vpc'),
  ref: null,
  want: 'module',
};
const result: JobResult = { kind: 'modules', content: sha256(bytes) };

describe('a parcel', () => {
  it('is the same bytes for the same things, in whatever order they come', () => {
    const packed = packParcel({ content: job, blobs });
    const reversed = new Map([...blobs].reverse());
    expect(Buffer.compare(packParcel({ content: job, blobs: reversed }), packed)).toBe(0);
    const unpacked = unpackParcel(packed);
    expect(unpacked.content).toEqual(job);
    expect(new Map([...unpacked.blobs].map(([address, each]) => [address, Buffer.from(each)]))).toEqual(
      new Map([...blobs].reverse()),
    );
  });

  const hex = '0'.repeat(64);
  const content = Buffer.from('{}');
  it.each([
    ['nothing', Buffer.alloc(0), 'not a parcel'],
    ['no zip', Buffer.from('PK, they said'), 'not a parcel'],
    ['a zip cut short', packParcel({ content: job, blobs }).subarray(0, -30), 'not a parcel'],
    ['no content', zipSync({}, { level: 0 }), 'without its content'],
    ['no JSON', zipSync({ 'content.json': Buffer.from('{') }, { level: 0 }), 'not JSON'],
    ['no UTF-8', zipSync({ 'content.json': Buffer.from([34, 0xff, 34]) }, { level: 0 }), 'not JSON'],
    [
      'another file',
      zipSync({ 'content.json': content, 'blobs/../x': content }, { level: 0 }),
      'another file',
    ],
    [
      'another blob',
      zipSync({ 'content.json': content, [`blobs/${hex}`]: content }, { level: 0 }),
      'do not match',
    ],
    ['a compressed file', zipSync({ 'content.json': Buffer.alloc(1e6) }, { level: 9 }), 'compressed'],
  ])('is refused where it holds %s', (_, zip, why) => {
    expect(() => unpackParcel(zip)).toThrow(BadParcel);
    expect(() => unpackParcel(zip)).toThrow(why);
  });

  it('is refused where a header lies about sizes, without reading what it promises', () => {
    const packed = Buffer.from(zipSync({ 'content.json': content }, { level: 0 }));
    const central = packed.indexOf(Buffer.from('504b0102', 'hex'));
    const lying = Buffer.from(packed);
    lying.writeUInt32LE(0xfffffff0, central + 20);
    lying.writeUInt32LE(0xfffffff0, central + 24);
    expect(() => unpackParcel(lying)).toThrow('overlap');
    const bomb = Buffer.from(packed);
    bomb.writeUInt16LE(8, central + 10);
    expect(() => unpackParcel(bomb)).toThrow('compressed');
    expect(deflateRawSync(Buffer.alloc(1e6)).length).toBeLessThan(2_000);
  });

  it('is refused where a file stands twice, or two share their bytes', () => {
    const one = Buffer.from(zipSync({ 'content.json': content }, { level: 0 }));
    const central = one.indexOf(Buffer.from('504b0102', 'hex'));
    const end = one.indexOf(Buffer.from('504b0506', 'hex'));
    const entry = one.subarray(central, end);
    const twice = Buffer.concat([one.subarray(0, end), entry, one.subarray(end)]);
    twice.writeUInt16LE(2, end + entry.length + 8);
    twice.writeUInt16LE(2, end + entry.length + 10);
    expect(() => unpackParcel(twice)).toThrow('twice');
  });

  it('is refused where its content is too large, coming and going', () => {
    const text = 'x'.repeat(MAX_CONTENT_BYTES);
    expect(() => packParcel({ content: text, blobs: new Map() })).toThrow(ParcelTooLarge);
    const zip = zipSync({ 'content.json': Buffer.from(JSON.stringify(text)) }, { level: 0 });
    expect(() => unpackParcel(zip)).toThrow('content is too large');
  });

  it('is refused where it has too many files, coming and going', () => {
    const many = new Map<Digest, Uint8Array>();
    for (let count = 0; count < MAX_PARCEL_ENTRIES; count += 1)
      many.set(sha256(`${count}`), Buffer.from(`${count}`));
    expect(() => packParcel({ content: job, blobs: many })).toThrow(ParcelTooLarge);
    const files = [...many].map(([address, each]) => [`blobs/${address.slice(7)}`, each] as const);
    const zip = zipSync(Object.fromEntries([['content.json', content] as const, ...files]), { level: 0 });
    expect(() => unpackParcel(zip)).toThrow('too many files');
  });
});

describe('the box of jobs', () => {
  let aws: FakeAws;
  let s3: FakeS3;
  beforeAll(async () => {
    s3 = fakeS3();
    aws = await startFakeAws(() => [s3.service]);
  });
  afterAll(() => aws.stop());
  beforeEach(() => s3.makeBucket('artifacts', { versioned: true }));

  const objectsOf = (name: string, ...statements: [string | string[], string][]) => {
    const Statement = statements.map(([Action, key]) => ({
      Effect: 'Allow',
      Action,
      Resource: `arn:aws:s3:::artifacts${key}`,
    }));
    return overS3Client(
      s3For(aws, aws.addRole({ name, policies: [{ Statement }] }).credentials),
      'artifacts',
    );
  };
  const judge = () =>
    objectsOf(
      'finish-run',
      [['s3:PutObject', 's3:GetObject'], '/jobs/*'],
      ['s3:GetObject', '/results/*'],
      ['s3:ListBucket', ''],
    );
  const lane = (name: string) =>
    objectsOf(name, ['s3:GetObject', `/jobs/${name}/*`], ['s3:PutObject', `/results/${name}/*`]);

  it('brings a job to its lane and the result back', async () => {
    await openJobBox(judge()).putJob('source', 'job_1', job, blobs);
    const box = openLaneBox(lane('source'), 'source');
    const taken = await box.takeJob('job_1');
    expect(taken?.content).toEqual(job);
    expect(taken?.blobs.size).toBe(2);
    expect(await openJobBox(judge()).readResult('source', 'job_1')).toBeNull();
    await box.putResult('job_1', result, blobs);
    expect((await openJobBox(judge()).readResult('source', 'job_1'))?.content).toEqual(result);
    expect(s3.keys('artifacts')).toEqual(['jobs/source/job_1/job.zip', 'results/source/job_1/result.zip']);
  });

  it('takes the same job again, and no other under its id', async () => {
    const box = openJobBox(judge());
    await box.putJob('source', 'job_1', job, blobs);
    await box.putJob('source', 'job_1', job, blobs);
    await expect(box.putJob('source', 'job_1', { ...job, source: 'other' }, blobs)).rejects.toThrow(
      'another job',
    );
    expect((await openLaneBox(lane('source'), 'source').takeJob('job_1'))?.content).toEqual(job);
  });

  it('takes one result, whoever in the lane was first', async () => {
    const box = openLaneBox(lane('source'), 'source');
    await box.putResult('job_1', result, blobs);
    await expect(box.putResult('job_1', result, blobs)).rejects.toThrow('stands already');
  });

  it('is shut to other lanes', async () => {
    await openJobBox(judge()).putJob('source', 'job_1', job, blobs);
    const denied = { name: 'AccessDenied' };
    await expect(openLaneBox(lane('shell'), 'source').takeJob('job_1')).rejects.toMatchObject(denied);
    await expect(
      openLaneBox(lane('shell'), 'source').putResult('job_1', result, blobs),
    ).rejects.toMatchObject(denied);
    await expect(openJobBox(lane('source')).putJob('source', 'job_2', job, blobs)).rejects.toMatchObject(
      denied,
    );
    await expect(openJobBox(lane('source')).readResult('source', 'job_1')).rejects.toMatchObject(denied);
  });

  it('rejects what a lane laid there that is no parcel', async () => {
    s3.poke('artifacts', 'results/shell/job_1/result.zip', Buffer.from('x'));
    await expect(openJobBox(judge()).readResult('shell', 'job_1')).rejects.toThrow(BadParcel);
  });

  it('knows what is no id of a job', async () => {
    const box = openJobBox(judge());
    for (const id of ['', '.', '..', '../shell/job_1', 'a/b', 'a b', 'é', '-a', 'a'.repeat(129)]) {
      await expect(box.readResult('source', id)).rejects.toThrow('not the id of a job');
    }
  });
});
