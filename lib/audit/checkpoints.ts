/** Verifies every checkpoint and collects what they say about the chains. */
import { type Checkpoint, checkpointHash } from '../core/audit.ts';
import type { Digest } from '../core/canonical.ts';
import type { Store } from '../ports/store.ts';
import { checkpointKey } from './checkpoint-log.ts';
import { type Expectations, expectEvent, isEventRef } from './expectations.ts';
import { everyRecord } from './pages.ts';
import { hasMembers, type Problem, problem } from './problem.ts';
import type { VerifySeal } from './seal.ts';

export type CheckpointsVerified =
  | { readonly ok: true; readonly checkpoints: number }
  | { readonly ok: false; readonly problem: Problem };

/** Adds every sealed head to `expectations`. */
export async function verifyCheckpoints(
  store: Store,
  verifySeal: VerifySeal,
  expectations: Expectations,
): Promise<CheckpointsVerified> {
  let number = 0;
  let prev: Digest | null = null;
  for await (const checkpoint of everyRecord(store, 'checkpoint', 'checkpoints')) {
    number += 1;
    const wrong =
      (await misplacement(store, checkpoint, number)) ?? forgery(checkpoint, number, prev, verifySeal);
    if (wrong !== null) return { ok: false, problem: wrong };
    prev = checkpoint.hash;
    for (const head of checkpoint.heads) {
      expectEvent(expectations, head, { sealed: true, by: `checkpoint ${number}` });
    }
  }
  return { ok: true, checkpoints: number };
}

async function misplacement(store: Store, checkpoint: Checkpoint, number: number): Promise<Problem | null> {
  if (checkpoint.number === number) return null;
  if ((await store.get('checkpoint', checkpointKey(number))) === null) {
    return problem('removed', 'checkpoints', number, `checkpoint ${number} is gone`);
  }
  return forged(number, `says that it is checkpoint ${String(checkpoint.number)}`);
}

const MEMBERS = ['number', 'at', 'heads', 'prev', 'hash', 'signature'] as const;

function forgery(
  checkpoint: Checkpoint,
  number: number,
  prev: Digest | null,
  verifySeal: VerifySeal,
): Problem | null {
  if (!hasMembers(checkpoint, MEMBERS)) return forged(number, 'has not the members of a checkpoint');
  if (!Array.isArray(checkpoint.heads) || !checkpoint.heads.every(isEventRef)) {
    return forged(number, 'names no chain heads');
  }
  if (checkpointHash(checkpoint) !== checkpoint.hash) return forged(number, 'does not match its hash');
  if (!verifySeal(checkpoint)) return forged(number, 'is not signed with the sealing key');
  if (checkpoint.prev !== prev) return forged(number, 'does not follow the checkpoint before it');
  return null;
}

function forged(number: number, what: string): Problem {
  return problem('checkpoint_forged', 'checkpoints', number, `checkpoint ${number} ${what}`);
}
