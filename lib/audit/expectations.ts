/** What checkpoints and records say must stand in the chains. */

import type { EventRef } from '../core/audit.ts';
import { type Digest, isDigest } from '../core/canonical.ts';
import { LANES } from '../core/run.ts';
import type { Store } from '../ports/store.ts';
import { everyRecord } from './pages.ts';
import { type Problem, problem } from './problem.ts';

export interface Expectation {
  readonly hash: Digest;
  /** By a signed checkpoint, or else by a record. */
  readonly sealed: boolean;
  /** Who says so: `checkpoint 3`, `plan plan_…`. */
  readonly by: string;
}

/** Chain, then place in it. */
export type Expectations = Map<string, Map<number, Expectation[]>>;

export function expectEvent(
  expectations: Expectations,
  ref: EventRef,
  { sealed, by }: Pick<Expectation, 'sealed' | 'by'>,
): void {
  const chain = expectations.get(ref.chain) ?? new Map<number, Expectation[]>();
  expectations.set(ref.chain, chain);
  const place = chain.get(ref.seq) ?? [];
  chain.set(ref.seq, place);
  place.push({ hash: ref.hash, sealed, by });
}

/** Adds the reference of every plan, approval, vote and run; answers with the first that is none. */
export async function expectReferences(store: Store, expectations: Expectations): Promise<Problem | null> {
  for await (const { by, ref } of references(store)) {
    if (!isEventRef(ref)) return problem('reference_missing', '', 0, `${by} refers to no event`);
    expectEvent(expectations, ref, { sealed: false, by });
  }
  return null;
}

async function* references(store: Store): AsyncGenerator<{ readonly by: string; readonly ref: unknown }> {
  for await (const plan of everyRecord(store, 'plan', 'plans')) {
    yield { by: `plan ${plan.plan_id}`, ref: plan.audit };
  }
  for await (const approval of everyRecord(store, 'approval', 'approvals')) {
    yield { by: `approval ${approval.approval_id}`, ref: approval.audit };
    for await (const vote of everyRecord(store, 'vote', approval.approval_id)) {
      yield { by: `vote of ${vote.approver} on ${vote.approval_id}`, ref: vote.audit };
    }
  }
  for await (const override of everyRecord(store, 'override', 'overrides')) {
    yield { by: `override ${override.override_id}`, ref: override.audit };
    if (override.revoked !== null) {
      yield { by: `revocation of ${override.override_id}`, ref: override.revoked.audit };
    }
  }
  for await (const glass of everyRecord(store, 'break_glass', 'break_glass')) {
    yield { by: `break-glass ${glass.break_glass_id}`, ref: glass.audit };
  }
  for await (const review of everyRecord(store, 'review', 'reviews')) {
    yield { by: `review ${review.review_id}`, ref: review.audit };
    if (review.closed !== null) yield { by: `closing of ${review.review_id}`, ref: review.closed.audit };
  }
  // In this order, a run that finishes meanwhile is met twice, not never.
  for (const under of ['running', ...LANES.map((lane) => `finished ${lane}`)]) {
    for await (const run of everyRecord(store, 'run', under)) {
      yield { by: `run ${run.run_id}`, ref: run.audit };
    }
  }
}

export function isEventRef(ref: unknown): ref is EventRef {
  return (
    typeof ref === 'object' &&
    ref !== null &&
    'chain' in ref &&
    typeof ref.chain === 'string' &&
    ref.chain !== '' &&
    'seq' in ref &&
    Number.isSafeInteger(ref.seq) &&
    Number(ref.seq) >= 1 &&
    'hash' in ref &&
    typeof ref.hash === 'string' &&
    isDigest(ref.hash)
  );
}
