import { createHash } from 'node:crypto';
import { type AuditEvent, chainEvent, type EventBody, type EventRef } from '../../lib/core/audit.ts';
import type { Digest } from '../../lib/core/canonical.ts';
import type { AuditLog } from '../../lib/ports/audit-log.ts';
import type { Blobs, Store } from '../../lib/ports/store.ts';

export class MemoryAudit implements AuditLog {
  readonly events: AuditEvent[] = [];
  broken = false;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async append(body: EventBody): Promise<EventRef> {
    if (this.broken) throw new Error('disk full');
    const before = this.events.at(-1) ?? null;
    const event = chainEvent('test-chain', before, body);
    this.events.push(event);
    await this.#store.create('chain', 'test-chain', { chain: 'test-chain', opened_at: body.at });
    await this.#store.create('audit', `test-chain ${String(event.seq).padStart(12, '0')}`, event);
    return { chain: event.chain, seq: event.seq, hash: event.hash };
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }
}

export class MemoryBlobs implements Blobs {
  readonly #bytes = new Map<string, Uint8Array>();

  async put(bytes: Uint8Array): Promise<Digest> {
    const address: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    this.#bytes.set(address, bytes);
    return address;
  }

  async get(address: Digest) {
    return this.#bytes.get(address) ?? null;
  }
}
