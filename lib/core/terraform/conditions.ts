import type { Evidence } from '../finding.ts';
import { type Fields, hitsAt, isSet, numberOf, stepsOf, switchState, textsAt } from './fields.ts';
import { type Check, reading, type View } from './rule.ts';
import type { Resident } from './world.ts';

/** Conditions on the object as it is now. Each gives the attribute that decided. */

/** The switch at a path is on; enum words are read (`INACTIVE` is off). */
export function on(path: string): Check {
  const steps = stepsOf(path);
  return reading([path], (view) =>
    evidenceOf(hitsAt(view.before, steps).filter((hit) => switchState(hit.value) === true)),
  );
}

/** On, or not said where the provider's default is on. */
export function onByDefault(path: string): Check {
  const steps = stepsOf(path);
  return reading([path], (view) => {
    const hits = hitsAt(view.before, steps);
    if (hits.length === 0) return [{ path, value: null }];
    return evidenceOf(hits.filter((hit) => switchState(hit.value) === true));
  });
}

/** The switch is off, absent or null: not on, and no word that this reader does not know. */
export function off(path: string): Check {
  const steps = stepsOf(path);
  return reading([path], (view) => {
    const hits = hitsAt(view.before, steps);
    if (hits.length === 0) return [{ path, value: null }];
    return hits.every((hit) => switchState(hit.value) === false) ? hits : null;
  });
}

/** Said to be off; absent does not count. */
export function offExplicitly(path: string): Check {
  const steps = stepsOf(path);
  return reading([path], (view) =>
    evidenceOf(hitsAt(view.before, steps).filter((hit) => switchState(hit.value) === false)),
  );
}

/** The attribute says something: not null, empty text or an empty list. */
export function set(path: string): Check {
  const steps = stepsOf(path);
  return reading([path], (view) => evidenceOf(hitsAt(view.before, steps).filter((hit) => isSet(hit.value))));
}

export function above(path: string, floor: number): Check {
  const steps = stepsOf(path);
  return reading([path], (view) =>
    evidenceOf(hitsAt(view.before, steps).filter((hit) => (numberOf(hit.value) ?? floor) > floor)),
  );
}

/** The number is said and is at most this. */
export function atMost(path: string, most: number): Check {
  const steps = stepsOf(path);
  return reading([path], (view) =>
    evidenceOf(hitsAt(view.before, steps).filter((hit) => (numberOf(hit.value) ?? most + 1) <= most)),
  );
}

/** The text at the path is one of these, case aside. */
export function is(path: string, ...words: readonly string[]): Check {
  const steps = stepsOf(path);
  const wanted = new Set(words.map((word) => word.toLowerCase()));
  return reading([path], (view) =>
    evidenceOf(hitsAt(view.before, steps).filter((hit) => wanted.has(String(hit.value).toLowerCase()))),
  );
}

export function matches(path: string, pattern: RegExp): Check {
  const steps = stepsOf(path);
  return reading([path], (view) =>
    evidenceOf(hitsAt(view.before, steps).filter((hit) => pattern.test(String(hit.value)))),
  );
}

export function all(...checks: readonly Check[]): Check {
  return reading(readBy(checks), (view) => {
    const evidence: Evidence[] = [];
    for (const check of checks) {
      const found = check(view);
      if (found === null) return null;
      evidence.push(...found);
    }
    return evidence;
  });
}

export function any(...checks: readonly Check[]): Check {
  return reading(readBy(checks), (view) => {
    for (const check of checks) {
      const found = check(view);
      if (found !== null) return found;
    }
    return null;
  });
}

export function not(check: Check): Check {
  return reading(readBy([check]), (view) => (check(view) === null ? [] : null));
}

/** This very change is a replacement. */
export const replaced: Check = (view) =>
  view.action === 'delete+create' || view.action === 'create+delete' ? [] : null;

/**
 * The same name is taken again at once: the object is replaced under an unchanged name, or another address of the
 * type creates one of the same name. Undelete by name is then lost.
 */
export function nameTakenAgain(path: string, scope: readonly string[] = []): Check {
  return (view) => {
    const name = textsAt(view.before, path)[0];
    if (name === undefined) return null;
    if (replaced(view) !== null) {
      const next = textsAt(view.after, path)[0];
      return next === undefined || next === name ? [{ path, value: name }] : null;
    }
    const heir = view.world
      .byAttribute(view.type, path)
      .get(name.toLowerCase())
      ?.find((other) => isHeir(other, view, scope));
    return heir === undefined
      ? null
      : [
          { path, value: name },
          { path: 'recreated_at', value: heir.address },
        ];
  };
}

