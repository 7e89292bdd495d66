/** Records in memory, for tests that want no disk. Passes the store contract. */
import { listingOf } from '../../lib/listing.ts';
import type { RecordKind, Records } from '../../lib/ports/records.ts';
import type { ListRequest, Page, Store, Versioned } from '../../lib/ports/store.ts';
import type { StorePlace } from '../contracts/store.contract.ts';

/** A store of its own; `memoryPlace` opens several on the same records. */
export function memoryStore(): Store {
  return openOn(new Map());
}

export function memoryPlace(): StorePlace {
  const rows: Rows = new Map();
  return { open: async () => openOn(rows), remove: async () => rows.clear() };
}

interface Row {
  readonly json: string;
  readonly version: number;
  readonly under: string | null;
  readonly at: string;
}
type Rows = Map<RecordKind, Map<string, Row>>;

const KINDS: { readonly [K in RecordKind]: true } = {
  plan: true,
  approval: true,
  approval_pointer: true,
  vote: true,
  spend: true,
  withdrawal: true,
  override: true,
  break_glass: true,
  review: true,
  stop_request: true,
  run: true,
  lease: true,
  link: true,
  link_use: true,
  notice: true,
  received: true,
  token: true,
  quota: true,
  chain: true,
  audit: true,
  checkpoint: true,
  attempt: true,
  judgement: true,
  inline_blob: true,
  mac_key: true,
  task_token: true,
};

function openOn(rows: Rows): Store {
  let open = true;

  function rowsOf(kind: RecordKind): Map<string, Row> {
    if (!open) throw new Error('the record store is closed');
    if (!Object.hasOwn(KINDS, kind)) throw new TypeError(`no such kind of record: ${kind}`);
    const found = rows.get(kind) ?? new Map<string, Row>();
    rows.set(kind, found);
    return found;
  }

  return {
    async get<K extends RecordKind>(kind: K, key: string): Promise<Versioned<Records[K]> | null> {
      const row = rowsOf(kind).get(checked(key));
      return row === undefined ? null : { value: JSON.parse(row.json), version: row.version };
    },
    async create(kind, key, value) {
      const records = rowsOf(kind);
      if (records.has(checked(key))) return 'exists';
      records.set(key, rowOf(kind, value, 1));
      return 'created';
    },
    async replace(kind, key, version, value) {
      const records = rowsOf(kind);
      if (records.get(checked(key))?.version !== version) return 'changed';
      records.set(key, rowOf(kind, value, version + 1));
      return 'replaced';
    },
    async list<K extends RecordKind>(kind: K, request: ListRequest): Promise<Page<Records[K]>> {
      const { under, order, limit } = request;
      checked(under);
      if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new RangeError('limit is 1 to 1,000');
      const after = request.after == null ? null : parseCursor(request.after);
      const forward = order === 'oldest_first' ? 1 : -1;
      const listed = [...rowsOf(kind)]
        .filter(([, row]) => row.under === under)
        .map(([key, row]) => ({ place: [row.at, key] as const, json: row.json }))
        .filter(({ place }) => after === null || forward * compare(place, after) > 0)
        .sort((a, b) => forward * compare(a.place, b.place));
      const last = listed[limit - 1];
      return {
        items: listed.slice(0, limit).map(({ json }) => JSON.parse(json)),
        next: last !== undefined && listed.length > limit ? JSON.stringify(last.place) : null,
      };
    },
    async close() {
      open = false;
    },
  };
}

function rowOf<K extends RecordKind>(kind: K, value: Records[K], version: number): Row {
  const listing = listingOf(kind, value);
  return { json: JSON.stringify(value), version, under: listing?.under ?? null, at: listing?.at ?? '' };
}

function checked(text: string): string {
  if (text === '' || /\0|\p{Surrogate}/u.test(text)) throw new TypeError('no text that can be stored');
  return text;
}

type Place = readonly [at: string, key: string];

/** As databases sort: by the bytes of UTF-8. */
function compare(a: Place, b: Place): number {
  return (
    Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])) ||
    Buffer.compare(Buffer.from(a[1]), Buffer.from(b[1]))
  );
}

function parseCursor(cursor: string): Place {
  const [at, key] = JSON.parse(cursor);
  if (typeof at !== 'string' || typeof key !== 'string') throw new RangeError('not a cursor of this store');
  return [at, key];
}
