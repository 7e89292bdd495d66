/** The checkpoints as one writer of them sees them: what all up to the newest say, and how the next is written. */
import { type Checkpoint, checkpointHash, type EventRef } from '../core/audit.ts';
import type { Digest } from '../core/canonical.ts';
import type { Clock } from '../ports/process.ts';
import type { Store } from '../ports/store.ts';
import { everyRecord } from './pages.ts';

/** Holds a key that seals the audit and nothing else. */
export interface SealSigner {
  /** Signature over `sealBytes(hash)`: ECDSA P-256, SHA-256, IEEE P1363, base64. */
  signSeal(hash: Digest): Promise<string>;
}

export interface CheckpointLogOptions {
  /** Checkpoints are all that is read and written of it. */
  readonly store: Store;
  readonly signer: SealSigner;
  readonly clock: Clock;
  /**
   * How many of the newest checkpoints are read at first; all, unless it is said. For a writer that is told of
   * each event in order, and needs to know only what it sealed lately.
   */
  readonly lookBack?: number;
}

export interface CheckpointLog {
  /** Reads what others wrote since; the first time, what is there. */
  catchUp(): Promise<void>;
  /** The newest sealed head of a chain, as far as it was read. */
  headOf(chain: string): EventRef | null;
  /** Null: another writer took the number. Catch up, and look again at what there is to seal. */
  write(heads: readonly EventRef[]): Promise<Checkpoint | null>;
}

/** Keeps a checkpoint well under any store's limit for one record. */
export const HEADS_EACH = 1_000;

export function openCheckpointLog(options: CheckpointLogOptions): CheckpointLog {
  const { store, signer, clock, lookBack } = options;
  const heads = new Map<string, EventRef>();
  let number = 0;
  let hash: Digest | null = null;

  function adopt(checkpoint: Checkpoint): void {
    number = checkpoint.number;
    hash = checkpoint.hash;
    for (const head of checkpoint.heads) {
      if (head.seq > (heads.get(head.chain)?.seq ?? 0)) heads.set(head.chain, head);
    }
  }

  async function readFirst(): Promise<void> {
    if (lookBack === undefined) {
      for await (const checkpoint of everyRecord(store, 'checkpoint', 'checkpoints')) adopt(checkpoint);
      return;
    }
    const request = { under: 'checkpoints', order: 'newest_first', limit: lookBack } as const;
    const { items } = await store.list('checkpoint', request);
    for (const checkpoint of items.toReversed()) adopt(checkpoint);
  }

  return {
    async catchUp() {
      if (number === 0) await readFirst();
      for (;;) {
        const next = await store.get('checkpoint', checkpointKey(number + 1));
        if (next === null) return;
        adopt(next.value);
      }
    },
    headOf: (chain) => heads.get(chain) ?? null,
    async write(moved) {
      const unsigned = { number: number + 1, at: clock.now().toISOString(), heads: moved, prev: hash };
      const digest = checkpointHash(unsigned);
      const checkpoint = { ...unsigned, hash: digest, signature: await signer.signSeal(digest) };
      const outcome = await store.create('checkpoint', checkpointKey(checkpoint.number), checkpoint);
      if (outcome === 'exists') return null;
      adopt(checkpoint);
      return checkpoint;
    },
  };
}

export function checkpointKey(number: number): string {
  return String(number).padStart(12, '0');
}
