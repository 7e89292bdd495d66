/**
 * The records of one environment in one SQLite file, shared by several processes. Each write is one
 * statement, so a process that is killed loses nothing that was acknowledged.
 */
import { chmodSync, closeSync, lstatSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Database, Statement } from 'libsql';
import { listingOf } from '../listing.ts';
import type { RecordKind, Records } from '../ports/records.ts';
import type { ListRequest, Page, Store, Versioned } from '../ports/store.ts';
import {
  CorruptRecord,
  checkLimit,
  checkText,
  checkVersion,
  cursorAt,
  parseCursor,
  parseStored,
} from '../stored-record.ts';

export interface SqliteOptions {
  /** How long a write waits for another process, in milliseconds; then it rejects with SQLITE_BUSY. Default 5,000. */
  readonly busyTimeout?: number;
}

/**
 * Opens the file, or makes it (0600). Rejects where the file is a symlink, no database, or written by a
 * newer schema than this one.
 */
export async function openSqliteStore(path: string, options: SqliteOptions = {}): Promise<Store> {
  const file = resolve(path);
  makePrivate(file);
  // Loading the native library takes some 25 ms, which a command that needs no records should not pay.
  const { default: Connection } = await import('libsql');
  const database = new Connection(file, { timeout: options.busyTimeout ?? 5_000 });
  try {
    enterWal(database);
    migrate(database, file);
  } catch (error) {
    database.close();
    throw error;
  }
  return new SqliteStore(database);
}

/**
 * What a power cut may take back. NORMAL: the last moments before it, all of them alike, so that the order
 * of what remains holds. FULL: nothing that was acknowledged; its sync covers every earlier write too, the
 * audit events before a run included. The table is also the list of the kinds there are.
 */
const DURABILITY: { readonly [K in RecordKind]: 'NORMAL' | 'FULL' } = {
  plan: 'NORMAL',
  approval: 'NORMAL',
  approval_pointer: 'NORMAL',
  vote: 'FULL',
  spend: 'FULL',
  withdrawal: 'NORMAL',
  override: 'FULL',
  break_glass: 'FULL',
  review: 'FULL',
  stop_request: 'FULL',
  run: 'FULL',
  lease: 'NORMAL',
  link: 'NORMAL',
  link_use: 'FULL',
  notice: 'NORMAL',
  received: 'FULL',
  token: 'FULL',
  quota: 'NORMAL',
  chain: 'NORMAL',
  audit: 'NORMAL',
  checkpoint: 'FULL',
  attempt: 'NORMAL',
  inline_blob: 'NORMAL',
  mac_key: 'NORMAL',
  judgement: 'NORMAL',
  task_token: 'NORMAL',
};

class SqliteStore implements Store {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  #synchronous: 'NORMAL' | 'FULL' | null = null;
  #open = true;

  constructor(database: Database) {
    this.#database = database;
  }

  async get<K extends RecordKind>(kind: K, key: string): Promise<Versioned<Records[K]> | null> {
    checkKind(kind);
    checkText('key', key);
    const row = this.#prepare('SELECT json, version FROM records WHERE kind = ? AND key = ?').get(kind, key);
    return row === undefined ? null : parseVersioned(kind, key, row);
  }

