/**
 * Checkpoints as objects that are written once, in a bucket that keeps them from being changed: for auditors and
 * the sealer a Store that knows this one kind. Its numbers have no gaps, which is how the newest is found.
 */
import { checkpointKey } from '../audit/checkpoint-log.ts';
import type { RecordKind, Records } from '../ports/records.ts';
import type { ListRequest, Page, Store, Versioned } from '../ports/store.ts';
import { checkLimit, cursorAt, parseCursor, parseStored } from '../stored-record.ts';
import type { ObjectsApi } from './objects-api.ts';

/** 1,000 heads, whose chain names have 300 bytes at most. */
const MAX_CHECKPOINT_BYTES = 500_000;
const AT_ONCE = 16;

export function openS3Checkpoints(objects: ObjectsApi): Store {
  let open = true;

  function objectKey(kind: RecordKind, key: string): string {
    if (!open) throw new Error('the record store is closed');
    if (kind !== 'checkpoint') throw new Error(`this bucket keeps checkpoints, not records of kind ${kind}`);
    if (!/^\d{12}$/.test(key)) throw new TypeError(`not the key of a checkpoint: ${JSON.stringify(key)}`);
    return `${PREFIX}${key}.json`;
  }

  /** Asked by listing: those who may list only this prefix are not told that an object is absent. */
  async function get<K extends RecordKind>(kind: K, key: string): Promise<Versioned<Records[K]> | null> {
    const object = objectKey(kind, key);
    const { keys } = await objects.list(object, null, 1);
    return keys[0] === object ? read(kind, key) : null;
  }

  async function read<K extends RecordKind>(kind: K, key: string): Promise<Versioned<Records[K]> | null> {
    const bytes = await objects.get(objectKey(kind, key), MAX_CHECKPOINT_BYTES);
    if (bytes === null) return null;
    return { value: parseStored(kind, key, Buffer.from(bytes).toString()), version: 1 };
  }

  async function readAll<K extends RecordKind>(kind: K, keys: readonly string[]): Promise<Records[K][]> {
    const found: Records[K][] = [];
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const part = await Promise.all(keys.slice(from, from + AT_ONCE).map((key) => read(kind, key)));
      found.push(...part.flatMap((each) => each?.value ?? []));
    }
    return found;
  }

  /** By halves: is there one after this number? */
  async function newest(): Promise<number> {
    const isBelow = async (number: number) =>
      (await objects.list(PREFIX, `${PREFIX}${checkpointKey(number)}.json`, 1)).keys.length > 0;
    if (!(await isBelow(0))) return 0;
    let [low, high] = [1, 2];
    while (await isBelow(high - 1)) [low, high] = [high, high * 2];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (await isBelow(middle - 1)) low = middle;
      else high = middle;
    }
    return low;
  }

  async function list<K extends RecordKind>(kind: K, request: ListRequest): Promise<Page<Records[K]>> {
    checkLimit(request);
    const { limit } = request;
    const after = request.after == null ? null : parseCursor(request.after)[1];
    objectKey(kind, after ?? checkpointKey(0));
    if (request.under !== 'checkpoints') return { items: [], next: null };
    if (request.order === 'oldest_first') {
      const found = await objects.list(PREFIX, after === null ? null : objectKey(kind, after), limit);
      const keys = found.keys.map(keyOfObject);
      return { items: await readAll(kind, keys), next: found.more ? cursorOf(keys.at(-1)) : null };
    }
    const from = after === null ? await newest() : Number(after) - 1;
    const count = Math.max(0, Math.min(limit, from));
    const keys = Array.from({ length: count }, (_, index) => checkpointKey(from - index));
    return { items: await readAll(kind, keys), next: from > count ? cursorOf(keys.at(-1)) : null };
  }

  return {
    get,
    async create(kind, key, value) {
      const object = objectKey(kind, key);
      const bytes = new TextEncoder().encode(JSON.stringify(value));
      if (bytes.length > MAX_CHECKPOINT_BYTES) throw new RangeError(`a checkpoint of ${bytes.length} bytes`);
      return objects.putNew(object, bytes);
    },
    async replace(kind, key) {
      throw new TypeError(`${objectKey(kind, key)} is never replaced`);
    },
    list,
    async close() {
      open = false;
    },
  };
}

/** One Store over both places. */
export function withCheckpoints(records: Store, checkpoints: Store): Store {
  const keeperOf = (kind: RecordKind): Store => (kind === 'checkpoint' ? checkpoints : records);
  return {
    get: (kind, key) => keeperOf(kind).get(kind, key),
    create: (kind, key, value) => keeperOf(kind).create(kind, key, value),
    replace: (kind, key, version, value) => keeperOf(kind).replace(kind, key, version, value),
    list: (kind, request) => keeperOf(kind).list(kind, request),
    async close() {
      await records.close();
      await checkpoints.close();
    },
  };
}

const PREFIX = 'checkpoints/';

function keyOfObject(object: string): string {
  const [, key] = /^checkpoints\/(\d{12})\.json$/.exec(object) ?? [];
  if (key === undefined) throw new Error(`the bucket of checkpoints holds another object: ${object}`);
  return key;
}

function cursorOf(key: string | undefined): string | null {
  return key === undefined ? null : cursorAt(key, key);
}
