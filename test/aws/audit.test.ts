/** The audit as the cloud keeps it: chains on dynalite, checkpoints in a locked bucket, sealed from the table's stream. */
import { randomBytes } from 'node:crypto';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpointLog } from '../../lib/audit/checkpoint-log.ts';
import { openAuditLog } from '../../lib/audit/log.ts';
import { sealChanges } from '../../lib/audit/stream-seal.ts';
import { verifyAudit } from '../../lib/audit/verify.ts';
import { auditChanges } from '../../lib/aws/audit-stream.ts';
import { overDynamoClient } from '../../lib/aws/dynamo-api.ts';
import { openDynamoStore } from '../../lib/aws/dynamo-store.ts';
import { overKmsClient } from '../../lib/aws/keys-api.ts';
import { fetchPublicKey, sealSigner, sealVerifier } from '../../lib/aws/kms-keys.ts';
import { overS3Client } from '../../lib/aws/objects-api.ts';
import { openS3Checkpoints, withCheckpoints } from '../../lib/aws/s3-checkpoints.ts';
import type { AuditEvent } from '../../lib/core/audit.ts';
import type { Store } from '../../lib/ports/store.ts';
import { describeAudit } from '../contracts/audit.contract.ts';
import type { TableNames } from '../support/cloud/dynalite.ts';
import { type FakeAccount, startFakeAccount } from '../support/cloud/fake-account.ts';
import { configFor, kmsFor, s3For } from '../support/cloud/fake-clients.ts';
import { streamOf } from '../support/cloud/stream.ts';
import { sampleBody, samplePlan, tickingClock } from '../support/sample-records.ts';

const [account, region] = ['111122223333', 'eu-west-1'];
const clock = tickingClock();
const stream = streamOf((table) => table.startsWith('audit-'));
let fake: FakeAccount;
beforeAll(async () => {
  fake = await startFakeAccount({
    account,
    region,
    states: { start: () => undefined },
    onWrite: stream.onWrite,
  });
});
afterAll(() => fake.stop());

let buckets = 0;
function newBucket(): string {
  const bucket = `checkpoints-${++buckets}`;
  fake.s3.makeBucket(bucket, { versioned: true, lockedForDays: 400 });
  return bucket;
}

function openStore(tables: TableNames, bucket: string): Store {
  const client = new DynamoDBClient(configFor(fake.aws, fake.aws.owner));
  const records = openDynamoStore({ api: overDynamoClient(client), tables, clock, random: randomBytes });
  return withCheckpoints(records, openS3Checkpoints(overS3Client(s3For(fake.aws), bucket)));
}

describeAudit('DynamoDB and S3', async () => {
  const tables = await fake.dynalite.makeTables();
  const bucket = newBucket();
  return { open: async () => openStore(tables, bucket), remove: async () => undefined };
});