  async create<K extends RecordKind>(kind: K, key: string, value: Records[K]): Promise<'created' | 'exists'> {
    const { under, at, json } = encode(kind, key, value);
    const changes = this.#write(
      kind,
      'INSERT INTO records (kind, key, version, under, at, json) VALUES (?, ?, 1, ?, ?, ?) ON CONFLICT DO NOTHING',
      [kind, key, under, at, json],
    );
    return changes === 1 ? 'created' : 'exists';
  }

  async replace<K extends RecordKind>(
    kind: K,
    key: string,
    version: number,
    value: Records[K],
  ): Promise<'replaced' | 'changed'> {
    const { under, at, json } = encode(kind, key, value);
    checkVersion(version);
    const changes = this.#write(
      kind,
      'UPDATE records SET version = version + 1, under = ?, at = ?, json = ? WHERE kind = ? AND key = ? AND version = ?',
      [under, at, json, kind, key, version],
    );
    return changes === 1 ? 'replaced' : 'changed';
  }

  async list<K extends RecordKind>(kind: K, request: ListRequest): Promise<Page<Records[K]>> {
    checkKind(kind);
    checkText('under', request.under);
    checkLimit(request);
    const { limit } = request;
    const after = request.after == null ? null : parseCursor(request.after);
    const [direction, beyond] = request.order === 'oldest_first' ? ['ASC', '>'] : ['DESC', '<'];
    const statement = this.#prepare(
      `SELECT json, key, at FROM records WHERE kind = ? AND under = ? ${after ? `AND (at, key) ${beyond} (?, ?)` : ''}
       ORDER BY at ${direction}, key ${direction} LIMIT ?`,
    );
    const found = statement.all(kind, request.under, ...(after ?? []), limit + 1);
    const rows = found.slice(0, limit).map((row) => parseListed(kind, row));
    const last = rows.at(-1);
    return {
      items: rows.map((row) => row.value),
      next: last !== undefined && found.length > limit ? cursorAt(last.at, last.key) : null,
    };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    // A prepared statement of this library goes on working after its connection's close.
    this.#statements.clear();
    this.#database.close();
  }

  #write(kind: RecordKind, sql: string, values: readonly (string | number | null)[]): number {
    const statement = this.#prepare(sql);
    const wanted = DURABILITY[kind];
    if (this.#synchronous !== wanted) {
      this.#database.exec(`PRAGMA synchronous = ${wanted}`);
      this.#synchronous = wanted;
    }
    return statement.run(...values).changes;
  }

  #prepare(sql: string): Statement {
    if (!this.#open) throw new Error('the record store is closed');
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (statement.reader) statement.raw();
    this.#statements.set(sql, statement);
    return statement;
  }
}

const SCHEMA = 1;

/** Two processes may find a new file at once: whoever gets the write lock makes the table, the other sees it. */
function migrate(database: Database, file: string): void {
  if (schemaOf(database, file) === SCHEMA) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    if (schemaOf(database, file) === 0) {
      database.exec(`
        CREATE TABLE records (
          kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
          under TEXT, at TEXT, json TEXT NOT NULL,
          PRIMARY KEY (kind, key)
        ) WITHOUT ROWID;
        CREATE INDEX records_listed ON records (kind, under, at, key) WHERE under IS NOT NULL;
        PRAGMA user_version = ${SCHEMA};`);
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function schemaOf(database: Database, file: string): number {
  const [found] = parseRow(database.prepare('PRAGMA user_version').raw().get());
  if (typeof found !== 'number') throw new Error(`${file}: SQLite names no schema version`);
  if (found > SCHEMA) {
    throw new Error(
      `${file} was written by a newer recourse (schema ${found}; this one knows ${SCHEMA}): update recourse`,
    );
  }
  return found;
}

/** Readers and the one writer do not hold each other up. Waits for others as a write does. */
function enterWal(database: Database): void {
  const [mode] = parseRow(database.prepare('PRAGMA journal_mode = WAL').raw().get());
  if (mode !== 'wal') throw new Error(`SQLite keeps journal mode ${String(mode)} here; it needs WAL`);
}

/**
 * SQLite gives its log files the mode of the database, so that all three are for their owner alone. A file
 * that is there is not opened: closing it would drop the locks that another connection of this process has.
 */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const stats = lstatSync(file);
  if (!stats.isFile()) throw new Error(`${file} is not a plain file`);
  if ((stats.mode & 0o777) !== 0o600) chmodSync(file, 0o600);
}

function checkKind(kind: string): void {
  if (!Object.hasOwn(DURABILITY, kind))
    throw new TypeError(`no such kind of record: ${JSON.stringify(kind)}`);
}

function encode<K extends RecordKind>(kind: K, key: string, value: Records[K]) {
  checkKind(kind);
  checkText('key', key);
  const listing = listingOf(kind, value);
  if (listing !== null) {
    checkText('under', listing.under);
    checkText('at', listing.at);
  }
  return { under: listing?.under ?? null, at: listing?.at ?? null, json: JSON.stringify(value) };
}

function parseRow(row: unknown): readonly unknown[] {
  return Array.isArray(row) ? row : [];
}

function parseVersioned<K extends RecordKind>(kind: K, key: string, row: unknown): Versioned<Records[K]> {
  const [json, version] = parseRow(row);
  if (typeof version !== 'number') throw new CorruptRecord(kind, key, 'it has no version');
  return { value: parseStored(kind, key, json), version };
}

function parseListed<K extends RecordKind>(kind: K, row: unknown) {
  const [json, key, at] = parseRow(row);
  if (typeof key !== 'string' || typeof at !== 'string') throw new CorruptRecord(kind, '', 'it has no place');
  return { value: parseStored(kind, key, json), key, at };
}
