/** Each way in which DynamoDB can refuse or not answer, and what the store makes of it. */
import { randomBytes } from 'node:crypto';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { overDynamoClient } from '../../lib/aws/dynamo-api.ts';
import { openDynamoStore } from '../../lib/aws/dynamo-store.ts';
import { createOnce, replaceOnce } from '../../lib/lifecycle/write-once.ts';

const NOW = '2026-01-02T03:04:05.000Z';
const clock = { now: () => new Date(NOW) };
const quota = (count: number) => ({ subject: 's', count, expires_at: NOW });

describe('what DynamoDB refuses', () => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const mock = mockClient(client);
  const tables = { proposals: 'p' };
  const store = openDynamoStore({ api: overDynamoClient(client), tables, clock, random: randomBytes });
  beforeEach(() => mock.reset());

  const failure = (name: string, attempts = 3) =>
    Object.assign(new Error('message'), { name, $metadata: { attempts } });

  it.each([
    'ThrottlingException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'TimeoutError',
    'AccessDeniedException',
    'ResourceNotFoundException',
    'InternalServerError',
    'TransactionConflictException',
    'ConditionalCheckFailed',
  ])('%s rejects reads, writes and listings alike', async (name) => {
    mock.onAnyCommand().rejects(failure(name));
    await expect(store.get('quota', 'k')).rejects.toMatchObject({ name });
    await expect(store.create('quota', 'k', quota(1))).rejects.toMatchObject({ name });
    await expect(store.replace('quota', 'k', 1, quota(1))).rejects.toMatchObject({ name });
    const listed = store.list('plan', { under: 'plans', order: 'oldest_first', limit: 1 });
    await expect(listed).rejects.toMatchObject({ name });
  });

  it('a condition that failed at the first attempt is an answer, and asks for nothing more', async () => {
    mock.on(PutItemCommand).rejects(failure('ConditionalCheckFailedException', 1));
    expect(await store.create('quota', 'k', quota(1))).toBe('exists');
    expect(await store.replace('quota', 'k', 1, quota(2))).toBe('changed');
    expect(mock.commandCalls(GetItemCommand)).toHaveLength(0);
  });

  it('a condition whose message only says so is none', async () => {
    mock
      .on(PutItemCommand)
      .rejects(new Error('ConditionalCheckFailedException: The conditional request failed'));
    await expect(store.create('quota', 'k', quota(1))).rejects.toThrow('The conditional request failed');
  });

  it.each([[undefined], [2]])('a condition that failed after %s attempts is looked up', async (attempts) => {
    const error = Object.assign(failure('ConditionalCheckFailedException'), { $metadata: { attempts } });
    mock.on(PutItemCommand).rejects(error);
    mock.on(GetItemCommand).resolves({ Item: { written: { S: 'somebody' } } });
    expect(await store.create('quota', 'k', quota(1))).toBe('exists');
    mock.on(GetItemCommand).rejects(failure('ThrottlingException'));
    await expect(store.create('quota', 'k', quota(1))).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('a time-out after which the record stands as written is a success to write-once', async () => {
    let item: Record<string, { S?: string; N?: string }> | undefined;
    mock.on(PutItemCommand).callsFake((input) => {
      item = input.Item;
      throw failure('TimeoutError');
    });
    mock.on(GetItemCommand).callsFake(() => ({ Item: item }));
    expect(await createOnce(store, 'quota', 'k', quota(1))).toBe('created');
    expect(await replaceOnce(store, 'quota', 'k', 1, quota(2))).toBe('replaced');
  });

  it('reads are strongly consistent, except through the index', async () => {
    mock.on(GetItemCommand).resolves({});
    mock.on(QueryCommand).resolves({ Items: [] });
    await store.get('quota', 'k');
    await store.list('plan', { under: 'plans', order: 'newest_first', limit: 3 });
    expect(mock.commandCalls(GetItemCommand)[0]?.args[0].input).toMatchObject({ ConsistentRead: true });
    expect(mock.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
      IndexName: 'listed',
      ScanIndexForward: false,
      Limit: 3,
    });
  });

  it('an index that gives nothing and says that there is more is an error, not an end', async () => {
    mock.on(QueryCommand).resolves({ Items: [], LastEvaluatedKey: { pk: { S: 'x' } } });
    const listed = store.list('plan', { under: 'plans', order: 'newest_first', limit: 3 });
    await expect(listed).rejects.toThrow('has more');
  });
});
