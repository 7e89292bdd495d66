/**
 * A record as a DynamoDB item, and back. Items of `audit` are `audit CHAIN` / SEQ, so that a chain is one
 * partition: its stream is in order, and listing it is a strongly consistent query. All others are
 * `KIND KEY` / `-`, and those that are listed have `under` and `at`, the key of the index `listed`.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { listingOf } from '../listing.ts';
import type { RecordKind, Records } from '../ports/records.ts';
import type { Versioned } from '../ports/store.ts';
import { CorruptRecord, checkText, parseStored } from '../stored-record.ts';

export type DynamoItem = Record<string, AttributeValue>;

/** The index by which records are listed: `under` and `at`, with all that a record has. */
export const LISTED = 'listed';

/** DynamoDB holds no larger item; a little is left for what it counts on top. */
export const MAX_ITEM_BYTES = 400_000;

/** Refused before it is sent. */
export class RecordTooLarge extends Error {
  constructor(kind: string, key: string, bytes: number) {
    super(
      `the ${kind} ${JSON.stringify(key.slice(0, 200))} has ${bytes} bytes; one record holds ${MAX_ITEM_BYTES}`,
    );
    this.name = 'RecordTooLarge';
  }
}

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export function itemKey(kind: RecordKind, key: string): ItemKey {
  checkText('key', key);
  if (kind !== 'audit') return withinLimits({ pk: `${kind} ${key}`, sk: '-' });
  const found = /^(.+) (\d{12})$/.exec(key);
  if (found?.[1] === undefined || found[2] === undefined) {
    throw new TypeError(`not the key of an audit event: ${JSON.stringify(key)}`);
  }
  return withinLimits({ pk: `audit ${found[1]}`, sk: found[2] });
}

export interface ItemOf<K extends RecordKind> {
  readonly kind: K;
  readonly key: string;
  readonly version: number;
  readonly value: Records[K];
  /** Unique to this write, so that a writer that sent it twice knows its own. */
  readonly written: string;
  /** Seconds since 1970. */
  readonly ttl: number | null;
}

export function encodeItem<K extends RecordKind>(record: ItemOf<K>): DynamoItem {
  const { kind, key, version, value, written, ttl } = record;
  const listing = listingOf(kind, value);
  if (listing !== null) {
    checkText('under', listing.under);
    checkText('at', listing.at);
  }
  const indexed: { [name: string]: string } =
    listing === null || kind === 'audit'
      ? {}
      : { under: `${kind} ${listing.under}`, at: `${listing.at} ${key}` };
  checkBytes('the place under which it is listed', indexed.under ?? '', 2_048);
  checkBytes('its place in the listing', indexed.at ?? '', 1_024);
  const texts = { ...itemKey(kind, key), ...indexed, written, json: JSON.stringify(value) };
  const numbers = { version, ...(ttl === null ? {} : { ttl }) };
  const bytes = [...Object.entries(texts), ...Object.entries(numbers)]
    .map(([name, content]) => name.length + Buffer.byteLength(String(content)))
    .reduce((sum, each) => sum + each, 0);
  if (bytes > MAX_ITEM_BYTES) throw new RecordTooLarge(kind, key, bytes);
  return {
    ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { S: text }])),
    ...Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, { N: String(number) }])),
  };
}

export function decodeItem<K extends RecordKind>(
  kind: K,
  key: string,
  item: DynamoItem,
): Versioned<Records[K]> {
  const version = Number(item.version?.N);
  if (!Number.isSafeInteger(version)) throw new CorruptRecord(kind, key, 'it has no version');
  return { value: parseStored(kind, key, item.json?.S), version };
}

/** The record's own key and place, of an item that a listing gave. */
export function placeInListing(
  kind: RecordKind,
  item: DynamoItem,
): { readonly key: string; readonly at: string } {
  const pk = item.pk?.S;
  if (pk === undefined || !pk.startsWith(`${kind} `)) throw new CorruptRecord(kind, '', 'it has no key');
  const owner = pk.slice(kind.length + 1);
  if (kind === 'audit') {
    const seq = item.sk?.S;
    if (seq === undefined) throw new CorruptRecord(kind, owner, 'it has no place');
    return { key: `${owner} ${seq}`, at: seq };
  }
  const at = item.at?.S;
  if (at === undefined || !at.endsWith(` ${owner}`)) throw new CorruptRecord(kind, owner, 'it has no place');
  return { key: owner, at: at.slice(0, -owner.length - 1) };
}

function withinLimits(key: ItemKey): ItemKey {
  checkBytes('the key', key.pk, 2_048);
  return key;
}

function checkBytes(name: string, text: string, limit: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > limit) throw new TypeError(`${name} has ${bytes} bytes, and may have ${limit}`);
}
