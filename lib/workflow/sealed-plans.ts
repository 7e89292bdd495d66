/**
 * Judged plans as those functions see them that judge, authorise, and ask humans. Whoever serves agents may write
 * every proposal, so a plan that says how it was judged is believed only as it was when it was judged: each time,
 * a record that only the judging side can write says so first. Without that, a plan could show humans one thing
 * until they have approved its digest, and be another one when it runs.
 */
import { canonicalJson, type Digest, sha256 } from '../core/canonical.ts';
import type { RecordKind, Records } from '../ports/records.ts';
import type { Store } from '../ports/store.ts';

/** Told of a plan whose record, which has this hash, is not what was judged. */
export type Rewritten = (planId: string, record: Digest) => Promise<void>;

/** Judged plans that are written get their seal; those without one are not there, and `rewritten` is told of them. */
export function sealedPlans(store: Store, rewritten: Rewritten): Store {
  async function seal(kind: RecordKind, key: string, value: Records[RecordKind]): Promise<void> {
    if (kind !== 'plan' || isUnjudged(value) || !('expires_at' in value)) return;
    const { expires_at } = value;
    // `exists`: the same record, sealed before a write that failed.
    await store.create('judgement', sealKey(key, value), { plan_id: key, expires_at });
  }

  async function isSealed(kind: RecordKind, key: string, value: Records[RecordKind]): Promise<boolean> {
    if (kind !== 'plan' || (await isAsJudged(store, key, value))) return true;
    await rewritten(key, recordHash(value));
    return false;
  }

  return {
    get: async (kind, key) => {
      const found = await store.get(kind, key);
      return found !== null && (await isSealed(kind, key, found.value)) ? found : null;
    },
    list: async (kind, request) => {
      const page = await store.list(kind, request);
      if (kind !== 'plan') return page;
      const sealed = await Promise.all(page.items.map((each) => isSealed(kind, planIdIn(each), each)));
      return { ...page, items: page.items.filter((_, index) => sealed[index]) };
    },
    create: async (kind, key, value) => {
      await seal(kind, key, value);
      return store.create(kind, key, value);
    },
    replace: async (kind, key, version, value) => {
      await seal(kind, key, value);
      return store.replace(kind, key, version, value);
    },
    close: () => store.close(),
  };
}

/** Whether there is a record of this plan that nobody judged so. `store`: without seals. */
export async function isRewritten(store: Store, planId: string): Promise<boolean> {
  const found = await store.get('plan', planId);
  return found !== null && !(await isAsJudged(store, planId, found.value));
}

async function isAsJudged(store: Store, planId: string, value: Records[RecordKind]): Promise<boolean> {
  return isUnjudged(value) || (await store.get('judgement', sealKey(planId, value))) !== null;
}

/** What nobody has judged says nothing that anybody could decide by; the record may be of any shape. */
function isUnjudged(value: Records[RecordKind]): boolean {
  const state = 'state' in value ? value.state : null;
  return (state === 'planning' || state === 'plan_failed') && !('digest' in value) && !('frozen' in value);
}

function planIdIn(value: Records[RecordKind]): string {
  return 'plan_id' in value ? value.plan_id : '';
}

function sealKey(planId: string, value: Records[RecordKind]): string {
  return `${planId} ${recordHash(value)}`;
}

/** As it is stored, so that it comes out the same when it is read. */
function recordHash(value: Records[RecordKind]): Digest {
  const stored: unknown = JSON.parse(JSON.stringify(value));
  return sha256(canonicalJson(stored));
}
