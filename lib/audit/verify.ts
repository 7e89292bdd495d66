/**
 * Whether the audit holds: every chain from its start, every checkpoint, and every reference that a record
 * keeps. What refers to events is read before the events, so that verifying beside running writers is sound:
 * an event is always there before anything refers to it.
 */
import { type AuditEvent, chainStart, eventHash } from '../core/audit.ts';
import { isDigest } from '../core/canonical.ts';
import type { Store } from '../ports/store.ts';
import { checkpointKey } from './checkpoint-log.ts';
import { verifyCheckpoints } from './checkpoints.ts';
import { type Expectations, expectReferences } from './expectations.ts';
import { auditKey } from './log.ts';
import { everyRecord } from './pages.ts';
import { EVENT_MEMBERS, hasMembers, type Problem, problem } from './problem.ts';
import { readableEvents } from './readable.ts';
import { SEALED, type VerifySeal } from './seal.ts';

export interface VerifyOptions {
  readonly store: Store;
  readonly verifySeal: VerifySeal;
}

export type Verified =
  | { readonly ok: true; readonly chains: number; readonly events: number; readonly checkpoints: number }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Recomputes everything and names the first event that does not hold. Rejects where the store cannot be
 * read: that is no answer. Streams: memory grows with references and chains, not with events.
 */
export async function verifyAudit({ store, verifySeal }: VerifyOptions): Promise<Verified> {
  const expectations: Expectations = new Map();
  const sealed = await verifyCheckpoints(store, verifySeal, expectations);
  if (!sealed.ok) return sealed;
  const misplaced = await expectReferences(store, expectations);
  if (misplaced !== null) return { ok: false, problem: misplaced };

  const opened = new Set<string>();
  for await (const { chain } of everyRecord(store, 'chain', 'chains')) opened.add(chain);
  let events = 0;
  for (const chain of new Set([...opened, ...expectations.keys()])) {
    // A listing may lag behind: what refers to a chain can show in it before the chain does.
    const isOpen = opened.has(chain) || (await store.get('chain', chain)) !== null;
    const verified = await verifyChain(store, chain, isOpen, expectations);
    if (typeof verified !== 'number') return { ok: false, problem: verified };
    events += verified;
  }
  return { ok: true, chains: opened.size, events, checkpoints: sealed.checkpoints };
}

/** How many events hold, or the first that does not. */
async function verifyChain(
  store: Store,
  chain: string,
  opened: boolean,
  expectations: Expectations,
): Promise<number | Problem> {
  const expected = expectations.get(chain);
  let seq = 0;
  let prev = chainStart(chain);
  for await (const read of readableEvents(store, chain)) {
    seq += 1;
    if (!read.ok) return problem('edited', chain, seq, `event ${seq} cannot be read: ${read.why}`);
    const { event } = read;
    const wrong = misfit(event, chain, seq) ?? (await misplacement(store, event, chain, seq));
    if (wrong !== null) return wrong;
    if (event.prev !== prev) {
      // An event whose own hash holds and whose successor does not know it was rewritten.
      const rewritten = Math.max(1, seq - 1);
      return problem(
        'edited',
        chain,
        rewritten,
        `event ${rewritten} was rewritten: event ${seq} follows another`,
      );
    }
    for (const { hash, by } of expected?.get(seq) ?? []) {
      if (hash !== event.hash) {
        const why = `${by} holds another hash of event ${seq}: it, or one before it, was rewritten`;
        return problem('edited', chain, seq, why);
      }
    }
    const missing = await missingCheckpoint(store, event);
    if (missing !== null) return missing;
    prev = event.hash;
  }
  return absence(expectations, chain, opened, seq) ?? seq;
}

/** The event by itself: members that the hash does not cover would be words that nobody vouches for. */
function misfit(event: AuditEvent, chain: string, seq: number): Problem | null {
  if (!hasMembers(event, EVENT_MEMBERS)) {
    return problem('edited', chain, seq, `event ${seq} has not the members of an event`);
  }
  if (eventHash(event) !== event.hash) {
    return problem('edited', chain, seq, `event ${seq} does not match its hash`);
  }
  if (event.chain !== chain) {
    return problem('edited', chain, seq, `event ${seq} was put here from chain ${String(event.chain)}`);
  }
  return null;
}

/** An untouched event in a place that is not its own: the one that belongs here was removed or moved. */
async function misplacement(
  store: Store,
  event: AuditEvent,
  chain: string,
  seq: number,
): Promise<Problem | null> {
  if (event.seq === seq) return null;
  if ((await store.get('audit', auditKey(chain, seq))) === null) {
    return problem('removed', chain, seq, `event ${seq} is gone`);
  }
  return problem('reordered', chain, seq, `event ${event.seq} stands in the place of event ${seq}`);
}

/** A checkpoint that was witnessed must stand as it was. One written since the others were read is looked up. */
async function missingCheckpoint(store: Store, event: AuditEvent): Promise<Problem | null> {
  if (event.type !== SEALED) return null;
  const { number, hash } = event.data;
  if (typeof number !== 'number' || typeof hash !== 'string' || !isDigest(hash)) {
    return problem('edited', event.chain, event.seq, `event ${event.seq} names no checkpoint`);
  }
  const standing = await store.get('checkpoint', checkpointKey(number));
  if (standing?.value.hash === hash) return null;
  const witness = `event ${event.seq} of ${event.chain} recorded it`;
  return standing === null
    ? problem('removed', 'checkpoints', number, `checkpoint ${number} is gone; ${witness}`)
    : problem('checkpoint_forged', 'checkpoints', number, `checkpoint ${number} is another one; ${witness}`);
}

/** What checkpoints and records say beyond the last event. */
function absence(expectations: Expectations, chain: string, opened: boolean, last: number): Problem | null {
  const expected = expectations.get(chain);
  const beyond = [...(expected ?? [])].filter(([seq]) => seq > last).sort(([a], [b]) => a - b);
  const witnesses = beyond.flatMap(([, each]) => each);
  if (!opened) {
    const first = [...(expected?.values() ?? [])].flat()[0];
    return problem(
      'chain_missing',
      chain,
      1,
      `chain ${chain} is gone; ${first?.by ?? 'a record'} refers to it`,
    );
  }
  const sealed = witnesses.find((each) => each.sealed);
  if (sealed !== undefined) {
    return problem(
      'truncated',
      chain,
      last + 1,
      `events from ${last + 1} on are gone; ${sealed.by} sealed more`,
    );
  }
  const [unmet] = beyond;
  if (unmet === undefined) return null;
  const [seq, [reference]] = unmet;
  return problem(
    'reference_missing',
    chain,
    seq,
    `event ${seq} is gone; ${reference?.by ?? 'a record'} refers to it`,
  );
}