function isHeir(other: Resident, view: View, scope: readonly string[]): boolean {
  if (other.fate !== 'created' || other.address === view.address) return false;
  return scope.every((key) => {
    const [mine, theirs] = [textsAt(view.before, key)[0], textsAt(other.values, key)[0]];
    return mine === undefined || theirs === undefined || mine === theirs;
  });
}

/** Residents of these types that an attribute of the view names. */
export function parents(
  view: View,
  attributes: readonly string[],
  types: readonly string[],
): readonly Resident[] {
  return attributes.flatMap((attribute) =>
    textsAt(view.before, attribute).flatMap((identifier) =>
      view.world.named(identifier).filter((resident) => types.includes(resident.type)),
    ),
  );
}

/** Residents of a type whose attribute names this object. */
export function children(view: View, type: string, attribute: string): readonly Resident[] {
  const index = view.world.byAttribute(type, attribute);
  const found = new Set<Resident>();
  for (const key of ['id', 'arn', 'name', 'bucket', 'identifier', 'self_link']) {
    const identity = textsAt(view.before, key)[0];
    if (identity === undefined) continue;
    for (const child of index.get(identity.toLowerCase()) ?? []) found.add(child);
  }
  return [...found];
}

/** Some child of a type, which names this object at an attribute, satisfies a condition. */
export function childHas(type: string, attribute: string, check: Check): Check {
  return (view) => {
    for (const child of children(view, type, attribute)) {
      const found = ofResident(view, child, child.values, check);
      if (found !== null) return found;
    }
    return null;
  };
}

/** A parent, named by one of the attributes, is destroyed in this plan. */
export function parentDestroyed(attributes: readonly string[], types: readonly string[]): Check {
  return reading(attributes, (view) => {
    const gone = parents(view, attributes, types).find(isDestroyed);
    return gone === undefined
      ? null
      : [{ path: attributes[0] ?? 'parent', value: `${gone.address} is destroyed too` }];
  });
}

/**
 * A parent, named by one of the attributes, satisfies a reassuring condition: as it is, and as this plan leaves it,
 * because nobody knows which change comes first.
 */
export function parentHas(attributes: readonly string[], types: readonly string[], check: Check): Check {
  return reading(attributes, (view) => {
    for (const parent of parents(view, attributes, types)) {
      const found = ofResident(view, parent, parent.values, check);
      if (found !== null && ofResident(view, parent, parent.planned, check) !== null) return found;
    }
    return null;
  });
}

/** A parent satisfies an alarming condition, as it is or as this plan leaves it. */
export function parentEverHas(attributes: readonly string[], types: readonly string[], check: Check): Check {
  return reading(attributes, (view) => {
    for (const parent of parents(view, attributes, types)) {
      const found =
        ofResident(view, parent, parent.values, check) ?? ofResident(view, parent, parent.planned, check);
      if (found !== null) return found;
    }
    return null;
  });
}

function ofResident(view: View, resident: Resident, fields: Fields, check: Check): ReturnType<Check> {
  const found = check({ ...view, address: resident.address, type: resident.type, before: fields });
  return found?.map((item) => ({ path: `${resident.address}.${item.path}`, value: item.value })) ?? null;
}

/** A parent is in the plan or the state at all. */
export function parentVisible(attributes: readonly string[], types: readonly string[]): Check {
  return reading(attributes, (view) => (parents(view, attributes, types).length > 0 ? [] : null));
}

export function isDestroyed(resident: Resident): boolean {
  return resident.fate === 'deleted' || resident.fate === 'replaced';
}

/** An azurerm feature is said to be this in every azurerm provider configuration: which one counts is not looked up. */
export function feature(path: string, wanted: boolean): Check {
  return (view) => {
    const values = view.world.feature(path);
    return values.length > 0 && values.every((value) => value === wanted)
      ? [{ path: `provider azurerm features.${path}`, value: wanted }]
      : null;
  };
}

/** An azurerm feature is said to be this in at least one provider configuration, or cannot be read. */
export function featureAnywhere(path: string, wanted: boolean): Check {
  return (view) => {
    const values = view.world.feature(path);
    return values.some((value) => value === wanted || value === null)
      ? [{ path: `provider azurerm features.${path}`, value: wanted }]
      : null;
  };
}

function evidenceOf(hits: readonly Evidence[]): readonly Evidence[] | null {
  return hits.length === 0 ? null : hits;
}

function readBy(checks: readonly Check[]): readonly string[] {
  return checks.flatMap((check) => check.reads ?? []);
}
