import type { AuditEvent } from '../../../lib/core/audit.ts';
import type { Store } from '../../../lib/ports/store.ts';

/** Events of this type in all chains, oldest first. */
export async function eventsOf(store: Store, type: string): Promise<readonly AuditEvent[]> {
  const listing = (under: string) => ({ under, order: 'oldest_first', limit: 1000, after: null }) as const;
  const all: AuditEvent[] = [];
  const chains = await store.list('chain', listing('chains'));
  for (const { chain } of chains.items) all.push(...(await store.list('audit', listing(chain))).items);
  return all.filter((event) => event.type === type);
}
