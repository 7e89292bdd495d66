/** Reads a whole listing page by page. */
import { setImmediate } from 'node:timers/promises';
import type { RecordKind, Records } from '../ports/records.ts';
import type { Store } from '../ports/store.ts';

/**
 * Oldest first. Between two pages other work gets its turn: a store on this machine answers without
 * waiting, and would hold everything up for as long as the listing is.
 */
export async function* everyRecord<K extends RecordKind>(
  store: Store,
  kind: K,
  under: string,
  pageSize = 500,
): AsyncGenerator<Records[K]> {
  let after: string | null = null;
  do {
    const page: { readonly items: readonly Records[K][]; readonly next: string | null } = await store.list(
      kind,
      {
        under,
        order: 'oldest_first',
        limit: pageSize,
        after,
      },
    );
    yield* page.items;
    after = page.next;
    await setImmediate();
  } while (after !== null);
}
