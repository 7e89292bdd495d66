/** How store adapters turn records into stored text and back, and what they refuse on the way. */
import type { RecordKind, Records } from './ports/records.ts';
import type { ListRequest } from './ports/store.ts';

/** A stored record is not what was written; it is never skipped, for what is missing might be a rejection. */
export class CorruptRecord extends Error {
  constructor(kind: string, key: string, why: string) {
    super(`the stored ${kind} ${JSON.stringify(key)} is corrupt: ${why}`);
    this.name = 'CorruptRecord';
  }
}

/** Databases cut text at a NUL and replace a lone surrogate: two keys could become one. */
export function checkText(name: string, text: string): void {
  if (text === '' || /\0|\p{Surrogate}/u.test(text)) {
    throw new TypeError(`${name} is empty or no text that can be stored: ${JSON.stringify(text)}`);
  }
}

export function checkVersion(version: number): void {
  if (!Number.isSafeInteger(version)) throw new TypeError(`replace: ${version} is no version`);
}

export function checkLimit({ limit }: ListRequest): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw new RangeError(`list: limit is 1 to 1,000, not ${limit}`);
  }
}

export function parseStored<K extends RecordKind>(kind: K, key: string, json: unknown): Records[K] {
  if (typeof json !== 'string') throw new CorruptRecord(kind, key, 'it is not text');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new CorruptRecord(kind, key, 'it is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw new CorruptRecord(kind, key, 'it is no object');
  return value as Records[K];
}

/** Where a page ended: two texts that only the store reads. */
export function cursorAt(at: string, key: string): string {
  return Buffer.from(JSON.stringify([at, key])).toString('base64url');
}

export function parseCursor(cursor: string): readonly [at: string, key: string] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    parts = null;
  }
  if (Array.isArray(parts) && parts.length === 2) {
    const [at, key]: unknown[] = parts;
    if (typeof at === 'string' && typeof key === 'string') return [at, key];
  }
  throw new RangeError('list: not a cursor of this store');
}
