import type { ConsequenceClass, CrossActionRisk, Tier } from '../../finding.ts';
import { type Fields, isFields } from '../fields.ts';
import type { Judgement } from '../judgement.ts';
import { type NameTest, shapeOf } from '../shapes.ts';
import { identitiesOf, lastPart } from '../world.ts';

/** Shared by the cross-action kinds: what is a data store, and who names whom. */

export const DATA_CLASSES: ReadonlySet<ConsequenceClass> = new Set([
  'database_delete',
  'storage_delete',
  'pv_delete',
  'cluster_delete',
]);

/** Machines with disks of their own: what a backup item protects without being a data class. */
export const MACHINE =
  /^(aws_instance|google_compute_instance|azurerm_\w*virtual_machine\w*|aws_\w+_file_system)$/;

export function isDestroyedData(judged: Judgement): boolean {
  return judged.destroys && judged.tier >= 2 && judged.nature.some((kind) => DATA_CLASSES.has(kind));
}

export function isDelete(judged: Judgement): boolean {
  return judged.destroys && judged.change.action === 'delete';
}

export function has(judged: Judgement, ...kinds: readonly ConsequenceClass[]): boolean {
  const { classes } = judged;
  for (let index = 0; index < classes.length; index++) {
    const kind = classes[index];
    if (kind !== undefined && kinds.includes(kind)) return true;
  }
  return false;
}

export function risk(
  kind: string,
  members: readonly Judgement[],
  tier: Tier,
  why: string,
  others: readonly string[] = [],
): CrossActionRisk {
  return {
    kind,
    members: [...new Set([...members.map((item) => item.change.address), ...others])],
    tier,
    why,
  };
}

/** Judgements by every identifier their object answers to (lower case). */
export function byIdentity(judgements: readonly Judgement[]): ReadonlyMap<string, readonly Judgement[]> {
  const index = new Map<string, Judgement[]>();
  for (const judged of judgements) {
    for (const identity of new Set(identitiesOf({ type: judged.change.type, values: judged.view.before }))) {
      const group = index.get(identity);
      if (group === undefined) index.set(identity, [judged]);
      else group.push(judged);
    }
  }
  return index;
}

/** What the attributes of an object that name other objects say, whole, in lower case. */
export function namesIn(type: string, fields: Fields, isReference: NameTest): readonly string[] {
  const found: string[] = [];
  const { places, values } = heldAt(type, fields, isReference);
  let next = 0;
  for (let place = 0; place < values.length; place++) {
    const value = values[place];
    const isNamed = places[next] === place;
    if (isNamed) next++;
    if (typeof value === 'object') gather(value, isNamed, isReference, found, 1);
    else if (isNamed && typeof value === 'string' && value !== '') found.push(value.toLowerCase());
  }
  return found;
}

function heldAt(type: string, fields: Fields, test: NameTest) {
  return { places: shapeOf(type, fields).places(test), values: Object.values(fields) };
}

const DEEPEST = 40;

function gather(
  node: unknown,
  isNamed: boolean,
  isReference: NameTest,
  found: string[],
  depth: number,
): void {
  if (typeof node === 'string') {
    if (node !== '' && isNamed) found.push(node.toLowerCase());
  } else if (depth > DEEPEST) {
    return;
  } else if (Array.isArray(node)) {
    for (const item of node) gather(item, isNamed, isReference, found, depth + 1);
  } else if (isFields(node)) {
    for (const name in node) {
      const value = node[name];
      if (typeof value === 'object' || typeof value === 'string')
        gather(value, isReference(name), isReference, found, depth + 1);
    }
  }
}

/** The judgements that a name leads to: by the whole name, or by the last part of a path or ARN. */
export function named(name: string, index: ReadonlyMap<string, readonly Judgement[]>): readonly Judgement[] {
  const whole = index.get(name);
  if (whole !== undefined) return whole;
  const tail = lastPart(name);
  return tail === name || tail.length < 3 ? [] : (index.get(tail) ?? []);
}

/** The paths that decided on an effect, as one text. */
export function evidencePath(effect: Judgement['effects'][number]): string {
  return effect.evidence.map((item) => item.path).join(' ');
}
