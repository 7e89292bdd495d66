/** Reading the audit: chain by chain, the youngest chain first, in each the newest event first. */
import type { AuditEvent } from '../core/audit.ts';
import type { Page, Store } from '../ports.ts';

export interface AuditEventsPage {
  readonly events: readonly AuditEvent[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

/** At most `limit` events from `cursor` on. Nothing is verified here: `recourse audit verify` does that. */
export async function auditPage(
  store: Store,
  limit: number,
  cursor: string | null,
): Promise<AuditEventsPage> {
  const events: AuditEvent[] = [];
  let at: Place | null = cursor === null ? { chain: null, event: null, older: null } : decode(cursor);
  while (at !== null && events.length < limit) {
    if (at.chain === null) {
      at = await nextChain(store, at.older);
    } else {
      const { chain: under, event: after, older }: Place = at;
      const request = { under, order: 'newest_first', limit: limit - events.length, after } as const;
      const page: Page<AuditEvent> = await store.list('audit', request);
      events.push(...page.items);
      at = page.next === null ? chainsBehind(older) : { ...at, event: page.next };
    }
  }
  return { events, next: at && encode(at) };
}

/** Where to go on. `older` is the store's cursor behind the current chain; chains opened since do not move it. */
interface Place {
  /** Null: the chain that `older` leads to comes next (from null: the youngest). */
  readonly chain: string | null;
  readonly event: string | null;
  readonly older: string | null;
}

async function nextChain(store: Store, after: string | null): Promise<Place | null> {
  const page = await store.list('chain', { under: 'chains', order: 'newest_first', limit: 1, after });
  const [chain] = page.items;
  return chain ? { chain: chain.chain, event: null, older: page.next } : null;
}

function chainsBehind(older: string | null): Place | null {
  return older === null ? null : { chain: null, event: null, older };
}

function encode(place: Place): string {
  return JSON.stringify([place.chain, place.event, place.older]);
}

/** A cursor comes back as it was given; anything else is a bug of the caller. */
function decode(cursor: string): Place {
  const value: unknown = JSON.parse(cursor);
  const [chain, event, older]: unknown[] = Array.isArray(value) ? value : [];
  if (!isPart(chain) || !isPart(event) || !isPart(older)) throw new TypeError('not a cursor of auditPage');
  return { chain, event, older };
}

function isPart(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
