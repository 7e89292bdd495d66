/** Where records and bytes are kept. A method that rejects means broken I/O: what was asked for is not known to have happened. */
import type { Digest } from '../core/canonical.ts';
import type { RecordKind, Records } from './records.ts';

export interface Versioned<T> {
  readonly value: T;
  /** Starts at 1 and grows by 1 with each replacement. */
  readonly version: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

export interface ListRequest {
  /** Only records listed under this (see `listing.ts`): an approval's votes, a chain's events, … */
  readonly under: string;
  readonly order: 'oldest_first' | 'newest_first';
  /** 1 to 1,000. */
  readonly limit: number;
  readonly after?: string | null;
}

/**
 * Records with compare-and-swap. One store belongs to one environment.
 * Every write is one conditional write on one item; there are no transactions.
 * A rejection leaves it open whether the write persisted.
 */
export interface Store {
  /** Strongly consistent. Never returns a record because a TTL sweep was late: callers check expiry. */
  get<K extends RecordKind>(kind: K, key: string): Promise<Versioned<Records[K]> | null>;
  /** One winner, ever: `exists` means that somebody's record (perhaps one's own, tried before) stands. */
  create<K extends RecordKind>(kind: K, key: string, value: Records[K]): Promise<'created' | 'exists'>;
  /** Replaces only if the record still has `version`. */
  replace<K extends RecordKind>(
    kind: K,
    key: string,
    version: number,
    value: Records[K],
  ): Promise<'replaced' | 'changed'>;
  /** For display and sweeps; may lag behind `get` in the cloud, never on one machine. */
  list<K extends RecordKind>(kind: K, request: ListRequest): Promise<Page<Records[K]>>;
  close(): Promise<void>;
}

/** Content-addressed bytes. Reading verifies the hash: bytes that no longer match reject with BlobTampered. */
export interface Blobs {
  put(bytes: Uint8Array): Promise<Digest>;
  /** Null where there is no such blob. */
  get(address: Digest): Promise<Uint8Array | null>;
}

/** The bytes at an address are not those that were put there. */
export class BlobTampered extends Error {
  readonly address: Digest;
  constructor(address: Digest) {
    super(`the stored bytes of ${address} do not match their hash`);
    this.name = 'BlobTampered';
    this.address = address;
  }
}