describe('the audit in the cloud', () => {
  let tables: TableNames;
  let bucket: string;
  let store: Store;
  let key: string;
  /** As the role of the sealer, which reaches the stream, its key and its bucket. */
  let seal: () => ReturnType<typeof sealChanges>;
  beforeEach(async () => {
    tables = await fake.dynalite.makeTables();
    bucket = newBucket();
    store = openStore(tables, bucket);
    key = fake.kms.makeKey('ECC_NIST_P256');
    stream.take();
    const Condition = { StringLike: { 's3:prefix': 'checkpoints/*' } };
    const { credentials } = fake.aws.addRole({
      name: 'seal-audit',
      policies: [
        {
          Statement: [
            {
              Effect: 'Allow',
              Action: ['s3:GetObject', 's3:PutObject'],
              Resource: `arn:aws:s3:::${bucket}/checkpoints/*`,
            },
            { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}`, Condition },
            { Effect: 'Allow', Action: 'kms:Sign', Resource: key },
          ],
        },
      ],
    });
    const log = openCheckpointLog({
      store: openS3Checkpoints(overS3Client(s3For(fake.aws, credentials), bucket)),
      signer: sealSigner(overKmsClient(kmsFor(fake.aws, credentials)), key),
      clock,
      lookBack: 100,
    });
    seal = () => sealChanges(log, auditChanges(stream.take()) ?? []);
    const [alpha, beta] = ['alpha', 'beta'].map((chain) => openAuditLog({ store, chain, clock }));
    for (const seq of [1, 2, 3, 4, 5]) await alpha?.append(sampleBody(`a${seq}`));
    for (const seq of [1, 2, 3]) await beta?.append(sampleBody(`b${seq}`));
    await seal();
    fake.aws.calls.length = 0;
  });

  async function verify() {
    const publicKey = await fetchPublicKey(overKmsClient(kmsFor(fake.aws)), key);
    return verifyAudit({ store, verifySeal: sealVerifier(publicKey) });
  }
  const place = (chain: string, seq: number) => ({
    pk: { S: `audit ${chain}` },
    sk: { S: String(seq).padStart(12, '0') },
  });
  const eventAt = async (chain: string, seq: number): Promise<AuditEvent> => {
    const found = await store.get('audit', `${chain} ${String(seq).padStart(12, '0')}`);
    if (found === null) throw new Error('no such event');
    return found.value;
  };
  const tamperer = () => new DynamoDBClient(configFor(fake.aws, fake.aws.owner));
  const put = (chain: string, seq: number, event: object) => {
    const Item = { ...place(chain, seq), version: { N: '1' }, json: { S: JSON.stringify(event) } };
    return tamperer().send(new PutItemCommand({ TableName: tables.audit, Item }));
  };
  const remove = (chain: string, seq: number) =>
    tamperer().send(new DeleteItemCommand({ TableName: tables.audit, Key: place(chain, seq) }));

  it('holds, and was sealed with the rights of the sealer alone', async () => {
    expect(await verify()).toEqual({ ok: true, chains: 2, events: 8, checkpoints: 1 });
    expect(fake.s3.keys(bucket)).toEqual(['checkpoints/000000000001.json']);
    expect(fake.aws.calls.filter((call) => !call.allowed)).toEqual([]);
  });

  it('seals what comes, and nothing where nothing came', async () => {
    expect(await seal()).toEqual({ checkpoints: [], alarms: [] });
    await openAuditLog({ store, chain: 'gamma', clock }).append(sampleBody('c1'));
    expect(await seal()).toMatchObject({
      checkpoints: [{ number: 2, heads: [{ chain: 'gamma', seq: 1 }] }],
      alarms: [],
    });
    expect(await verify()).toMatchObject({ ok: true, chains: 3, checkpoints: 2 });
  });

  it('names an edited event, by its stream and by verifying', async () => {
    await put('alpha', 3, { ...(await eventAt('alpha', 3)), actor: 'human:nobody' });
    expect(await seal()).toMatchObject({
      checkpoints: [],
      alarms: [{ kind: 'changed', place: 'event 3 of chain alpha' }],
    });
    expect(await verify()).toMatchObject({ problem: { kind: 'edited', chain: 'alpha', seq: 3 } });
  });

  it('names a removed event', async () => {
    await remove('alpha', 3);
    expect(await seal()).toMatchObject({ alarms: [{ kind: 'removed', place: 'event 3 of chain alpha' }] });
    expect(await verify()).toMatchObject({ problem: { kind: 'removed', chain: 'alpha', seq: 3 } });
  });

  it('names events that changed places', async () => {
    const [two, four] = [await eventAt('alpha', 2), await eventAt('alpha', 4)];
    await put('alpha', 2, four);
    await put('alpha', 4, two);
    expect((await seal()).alarms).toHaveLength(2);
    expect(await verify()).toMatchObject({ problem: { kind: 'reordered', chain: 'alpha', seq: 2 } });
  });

  it('names a chain that was cut, and one that is gone', async () => {
    await remove('beta', 3);
    await remove('beta', 2);
    expect((await seal()).alarms).toMatchObject([{ kind: 'removed' }, { kind: 'removed' }]);
    expect(await verify()).toMatchObject({ problem: { kind: 'truncated', chain: 'beta', seq: 2 } });
    await remove('beta', 1);
    const opened = { pk: { S: 'chain beta' }, sk: { S: '-' } };
    await tamperer().send(new DeleteItemCommand({ TableName: tables.audit, Key: opened }));
    expect((await seal()).alarms[1]).toMatchObject({ kind: 'removed', place: 'the opening of chain beta' });
    expect(await verify()).toMatchObject({ problem: { kind: 'chain_missing', chain: 'beta' } });
  });

  it('names what was added and is no event of that place', async () => {
    await put('alpha', 6, { ...(await eventAt('alpha', 5)), seq: 6 });
    expect(await seal()).toMatchObject({
      checkpoints: [],
      alarms: [{ kind: 'forged', place: 'event 6 of chain alpha' }],
    });
    const stray = { pk: { S: 'notes' }, sk: { S: '-' } };
    await tamperer().send(new PutItemCommand({ TableName: tables.audit, Item: stray }));
    expect(await seal()).toMatchObject({ alarms: [{ kind: 'stray' }] });
  });

  it('names an event whose text is nothing', async () => {
    await put('alpha', 3, { chain: 'alpha' });
    expect(await verify()).toMatchObject({ problem: { kind: 'edited', chain: 'alpha', seq: 3 } });
    const Item = { ...place('alpha', 3), version: { N: '1' }, json: { S: '{' } };
    await tamperer().send(new PutItemCommand({ TableName: tables.audit, Item }));
    expect(await verify()).toMatchObject({ problem: { kind: 'edited', chain: 'alpha', seq: 3 } });
  });

  it('names a checkpoint that was written over', async () => {
    const object = 'checkpoints/000000000001.json';
    const checkpoint = JSON.parse(fake.s3.peek(bucket, object)?.toString() ?? '');
    fake.s3.poke(bucket, object, Buffer.from(JSON.stringify({ ...checkpoint, heads: [] })));
    expect(await verify()).toMatchObject({ problem: { kind: 'checkpoint_forged', seq: 1 } });
  });

  it('misses no chain whose listing lags behind what refers to it', async () => {
    const ref = await openAuditLog({ store, chain: 'fresh', clock }).append(sampleBody('f1'));
    const plan = samplePlan(1, '2026-01-01T00:00:00.000Z', ref);
    await store.create('plan', plan.plan_id, plan);
    const lagging: Store = {
      ...store,
      async list(kind, request) {
        const page = await store.list(kind, request);
        const items = page.items.filter(
          (each) => kind !== 'chain' || !JSON.stringify(each).includes('fresh'),
        );
        return { ...page, items };
      },
    };
    const publicKey = await fetchPublicKey(overKmsClient(kmsFor(fake.aws)), key);
    expect(await verifyAudit({ store: lagging, verifySeal: sealVerifier(publicKey) })).toMatchObject({
      ok: true,
    });
  });
});

describe('a stream event', () => {
  it('that is none is no change', () => {
    expect(auditChanges(null)).toBeNull();
    expect(auditChanges({ Records: {} })).toBeNull();
    expect(auditChanges({ Records: [] })).toEqual([]);
  });

  it('whose records cannot be read has changes that do not belong there', () => {
    const Records = [
      null,
      {},
      { eventName: 'INSERT' },
      { eventName: 'RENAME', dynamodb: { Keys: place('a') } },
      { eventName: 'INSERT', dynamodb: { Keys: { pk: { S: 'audit a' }, sk: { S: '1' } } } },
    ];
    expect(auditChanges({ Records })?.map((each) => each.kind)).toEqual([
      'stray',
      'stray',
      'stray',
      'stray',
      'stray',
    ]);
    expect(auditChanges({ Records: [{ eventName: 'INSERT', dynamodb: { Keys: place('a') } }] })).toEqual([
      { kind: 'added', chain: 'a', seq: 1, value: null },
    ]);
  });
  const place = (chain: string) => ({ pk: { S: `audit ${chain}` }, sk: { S: '000000000001' } });
});

describe('checkpoints in S3', () => {
  const checkpoint = (number: number) =>
    ({ number, at: 'now', heads: [], prev: null, hash: `sha256:${'0'.repeat(64)}`, signature: '' }) as const;
  const keyOf = (number: number) => String(number).padStart(12, '0');

  it.each([0, 1, 2, 3, 7, 8, 33])('of which there are %i are listed both ways, in pages', async (count) => {
    const bucket = newBucket();
    const store = openS3Checkpoints(overS3Client(s3For(fake.aws), bucket));
    for (let number = 1; number <= count; number += 1)
      await store.create('checkpoint', keyOf(number), checkpoint(number));
    const all = Array.from({ length: count }, (_, index) => index + 1);
    for (const limit of [1, 5, 1_000]) {
      const listed = async (order: 'oldest_first' | 'newest_first') => {
        const numbers: number[] = [];
        let after: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof store.list<'checkpoint'>>> = await store.list('checkpoint', {
            under: 'checkpoints',
            order,
            limit,
            after,
          });
          numbers.push(...page.items.map((each) => each.number));
          after = page.next;
        } while (after !== null);
        return numbers;
      };
      expect(await listed('oldest_first')).toEqual(all);
      expect(await listed('newest_first')).toEqual(all.toReversed());
    }
  });

  it('are written once, and are no other records', async () => {
    const store = openS3Checkpoints(overS3Client(s3For(fake.aws), newBucket()));
    expect(await store.create('checkpoint', keyOf(1), checkpoint(1))).toBe('created');
    expect(await store.create('checkpoint', keyOf(1), checkpoint(2))).toBe('exists');
    expect(await store.get('checkpoint', keyOf(1))).toEqual({ value: checkpoint(1), version: 1 });
    expect(await store.get('checkpoint', keyOf(2))).toBeNull();
    await expect(store.replace('checkpoint', keyOf(1), 1, checkpoint(1))).rejects.toThrow('never replaced');
    await expect(store.get('checkpoint', '../1')).rejects.toThrow('not the key');
    await expect(store.get('plan', keyOf(1))).rejects.toThrow('keeps checkpoints');
    await expect(store.list('plan', { under: 'plans', order: 'oldest_first', limit: 1 })).rejects.toThrow(
      'keeps checkpoints',
    );
    await store.close();
    await expect(store.get('checkpoint', keyOf(1))).rejects.toThrow('closed');
  });
});
