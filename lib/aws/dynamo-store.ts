/**
 * Records in DynamoDB: one item for one record, one conditional write for one change, strongly consistent
 * reads. A throttled, refused or unanswered request rejects; whether it persisted is then open, and
 * lifecycle/write-once.ts finds out.
 */
import { base32 } from '../core/ids.ts';
import type { Clock, Random } from '../ports/process.ts';
import type { RecordKind, Records } from '../ports/records.ts';
import type { ListRequest, Page, Store } from '../ports/store.ts';
import { checkLimit, checkText, checkVersion, cursorAt, parseCursor } from '../stored-record.ts';
import type { DynamoApi, DynamoPage } from './dynamo-api.ts';
import { type DynamoItem, decodeItem, encodeItem, itemKey, LISTED, placeInListing } from './dynamo-item.ts';
import { forgottenAt, placeOf, type TableRole } from './record-places.ts';

export interface DynamoStoreOptions {
  readonly api: DynamoApi;
  /** Names by role. A kind whose table is not named rejects: this process was not meant to touch it. */
  readonly tables: { readonly [R in TableRole]?: string | undefined };
  readonly clock: Clock;
  readonly random: Random;
  /** How long what decisions hang on is kept after it is over; 8 or more. Default 30. */
  readonly retentionDays?: number;
}

/** Throws where decisions would be forgotten while approvals (7 days at most) still stand. */
export function openDynamoStore(options: DynamoStoreOptions): Store {
  const { api, tables, clock, random, retentionDays = 30 } = options;
  if (!(retentionDays >= 8))
    throw new RangeError(`records are kept for 8 days or more, not ${retentionDays}`);
  let open = true;

  function tableOf(kind: RecordKind): string {
    if (!open) throw new Error('the record store is closed');
    const place = placeOf(kind);
    if (place === 'checkpoints') throw new Error('checkpoints are kept in their bucket, not in a table');
    const table = tables[place];
    if (table === undefined) {
      throw new Error(`this function has no ${place} table: records of kind ${kind} are out of its reach`);
    }
    return table;
  }

  async function get<K extends RecordKind>(kind: K, key: string) {
    const item = await read(tableOf(kind), kind, key);
    return item === undefined ? null : decodeItem(kind, key, item);
  }

  async function read(table: string, kind: RecordKind, key: string): Promise<DynamoItem | undefined> {
    const { pk, sk } = itemKey(kind, key);
    const request = { TableName: table, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true };
    return (await api.getItem(request)).Item;
  }

  /** Whether this very write stands: the item as given, if `condition` held for what was there. */
  async function write<K extends RecordKind>(
    kind: K,
    key: string,
    record: { readonly version: number; readonly value: Records[K] },
    condition: { readonly ConditionExpression: string } & Partial<Conditions>,
  ): Promise<boolean> {
    const table = tableOf(kind);
    const written = base32(random(16));
    const ttl = forgottenAt(kind, record.value, clock.now(), retentionDays);
    const item = encodeItem({ kind, key, ...record, written, ttl });
    try {
      await api.putItem({ TableName: table, Item: item, ...condition });
      return true;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
      // Sent again after an answer that was lost, a write is refused because it had succeeded.
      if (attemptsOf(error) === 1) return false;
      return (await read(table, kind, key))?.written?.S === written;
    }
  }

  async function list<K extends RecordKind>(kind: K, request: ListRequest): Promise<Page<Records[K]>> {
    const table = tableOf(kind);
    checkText('under', request.under);
    checkLimit(request);
    const items: Records[K][] = [];
    let start = request.after == null ? undefined : startKey(kind, request.under, request.after);
    let last: string | null = null;
    for (let read = 0; read < MOST_READS; read += 1) {
      const page: DynamoPage = await api.query({
        ...listingQuery(table, kind, request.under),
        ScanIndexForward: request.order === 'oldest_first',
        Limit: request.limit - items.length,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      for (const item of page.Items ?? []) {
        const { key, at } = placeInListing(kind, item);
        items.push(decodeItem(kind, key, item).value);
        last = cursorAt(at, key);
      }
      start = page.LastEvaluatedKey;
      if (start === undefined) return { items, next: null };
      if (items.length === request.limit) break;
    }
    if (last === null) throw new Error(`listing ${kind} under ${request.under} gave nothing, yet has more`);
    return { items, next: last };
  }

  return {
    get,
    create: async (kind, key, value) =>
      (await write(kind, key, { version: 1, value }, { ConditionExpression: 'attribute_not_exists(pk)' }))
        ? 'created'
        : 'exists',
    replace: async (kind, key, version, value) => {
      checkVersion(version);
      if (kind === 'audit') throw new TypeError('audit events are never replaced');
      const replaced = await write(kind, key, { version: version + 1, value }, atVersion(version));
      return replaced ? 'replaced' : 'changed';
    },
    list,
    close: async () => {
      open = false;
    },
  };
}

/** One read gives at most 1 MB: a page of large records is shorter than was asked for. */
const MOST_READS = 8;

interface Conditions {
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: DynamoItem;
}

function atVersion(version: number) {
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': { N: String(version) } },
  };
}

function listingQuery(table: string, kind: RecordKind, under: string) {
  const value = { ':under': { S: `${kind} ${under}` } };
  return kind === 'audit'
    ? {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :under',
        ExpressionAttributeValues: value,
      }
    : {
        TableName: table,
        IndexName: LISTED,
        KeyConditionExpression: '#under = :under',
        ExpressionAttributeNames: { '#under': 'under' },
        ExpressionAttributeValues: value,
      };
}

function startKey(kind: RecordKind, under: string, after: string): DynamoItem {
  const [at, key] = parseCursor(after);
  const { pk, sk } = itemKey(kind, key);
  const place: DynamoItem =
    kind === 'audit' ? {} : { under: { S: `${kind} ${under}` }, at: { S: `${at} ${key}` } };
  return { pk: { S: pk }, sk: { S: sk }, ...place };
}

/** Unknown counts as more than one. */
function attemptsOf(error: Error): number | null {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return null;
  const attempts = 'attempts' in error.$metadata ? error.$metadata.attempts : null;
  return typeof attempts === 'number' ? attempts : null;
}
