/** Reads things that somebody may have made unreadable, and says which one. */
import type { AuditEvent } from '../core/audit.ts';
import type { Store } from '../ports/store.ts';
import { auditKey } from './log.ts';
import { everyRecord } from './pages.ts';

export type Readable =
  | { readonly ok: true; readonly event: AuditEvent }
  | { readonly ok: false; readonly why: string };

/**
 * A chain's events in order. Where a page rejects, its events are read one by one: the one that rejects
 * while its chain's record can be read is at fault; if none does, the store is, and this rejects too.
 */
export async function* readableEvents(store: Store, chain: string): AsyncGenerator<Readable> {
  let read = 0;
  try {
    for await (const event of everyRecord(store, 'audit', chain)) {
      read += 1;
      yield { ok: true, event };
    }
  } catch (failure) {
    for (;;) {
      read += 1;
      const standing = await readOne(store, chain, read);
      if (standing === null) throw failure;
      yield standing;
      if (!standing.ok) return;
    }
  }
}

async function readOne(store: Store, chain: string, seq: number): Promise<Readable | null> {
  try {
    const standing = await store.get('audit', auditKey(chain, seq));
    return standing === null ? null : { ok: true, event: standing.value };
  } catch (error) {
    await store.get('chain', chain);
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}
