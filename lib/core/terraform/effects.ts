import type { ConsequenceClass, Evidence, Tier } from '../finding.ts';
import { firstAt, hitsAt, isFields, isSet, numberOf, switchState } from './fields.ts';
import type { Effect, View, Watch } from './rule.ts';
import { isSame } from './same-value.ts';

/** Watches: what a change does to an object that lives on. Each compares before with after. */

interface EffectOptions {
  readonly tier?: Tier;
  readonly why?: string;
  readonly advice?: string;
}

/** A protective switch goes off. Not on create. A value known only after apply is for a person to judge. */
export function turnedOff(path: string, kind: ConsequenceClass, options: EffectOptions = {}): Watch {
  const steps = path.split('.');
  return (view) => {
    if (isUntouched(view, steps)) return [];
    const was = hitsAt(view.before, steps).find((hit) => switchState(hit.value) === true);
    if (was === undefined) return [];
    const now = firstAt(view.after, path);
    if (isUnknown(view, steps)) return isReplace(view) ? [] : unknown(path, kind, was.value);
    if (switchState(now) === true || (switchState(now) === null && isSet(now))) return [];
    return effect(kind, options, `${path} is switched off`, change(was.path, was.value, now));
  };
}

/** A dangerous switch goes on; `onCreate` also looks at new objects. */
export function turnedOn(
  path: string,
  kind: ConsequenceClass,
  options: EffectOptions & { onCreate?: boolean } = {},
): Watch {
  const steps = path.split('.');
  return (view) => {
    if (view.action === 'create' && options.onCreate !== true) return [];
    if (isUntouched(view, steps)) return [];
    const before = hitsAt(view.before, steps);
    if (before.some((hit) => switchState(hit.value) === true)) return [];
    if (view.action !== 'create' && isUnknown(view, steps))
      return isReplace(view) ? [] : unknown(path, kind, before[0]?.value);
    const now = hitsAt(view.after, steps).find((hit) => switchState(hit.value) === true);
    return now === undefined
      ? []
      : effect(kind, options, `${path} is switched on`, change(now.path, before[0]?.value, now.value));
  };
}

interface LoweredOptions extends EffectOptions {
  /** Tier where the new value is 0 (or gone), if another. */
  readonly zeroTier?: Tier;
  /** 0, -1 and absent mean "for ever", so 0 → 30 is a cut and 30 → 0 is none. */
  readonly zeroIsForever?: boolean;
  readonly zeroWhy?: string;
}

/** A number (days, copies, hours) goes down. */
export function lowered(path: string, kind: ConsequenceClass, options: LoweredOptions = {}): Watch {
  const steps = path.split('.');
  return (view) => {
    if (view.action === 'create' || isUntouched(view, steps)) return [];
    const hit = hitsAt(view.before, steps)[0];
    const raw = numberOf(hit?.value);
    const was = rank(raw, options.zeroIsForever === true);
    if (was === null || was === 0) return [];
    if (isUnknown(view, steps)) return isReplace(view) ? [] : unknown(path, kind, hit?.value);
    const next = firstAt(view.after, path);
    const now = rank(numberOf(next), options.zeroIsForever === true) ?? 0;
    if (now >= was) return [];
    const gone = now === 0;
    const why = gone
      ? (options.zeroWhy ?? options.why ?? `${path} goes to zero`)
      : (options.why ?? `${path} is lowered: older points go`);
    const tier = (gone ? options.zeroTier : undefined) ?? options.tier ?? 1;
    return effect(kind, { ...options, tier, why }, why, change(hit?.path ?? path, hit?.value, next));
  };
}

/** Something that was there is taken away or emptied. */
export function removed(path: string, kind: ConsequenceClass, options: EffectOptions = {}): Watch {
  const steps = path.split('.');
  return (view) => {
    if (view.action === 'create' || isUntouched(view, steps)) return [];
    const was = hitsAt(view.before, steps).find((hit) => isSet(hit.value));
    if (was === undefined || isUnknown(view, steps) || isSet(firstAt(view.after, path))) return [];
    return effect(kind, options, `${path} is removed`, change(was.path, was.value, null));
  };
}

/** Something is set that was not: an expiry, a time to live. Creates count when `onCreate`. */
export function added(
  path: string,
  kind: ConsequenceClass,
  options: EffectOptions & { onCreate?: boolean } = {},
): Watch {
  const steps = path.split('.');
  return (view) => {
    if (view.action === 'create' && options.onCreate !== true) return [];
    if (isUntouched(view, steps)) return [];
    if (hitsAt(view.before, steps).some((hit) => isMeaningful(hit.value))) return [];
    const now = hitsAt(view.after, steps).find((hit) => isMeaningful(hit.value));
    return now === undefined
      ? []
      : effect(kind, options, `${path} is set`, change(now.path, null, now.value));
  };
}

/** Any change of value, unknown ones included. Creates count when `onCreate`. */
export function changed(
  path: string,
  kind: ConsequenceClass | null,
  options: EffectOptions & { onCreate?: boolean } = {},
): Watch {
  const steps = path.split('.');
  return (view) => {
    if (isUntouched(view, steps)) return [];
    const before = firstAt(view.before, path);
    const after = firstAt(view.after, path);
    if (view.action === 'create' && (options.onCreate !== true || !isSet(after))) return [];
    if (isUnknown(view, steps)) {
      if (isReplace(view)) return [];
      return effect(
        kind,
        options,
        `${path} changes to a value known only after apply`,
        change(path, before, UNKNOWN),
      );
    }
    if (isSame(before, after) || (!isSet(before) && !isSet(after))) return [];
    return effect(kind, options, `${path} changes`, change(path, before, after));
  };
}

