/**
 * Creating a record when the store may fail after it persisted. The record itself says who wrote it (owner,
 * time, audit reference), so reading it back tells whether the write that failed was ours and stands.
 */
import { canonicalJson } from '../core/canonical.ts';
import type { RecordKind, Records } from '../ports/records.ts';
import type { Store } from '../ports/store.ts';

/** `created` also where the write reported a failure but our own record is there. Rejects if that cannot be told. */
export async function createOnce<K extends RecordKind>(
  store: Store,
  kind: K,
  key: string,
  value: Records[K],
): Promise<'created' | 'exists'> {
  try {
    return await store.create(kind, key, value);
  } catch (failure) {
    const standing = await store.get(kind, key);
    if (standing === null) throw failure;
    return canonicalJson(standing.value) === canonicalJson(value) ? 'created' : 'exists';
  }
}

/** The same for a replacement: `replaced` also where it failed but our value stands. */
export async function replaceOnce<K extends RecordKind>(
  store: Store,
  kind: K,
  key: string,
  version: number,
  value: Records[K],
): Promise<'replaced' | 'changed'> {
  try {
    return await store.replace(kind, key, version, value);
  } catch (failure) {
    const standing = await store.get(kind, key);
    if (standing === null || standing.version === version) throw failure;
    return canonicalJson(standing.value) === canonicalJson(value) ? 'replaced' : 'changed';
  }
}
