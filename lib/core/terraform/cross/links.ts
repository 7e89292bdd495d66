import type { ConsequenceClass, CrossActionRisk, Tier } from '../../finding.ts';
import { type Fields, isFields } from '../fields.ts';
import type { Judgement } from '../judgement.ts';
import { identitiesOf, lastPart } from '../world.ts';

/** Shared by the cross-action kinds: what is a data store, and who names whom. */

export const DATA_CLASSES: ReadonlySet<ConsequenceClass> = new Set([
  'database_delete',
  'storage_delete',
  'pv_delete',
  'cluster_delete',
]);

export function isDestroyedData(judged: Judgement): boolean {
  return judged.destroys && judged.tier >= 2 && judged.nature.some((kind) => DATA_CLASSES.has(kind));
}

export function isDelete(judged: Judgement): boolean {
  return judged.destroys && judged.change.action === 'delete';
}

export function has(judged: Judgement, ...kinds: readonly ConsequenceClass[]): boolean {
  return kinds.some((kind) => judged.classes.includes(kind));
}

export function risk(
  kind: string,
  members: readonly Judgement[],
  tier: Tier,
  why: string,
  others: readonly string[] = [],
): CrossActionRisk {
  return { kind, members: [...new Set([...members.map((item) => item.change.address), ...others])], tier, why };
}

/** Judgements by every identifier their object answers to (lower case). */
export function byIdentity(judgements: readonly Judgement[]): ReadonlyMap<string, readonly Judgement[]> {
  const index = new Map<string, Judgement[]>();
  for (const judged of judgements) {
    for (const identity of new Set(identitiesOf({ values: judged.view.before }))) {
      const group = index.get(identity);
      if (group === undefined) index.set(identity, [judged]);
      else group.push(judged);
    }
  }
  return index;
}

/** What the attributes of an object that name other objects say, whole; its own names are left out. */
export function namesIn(fields: Fields, isReference: (key: string) => boolean): readonly string[] {
  const found: string[] = [];
  const work: { key: string; value: unknown }[] = Object.entries(fields).map(([key, value]) => ({ key, value }));
  while (work.length > 0) {
    const { key, value } = work.pop() ?? { key: '', value: null };
    if (typeof value === 'string') {
      if (value !== '' && isReference(key)) found.push(value.toLowerCase());
    } else if (Array.isArray(value)) {
      for (const item of value) work.push({ key, value: item });
    } else if (isFields(value)) {
      for (const [name, item] of Object.entries(value)) work.push({ key: name, value: item });
    }
  }
  return found;
}

/** The judgements that a name leads to: by the whole name, or by the last part of a path or ARN. */
export function named(name: string, index: ReadonlyMap<string, readonly Judgement[]>): readonly Judgement[] {
  const whole = index.get(name);
  if (whole !== undefined) return whole;
  const tail = lastPart(name);
  return tail === name || tail.length < 3 ? [] : (index.get(tail) ?? []);
}