/** The value becomes one of these words and was none of them. Creates count. */
export function becomes(
  path: string,
  words: readonly string[],
  kind: ConsequenceClass,
  options: EffectOptions = {},
): Watch {
  const steps = path.split('.');
  const wanted = new Set(words.map((word) => word.toLowerCase()));
  const isWanted = (value: unknown): boolean => wanted.has(String(value).toLowerCase());
  return (view) => {
    if (isUntouched(view, steps)) return [];
    if (hitsAt(view.before, steps).some((hit) => isWanted(hit.value))) return [];
    const now = hitsAt(view.after, steps).find((hit) => isWanted(hit.value));
    if (now === undefined) return [];
    return effect(
      kind,
      options,
      `${path} becomes ${String(now.value)}`,
      change(now.path, firstAt(view.before, path), now.value),
    );
  };
}

/** As `becomes`, but only for objects that exist already. */
export function turnsInto(
  path: string,
  words: readonly string[],
  kind: ConsequenceClass,
  options: EffectOptions = {},
): Watch {
  const watch = becomes(path, words, kind, options);
  return (view) => (view.action === 'create' ? [] : watch(view));
}

/** Capacity falls to zero, or by more than half. */
export function scaledDown(path: string): Watch {
  const steps = path.split('.');
  return (view) => {
    if (view.action === 'create' || isUntouched(view, steps)) return [];
    const hit = hitsAt(view.before, steps)[0];
    const was = numberOf(hit?.value);
    if (was === null || was <= 0) return [];
    if (isUnknown(view, steps)) return [];
    const next = firstAt(view.after, path);
    const now = numberOf(next);
    if (now === null || now * 2 >= was) return [];
    return effect(
      'production_scale_down',
      {},
      now === 0 ? `${path} goes to zero` : `${path} is cut by more than half`,
      change(hit?.path ?? path, was, now),
    );
  };
}

/** Every create, update or replace of this type carries the class. */
export function always(kind: ConsequenceClass, why: string, paths: readonly string[] = []): Watch {
  return (view) =>
    effect(
      kind,
      {},
      why,
      paths.flatMap((path) => hitsAt(view.after, path.split('.')).slice(0, 3)),
    );
}

/** Only when the object is new (create or the new half of a replacement is not enough). */
export function onCreate(kind: ConsequenceClass, why: string): Watch {
  return (view) => (view.action === 'create' ? effect(kind, {}, why, []) : []);
}

/** The watch speaks only where the condition on the view holds. */
export function only(condition: (view: View) => boolean, ...watches: readonly Watch[]): Watch {
  return (view) => (condition(view) ? watches.flatMap((watch) => watch(view)) : []);
}

export const UNKNOWN = '(known after apply)';

/**
 * Whether the planned value at this path, or a block around it, is known only after apply. Watches ignore that in
 * a replacement: computed attributes are unknown there anyway, and the verdict comes from what is destroyed.
 */
export function isUnknown(view: View, steps: readonly string[]): boolean {
  return isUnknownIn(view.afterUnknown, steps, 0);
}

/**
 * Nothing at this path can differ: its first step is the same plain value on both sides (or on neither), and no
 * part of it is known only after apply. Most watches look at attributes that a change leaves alone.
 */
export function isUntouched(view: View, steps: readonly string[]): boolean {
  const step = steps[0] ?? '';
  if (view.before[step] !== view.after[step] || view.afterUnknown === true) return false;
  return !isFields(view.afterUnknown) || view.afterUnknown[step] === undefined;
}

export function isReplace(view: View): boolean {
  return view.action === 'delete+create' || view.action === 'create+delete';
}

export function effect(
  kind: ConsequenceClass | null,
  options: EffectOptions,
  why: string,
  evidence: readonly Evidence[],
): readonly Effect[] {
  return [
    {
      tier: options.tier ?? 1,
      class: kind,
      why: options.why ?? why,
      evidence,
      advice: options.advice ?? null,
    },
  ];
}

/** Evidence of a change of one attribute. */
export function change(path: string, before: unknown, after: unknown): readonly Evidence[] {
  return [
    { path, value: before ?? null },
    { path: `after.${path}`, value: after ?? null },
  ];
}

function unknown(path: string, kind: ConsequenceClass, was: unknown): readonly Effect[] {
  return [
    {
      tier: 5,
      class: kind,
      why: `${path} is known only after apply`,
      evidence: change(path, was, UNKNOWN),
      advice: null,
    },
  ];
}

/** Zero and "no" say as much as nothing: not an expiry. */
function isMeaningful(value: unknown): boolean {
  return isSet(value) && value !== 0 && value !== '0' && value !== false;
}

function rank(value: number | null, zeroIsForever: boolean): number | null {
  if (!zeroIsForever) return value;
  return value === null || value <= 0 ? Number.POSITIVE_INFINITY : value;
}

function isUnknownIn(marks: unknown, steps: readonly string[], depth: number): boolean {
  if (marks === true) return true;
  if (Array.isArray(marks)) return marks.some((mark) => isUnknownIn(mark, steps, depth));
  const step = steps[depth];
  if (step === undefined || !isFields(marks)) return false;
  return isUnknownIn(marks[step], steps, depth + 1);
}
