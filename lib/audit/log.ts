/** Appends to one writer's own audit chain. */
import { type AuditEvent, chainEvent, type EventBody, type EventRef, eventHash } from '../core/audit.ts';
import { base32 } from '../core/ids.ts';
import type { Owner } from '../core/plan.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Clock, Random } from '../ports/process.ts';
import type { Store } from '../ports/store.ts';

export interface AuditLogOptions {
  readonly store: Store;
  /** This writer's own chain, from `newChainName`; no other writer may use it. */
  readonly chain: string;
  readonly clock: Clock;
}

/**
 * A log whose events get their places in the order of the calls. The chain is opened by its first event.
 * A rejected append may have persisted all the same; the next one finds out: the same event counts as
 * written, another one stays where it is and is followed. So nothing is lost and nothing stands twice.
 * Rejects for good where its chain holds something that this writer did not put there.
 */
export function openAuditLog({ store, chain, clock }: AuditLogOptions): AuditLog {
  if (!/^[A-Za-z0-9._-]+$/.test(chain)) throw new TypeError(`not a chain name: ${JSON.stringify(chain)}`);
  let head: EventRef | null = null;
  let opened = false;
  let queue: Promise<unknown> = Promise.resolve();

  async function appendNext(body: EventBody): Promise<EventRef> {
    if (!opened) {
      await store.create('chain', chain, { chain, opened_at: clock.now().toISOString() });
      opened = true;
    }
    for (;;) {
      const event = chainEvent(chain, head, body);
      const outcome = await store.create('audit', auditKey(chain, event.seq), event);
      if (outcome === 'created') return advance(event);
      const standing = await store.get('audit', auditKey(chain, event.seq));
      if (standing === null || !follows(standing.value, event)) {
        throw new Error(`audit chain ${chain} holds an event ${event.seq} that its writer did not write`);
      }
      const ref = advance(standing.value);
      if (ref.hash === event.hash) return ref;
    }
  }

  function advance(event: AuditEvent): EventRef {
    head = { chain, seq: event.seq, hash: event.hash };
    return head;
  }

  return {
    append(body) {
      const frozen = asStored(body);
      const appended = queue.then(() => appendNext(frozen));
      queue = appended.catch(() => undefined);
      return appended;
    },
  };
}

/** `HOST-PID-RANDOM`: 64 random bits keep two writers apart, the rest tells people who wrote. */
export function newChainName(writer: Owner, random: Random): string {
  const host = writer.host.replace(/[^A-Za-z0-9.-]/g, '_').slice(0, 64) || 'host';
  return `${host}-${writer.pid}-${base32(random(8))}`;
}

export function auditKey(chain: string, seq: number): string {
  return `${chain} ${String(seq).padStart(12, '0')}`;
}

/** What reading it back gives, so that the hash is over what is stored. */
function asStored(body: EventBody): EventBody {
  const { at, actor, environment, type, data } = body;
  return JSON.parse(JSON.stringify({ at, actor, environment, type, data }));
}

function follows(standing: AuditEvent, ours: AuditEvent): boolean {
  return (
    standing.chain === ours.chain &&
    standing.seq === ours.seq &&
    standing.prev === ours.prev &&
    standing.hash === eventHash(standing)
  );
}
