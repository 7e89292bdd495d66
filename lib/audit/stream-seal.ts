/**
 * Sealing from a stream of changes: for a sealer that is told of each event and may not read the chains. What
 * is changed or removed, and what is added that is no event in its place, is never sealed: it is an alarm.
 */
import { type AuditEvent, type Checkpoint, chainStart, type EventRef, eventHash } from '../core/audit.ts';
import { type CheckpointLog, HEADS_EACH } from './checkpoint-log.ts';
import { isEventRef } from './expectations.ts';
import { EVENT_MEMBERS, hasMembers } from './problem.ts';

/** One change of the place where the chains are kept; `value` is what stands there now. */
export type AuditChange =
  | { readonly kind: 'added'; readonly chain: string; readonly seq: number; readonly value: unknown }
  | { readonly kind: 'changed' | 'removed' | 'stray'; readonly place: string };

export interface AuditAlarm {
  readonly kind: 'changed' | 'removed' | 'stray' | 'forged' | 'broken';
  /** Which event or record. */
  readonly place: string;
  /** One sentence for people. */
  readonly message: string;
}

export interface StreamSealed {
  /** In their order; none where nothing moved. */
  readonly checkpoints: readonly Checkpoint[];
  readonly alarms: readonly AuditAlarm[];
}

/**
 * Seals where the chains stand after these changes. May be given the same changes again: what is sealed is not
 * sealed twice, and no head goes back behind one that was sealed. Several sealers may run at once.
 */
export async function sealChanges(
  log: CheckpointLog,
  changes: readonly AuditChange[],
): Promise<StreamSealed> {
  await log.catchUp();
  const { heads, alarms } = readChanges(changes, (chain) => log.headOf(chain));
  const checkpoints: Checkpoint[] = [];
  for (;;) {
    const moved = heads.filter(({ chain, seq }) => seq > (log.headOf(chain)?.seq ?? 0)).slice(0, HEADS_EACH);
    if (moved.length === 0) return { checkpoints, alarms };
    const written = await log.write(moved);
    if (written === null) await log.catchUp();
    else checkpoints.push(written);
  }
}

/** The newest sound event of each chain, and what is wrong. `sealed`: the head of a chain that is sealed, if known. */
export function readChanges(
  changes: readonly AuditChange[],
  sealed: (chain: string) => EventRef | null,
): { readonly heads: readonly EventRef[]; readonly alarms: readonly AuditAlarm[] } {
  const heads = new Map<string, EventRef>();
  const broken = new Set<string>();
  const alarms: AuditAlarm[] = [];
  for (const change of changes) {
    if (change.kind !== 'added') {
      alarms.push({
        kind: change.kind,
        place: change.place,
        message: `${change.place} ${MEANS[change.kind]}`,
      });
      continue;
    }
    const { chain, seq, value } = change;
    const place = `event ${seq} of chain ${chain}`;
    const before = heads.get(chain) ?? sealed(chain);
    if (!isSoundAt(value, chain, seq)) {
      alarms.push({ kind: 'forged', place, message: `${place} is no sound event of that place` });
      broken.add(chain);
    } else if (!mayFollow(value, before)) {
      alarms.push({ kind: 'broken', place, message: `${place} does not follow the event before it` });
      broken.add(chain);
    } else if (!broken.has(chain) && seq > (before?.seq ?? 0)) {
      heads.set(chain, { chain, seq, hash: value.hash });
    }
  }
  return { heads: [...heads.values()], alarms };
}

const MEANS = {
  changed: 'was changed after it was written',
  removed: 'was removed',
  stray: 'is no part of the audit',
} as const;

function isSoundAt(value: unknown, chain: string, seq: number): value is AuditEvent {
  if (!hasMembers(value, EVENT_MEMBERS) || !isEventRef(value)) return false;
  if (value.chain !== chain || value.seq !== seq) return false;
  const event = value as EventRef & AuditEvent;
  try {
    return eventHash(event) === event.hash;
  } catch {
    return false;
  }
}

/** Told again of what is sealed, or of a chain whose sealed head is not known: only what can be compared is. */
function mayFollow(event: AuditEvent, before: EventRef | null): boolean {
  if (event.seq === 1) return event.prev === chainStart(event.chain);
  if (before === null || event.seq < before.seq) return true;
  if (event.seq === before.seq) return event.hash === before.hash;
  return event.seq === before.seq + 1 && event.prev === before.hash;
}
