/**
 * Signs where the audit chains stand. A checkpoint names the heads that moved since the checkpoints before
 * it, so that all of them together say where every chain stood, and none grows with the number of chains.
 */
import { type AuditEvent, type Checkpoint, checkpointHash, type EventRef } from '../core/audit.ts';
import type { Digest } from '../core/canonical.ts';
import type { AuditLog, Clock, Store } from '../ports.ts';
import { everyRecord } from './pages.ts';

/** Holds a key that seals the audit and nothing else. */
export interface SealSigner {
  /** Signature over `sealBytes(hash)`: ECDSA P-256, SHA-256, IEEE P1363, base64. */
  signSeal(hash: Digest): Promise<string>;
}

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
  const known: Sealed = { number: 0, hash: null, heads: new Map() };
  let queue: Promise<unknown> = Promise.resolve();
  return {
    seal() {
      const sealed = queue.then(() => sealMoved(options, known));
      queue = sealed.catch(() => undefined);
      return sealed;
    },
  };
}

/** What all checkpoints up to `number` say. */
interface Sealed {
  number: number;
  hash: Digest | null;
  readonly heads: Map<string, EventRef>;
}

/** Keeps a checkpoint well under any store's limit for one record. */
const HEADS_EACH = 1_000;

async function sealMoved(options: SealOptions, known: Sealed): Promise<Checkpoint | null> {
  let newest: Checkpoint | null = null;
  for (;;) {
    await catchUp(options.store, known);
    const heads = await movedHeads(options.store, known);
    if (heads.length === 0) return newest;
    const checkpoint = await signedCheckpoint(options, known, heads);
    const outcome = await options.store.create('checkpoint', checkpointKey(checkpoint.number), checkpoint);
    // Another process took the number: what it sealed is caught up with, and the rest goes into the next.
    if (outcome === 'exists') continue;
    adopt(known, checkpoint);
    newest = checkpoint;
    await witnessed(options, checkpoint);
    if (heads.length < HEADS_EACH) return newest;
  }
}

async function signedCheckpoint(
  { signer, clock }: SealOptions,
  known: Sealed,
  heads: readonly EventRef[],
): Promise<Checkpoint> {
  const unsigned = { number: known.number + 1, at: clock.now().toISOString(), heads, prev: known.hash };
  const hash = checkpointHash(unsigned);
  return { ...unsigned, hash, signature: await signer.signSeal(hash) };
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

async function catchUp(store: Store, known: Sealed): Promise<void> {
  if (known.number === 0) {
    for await (const checkpoint of everyRecord(store, 'checkpoint', 'checkpoints')) adopt(known, checkpoint);
  }
  for (;;) {
    const next = await store.get('checkpoint', checkpointKey(known.number + 1));
    if (next === null) return;
    adopt(known, next.value);
  }
}

function adopt(known: Sealed, checkpoint: Checkpoint): void {
  known.number = checkpoint.number;
  known.hash = checkpoint.hash;
  for (const head of checkpoint.heads) known.heads.set(head.chain, head);
}

/**
 * A head that fell behind what is sealed is left out: the seal that it contradicts stands, and verifying
 * names it. A chain that only witnessed the last checkpoint does not call for another one.
 */
async function movedHeads(store: Store, known: Sealed): Promise<EventRef[]> {
  const moved: AuditEvent[] = [];
  for await (const { chain } of everyRecord(store, 'chain', 'chains', 100)) {
    const page = await store.list('audit', { under: chain, order: 'newest_first', limit: 1 });
    const head = page.items[0];
    if (head !== undefined && head.seq > sealedSeq(known, chain)) moved.push(head);
    if (moved.length === HEADS_EACH) break;
  }
  const onlyWitnessed = moved.every(
    (head) => head.type === SEALED && head.seq === sealedSeq(known, head.chain) + 1,
  );
  return onlyWitnessed ? [] : moved.map(({ chain, seq, hash }) => ({ chain, seq, hash }));
}

function sealedSeq(known: Sealed, chain: string): number {
  return known.heads.get(chain)?.seq ?? 0;
}

export function checkpointKey(number: number): string {
  return String(number).padStart(12, '0');
}
