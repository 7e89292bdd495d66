/** A store that breaks on plan, so that every write can be broken both ways: before it persists, and after. */
import type { RecordKind } from '../../lib/ports/records.ts';
import type { Store } from '../../lib/ports/store.ts';

export interface Fault {
  /** The n-th write of all (from 1), the n-th of a kind, or every write of a kind. */
  readonly write: number | { readonly kind: RecordKind; readonly nth: number | 'every' };
  readonly how: 'fails_before' | 'fails_after_persisting';
}

export class PlannedFault extends Error {}

export interface FaultyStore extends Store {
  /** Every write that was asked for, in order. */
  readonly writes: readonly { readonly kind: RecordKind; readonly key: string; readonly failed: boolean }[];
}

/** Reads are never broken; `create` and `replace` each count as one write. */
export function faultyStore(store: Store, plan: readonly Fault[]): FaultyStore {
  const writes: { kind: RecordKind; key: string; failed: boolean }[] = [];

  async function write<R>(kind: RecordKind, key: string, persist: () => Promise<R>): Promise<R> {
    const nth = writes.length + 1;
    const nthOfKind = writes.filter((each) => each.kind === kind).length + 1;
    const fault = plan.find(({ write: at }) =>
      typeof at === 'number' ? at === nth : at.kind === kind && (at.nth === 'every' || at.nth === nthOfKind),
    );
    writes.push({ kind, key, failed: fault !== undefined });
    if (fault === undefined) return persist();
    if (fault.how === 'fails_after_persisting') await persist();
    throw new PlannedFault(`${kind} ${key} ${fault.how}`);
  }

  return {
    writes,
    get: (kind, key) => store.get(kind, key),
    list: (kind, request) => store.list(kind, request),
    create: (kind, key, value) => write(kind, key, () => store.create(kind, key, value)),
    replace: (kind, key, version, value) => write(kind, key, () => store.replace(kind, key, version, value)),
    close: () => store.close(),
  };
}
