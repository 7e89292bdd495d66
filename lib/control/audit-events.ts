/** Reading the audit: chain by chain, the youngest chain first, in each the newest event first. */
import { z } from 'zod';
import type { AuditEvent } from '../core/audit.ts';
import type { Page, Store } from '../ports/store.ts';

export interface AuditEventsPage {
  readonly events: readonly AuditEvent[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

/** Null: any. */
export interface AuditFilter {
  /** A type, or the beginning of one up to a dot: `vote` for `vote.cast` and `vote.refused`. */
  readonly type: string | null;
  /** `human:alice@example.com`, or what comes after the colon. */
  readonly actor: string | null;
  /** An id anywhere in the event: of a plan, an approval, a run, … */
  readonly about: string | null;
  /** ISO 8601; from this time on, and before this time. */
  readonly since: string | null;
  readonly until: string | null;
}

const time = z.iso.datetime({ offset: true }).or(z.iso.date());
export const AuditFilterShape = {
  type: z.string().max(100).optional(),
  actor: z.string().max(300).optional(),
  about: z.string().max(200).optional(),
  since: time.optional(),
  until: time.optional(),
};

/** What a form leaves empty is not asked for. */
export function filterOf(query: z.output<z.ZodObject<typeof AuditFilterShape>>): AuditFilter {
  const { type, actor, about, since, until } = query;
  const given = (text: string | undefined) => (text === undefined || text === '' ? null : text);
  const filter = {
    type: given(type),
    actor: given(actor),
    about: given(about),
    since: given(since),
    until: given(until),
  };
  return Object.values(filter).every((each) => each === null) ? ALL : filter;
}

const ALL: AuditFilter = { type: null, actor: null, about: null, since: null, until: null };
/** Events looked at for one page, so that a filter that nothing passes ends. */
const MAX_LOOKED = 5_000;
/** With a filter, so many are read at once: a page may hold that many more than were asked for. */
const BATCH = 100;

/**
 * At most `limit` events that pass, from `cursor` on. A page may be short, or empty, while `next` is not null.
 * Nothing is verified here: `recourse audit verify` does that.
 */
export async function auditPage(
  store: Store,
  limit: number,
  cursor: string | null,
  filter: AuditFilter = ALL,
): Promise<AuditEventsPage> {
  const events: AuditEvent[] = [];
  let at: Place | null = cursor === null ? { chain: null, event: null, older: null } : decode(cursor);
  let looked = 0;
  while (at !== null && events.length < limit && looked < MAX_LOOKED) {
    if (at.chain === null) {
      at = await nextChain(store, at.older);
      looked += 1;
    } else {
      const { chain: under, event: after, older }: Place = at;
      const most = filter === ALL ? limit - events.length : Math.max(limit - events.length, BATCH);
      const page: Page<AuditEvent> = await store.list('audit', {
        under,
        order: 'newest_first',
        limit: most,
        after,
      });
      events.push(...page.items.filter((event) => passes(event, filter)));
      looked += page.items.length;
      at = page.next === null ? chainsBehind(older) : { ...at, event: page.next };
    }
  }
  return { events, next: at && encode(at) };
}

export function passes({ at, actor, type, data }: AuditEvent, filter: AuditFilter): boolean {
  return (
    (filter.type === null || type === filter.type || type.startsWith(`${filter.type}.`)) &&
    (filter.actor === null || actor === filter.actor || actor.endsWith(`:${filter.actor}`)) &&
    (filter.since === null || Date.parse(at) >= Date.parse(filter.since)) &&
    (filter.until === null || Date.parse(at) < Date.parse(filter.until)) &&
    (filter.about === null || JSON.stringify(data).includes(filter.about))
  );
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
