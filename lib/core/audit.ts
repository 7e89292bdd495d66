/**
 * The audit chain. Each writer owns its own chain of events; every event holds the hash of the one before.
 * This file says what an event is and what makes a chain hold; storing it is an adapter's work.
 */
import { canonicalJson, type Digest, sha256 } from './canonical.ts';

/** Where an event stands: records keep this, so that a chain that vanished whole is missed. */
export interface EventRef {
  readonly chain: string;
  /** 1-based. */
  readonly seq: number;
  readonly hash: Digest;
}

/** What happened, before it has a place in a chain. */
export interface EventBody {
  readonly at: string;
  /** `agent:NAME`, `human:NAME` or `gateway`. */
  readonly actor: string;
  readonly environment: string;
  /** Dotted and past tense: `call.received`, `plan.created`, `vote.cast`, `run.started`. */
  readonly type: string;
  /** Redacted. Arguments carry an HMAC of the original beside them. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AuditEvent extends EventBody {
  readonly chain: string;
  readonly seq: number;
  /** Hash of the event before; of the chain's name for the first. */
  readonly prev: Digest;
  readonly hash: Digest;
}

/** A signed statement of where every chain stood. */
export interface Checkpoint {
  /** 1-based, without gaps. */
  readonly number: number;
  readonly at: string;
  readonly heads: readonly EventRef[];
  /** Hash of the checkpoint before; null for the first. */
  readonly prev: Digest | null;
  readonly hash: Digest;
  /** ECDSA P-256 over SHA-256 of `hash`'s text, base64. */
  readonly signature: string;
}

export function chainStart(chain: string): Digest {
  return sha256(`recourse.audit.v1 ${chain}`);
}

/** The event that follows `before` (null: the first of its chain). */
export function chainEvent(chain: string, before: EventRef | null, body: EventBody): AuditEvent {
  const { at, actor, environment, type, data } = body;
  const prev = before?.hash ?? chainStart(chain);
  const unhashed = { chain, seq: (before?.seq ?? 0) + 1, at, actor, environment, type, data, prev };
  return { ...unhashed, hash: sha256(canonicalJson(unhashed)) };
}

export function eventHash(event: AuditEvent): Digest {
  const { chain, seq, at, actor, environment, type, data, prev } = event;
  return sha256(canonicalJson({ chain, seq, at, actor, environment, type, data, prev }));
}

export function checkpointHash(checkpoint: Omit<Checkpoint, 'hash' | 'signature'>): Digest {
  const { number, at, heads, prev } = checkpoint;
  return sha256(canonicalJson({ number, at, heads, prev, type: 'recourse.checkpoint.v1' }));
}
