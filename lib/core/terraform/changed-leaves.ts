import { isReplace, UNKNOWN } from './effects.ts';
import { type Fields, fieldsOf, isFields, listOf } from './fields.ts';
import type { View } from './rule.ts';
import { guardEmptied, type Weaker } from './weaker-words.ts';

export interface Leaf {
  readonly path: string;
  /** Attribute names from the root down; list indexes left out. */
  readonly names: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  /** Set where a list holds less, and that alone tells. */
  readonly weaker?: Weaker;
}

/**
 * Leaves that differ between before and after; list items are compared by position. Unknown values of a
 * replacement are left out: computed attributes are always unknown there.
 */
export function changedLeaves(view: View): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const place = { steps: [], depth: 0, isNew: isReplace(view) };
  walk(view.before, view.after, view.afterUnknown, place, leaves);
  return leaves;
}

const DEEPEST = 12;
const LABELS = new Set(['tags', 'tags_all', 'labels', 'effective_labels', 'annotations', 'metadata']);

/** Where a walk is: attribute names and list indexes from the root down. `depth` counts the names. */
interface Place {
  readonly steps: (string | number)[];
  depth: number;
  /** What comes after is another object. */
  readonly isNew: boolean;
}

/** Most of a plan is left alone, so a place is written out only for a leaf that differs. */
function leafAt({ steps }: Place, before: unknown, after: unknown): Leaf {
  let path = '';
  const names: string[] = [];
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`;
    else {
      path = path === '' ? step : `${path}.${step}`;
      names.push(step);
    }
  }
  return { path, names, before, after };
}

function walk(before: unknown, after: unknown, marks: unknown, place: Place, leaves: Leaf[]): void {
  if (marks === true) {
    if (!place.isNew) walkHidden(before, place, leaves);
  } else if (before === after || place.depth > DEEPEST) {
    return;
  } else if (Array.isArray(before) || Array.isArray(after)) {
    walkLists(listOf(before), listOf(after), listOf(marks), place, leaves);
  } else if (isFields(before) || isFields(after)) {
    walkFields(fieldsOf(before), fieldsOf(after), fieldsOf(marks), place, leaves);
  } else {
    leaves.push(leafAt(place, before, after ?? null));
  }
}

/** All that was there may be anything after the apply. */
function walkHidden(before: unknown, place: Place, leaves: Leaf[]): void {
  if (before === null || before === undefined || place.depth > DEEPEST) return;
  if (typeof before !== 'object') {
    leaves.push(leafAt(place, before, UNKNOWN));
    return;
  }
  const isList = Array.isArray(before);
  for (const [key, value] of Object.entries(before)) {
    if (!isList && LABELS.has(key)) continue;
    place.steps.push(isList ? Number(key) : key);
    place.depth++;
    walkHidden(value, place, leaves);
    place.depth--;
    place.steps.pop();
  }
}

function walkLists(
  was: readonly unknown[],
  now: readonly unknown[],
  marks: readonly unknown[],
  place: Place,
  leaves: Leaf[],
): void {
  if (marks.length === 0 && isSameList(was, now)) return;
  if (typeof was[0] === 'string' && LOG_LIST.test(String(place.steps.at(-1)))) {
    walkLogs(was, now, place, leaves);
    return;
  }
  const weaker = now.length < was.length ? guardEmptied(String(place.steps.at(-1)), was, now) : null;
  if (weaker !== null) leaves.push({ ...leafAt(place, was, now), weaker });
  const old = was.some((item) => typeof item !== 'object') ? new Set(was) : null;
  for (let index = 0; index < Math.max(was.length, now.length); index++) {
    const item = now[index];
    if (old !== null && typeof item !== 'object' && old.has(item)) continue;
    place.steps.push(index);
    walk(was[index], item, marks[index], place, leaves);
    place.steps.pop();
  }
}

/** Which logs are written: what is in the list no longer counts, wherever it stood. */
function walkLogs(was: readonly unknown[], now: readonly unknown[], place: Place, leaves: Leaf[]): void {
  const kept = new Set(now);
  for (const item of was) {
    if (typeof item === 'string' && !kept.has(item)) leaves.push(leafAt(place, item, null));
  }
}

function isSameList(was: readonly unknown[], now: readonly unknown[]): boolean {
  if (was.length !== now.length) return false;
  for (let index = 0; index < was.length; index++) if (was[index] !== now[index]) return false;
  return true;
}

function walkFields(was: Fields, now: Fields, marks: Fields, place: Place, leaves: Leaf[]): void {
  const [keys, others] = [Object.keys(was), Object.keys(now)];
  const [before, after] = [Object.values(was), Object.values(now)];
  if (isWithin(others, keys)) {
    // What terraform writes: attributes in one order, most of them as they were, those not yet known left out.
    let at = 0;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] ?? '';
      const isPair = others[at] === key;
      const isSame = isPair && before[index] === after[at] && marks[key] === undefined;
      if (isPair) at++;
      if (!isSame) step(key, was, now, marks, place, leaves);
    }
  } else {
    for (const key of keys) step(key, was, now, marks, place, leaves);
    for (const key of others) if (!(key in was)) step(key, was, now, marks, place, leaves);
  }
  for (const key in marks) if (!(key in was) && !(key in now)) step(key, was, now, marks, place, leaves);
}

/** Whether a list is the other one with some left out. */
function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (let index = 0; index < whole.length && at < part.length; index++) if (whole[index] === part[at]) at++;
  return at === part.length;
}

function step(key: string, was: Fields, now: Fields, marks: Fields, place: Place, leaves: Leaf[]): void {
  const [before, after, mark] = [was[key], now[key], marks[key]];
  if ((before === after && mark === undefined) || LABELS.has(key)) return;
  place.steps.push(key);
  place.depth++;
  walk(before, after, mark, place, leaves);
  place.depth--;
  place.steps.pop();
}

/** Lists of logs that are written or sent on. */
export const LOG_LIST =
  /(logs?_exports|log_types|enabled_logs|log_categories|log_components|enable_components)$/;
