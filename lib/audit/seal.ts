/**
 * Signs where the audit chains stand. A checkpoint names the heads that moved since the checkpoints before
 * it, so that all of them together say where every chain stood, and none grows with the number of chains.
 */
import type { AuditEvent, Checkpoint, EventRef } from '../core/audit.ts';
import type { Digest } from '../core/canonical.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Clock } from '../ports/process.ts';
import type { Store } from '../ports/store.ts';
import { type CheckpointLog, HEADS_EACH, openCheckpointLog, type SealSigner } from './checkpoint-log.ts';
import { everyRecord } from './pages.ts';

/** Public key only; false for anything that does not verify, malformed input included. */
export type VerifySeal = (checkpoint: Checkpoint) => boolean;

/** The bytes that a checkpoint's signature covers. */
export function sealBytes(hash: Digest): Uint8Array {
  return new TextEncoder().encode(hash);
}

export interface SealOptions {
  readonly store: Store;
  readonly signer: SealSigner;
  readonly clock: Clock;
  /**
   * Where each new checkpoint is recorded as an event, so that a checkpoint that is later deleted is
   * missed. Without it, the newest checkpoints can be deleted unnoticed.
   */
  readonly witness: { readonly audit: AuditLog; readonly environment: string } | null;
}

/** The type of the event that records a checkpoint; its data is `{ number, hash }`. */
export const SEALED = 'audit.sealed';

export interface Sealer {
  /**
   * The newest checkpoint it wrote; null where nothing moved. Several processes may seal at once: numbers
   * stay without gaps and every checkpoint follows the one before.
   */
  seal(): Promise<Checkpoint | null>;
}

/** One call, for a process that seals once. */
export function sealAudit(options: SealOptions): Promise<Checkpoint | null> {
  return openSealer(options).seal();
}

/** Remembers what is sealed, so that sealing again reads only what is new. */
export function openSealer(options: SealOptions): Sealer {
  const log = openCheckpointLog(options);
  let queue: Promise<unknown> = Promise.resolve();
  return {
    seal() {
      const sealed = queue.then(() => sealMoved(options, log));
      queue = sealed.catch(() => undefined);
      return sealed;
    },
  };
}

async function sealMoved(options: SealOptions, log: CheckpointLog): Promise<Checkpoint | null> {
  let newest: Checkpoint | null = null;
  for (;;) {
    await log.catchUp();
    const heads = await movedHeads(options.store, log);
    if (heads.length === 0) return newest;
    const written = await log.write(heads);
    // Another process took the number: what it sealed is caught up with, and the rest goes into the next.
    if (written === null) continue;
    newest = written;
    await witnessed(options, written);
    if (heads.length < HEADS_EACH) return newest;
  }
}

async function witnessed({ witness, clock }: SealOptions, { number, hash }: Checkpoint): Promise<void> {
  await witness?.audit.append({
    at: clock.now().toISOString(),
    actor: 'gateway',
    environment: witness.environment,
    type: SEALED,
    data: { number, hash },
  });
}

/**
 * A head that fell behind what is sealed is left out: the seal that it contradicts stands, and verifying
 * names it. A chain that only witnessed the last checkpoint does not call for another one.
 */
async function movedHeads(store: Store, log: CheckpointLog): Promise<EventRef[]> {
  const moved: AuditEvent[] = [];
  for await (const { chain } of everyRecord(store, 'chain', 'chains', 100)) {
    const page = await store.list('audit', { under: chain, order: 'newest_first', limit: 1 });
    const head = page.items[0];
    if (head !== undefined && head.seq > sealedSeq(log, chain)) moved.push(head);
    if (moved.length === HEADS_EACH) break;
  }
  const onlyWitnessed = moved.every(
    (head) => head.type === SEALED && head.seq === sealedSeq(log, head.chain) + 1,
  );
  return onlyWitnessed ? [] : moved.map(({ chain, seq, hash }) => ({ chain, seq, hash }));
}

function sealedSeq(log: CheckpointLog, chain: string): number {
  return log.headOf(chain)?.seq ?? 0;
}
