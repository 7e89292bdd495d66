import type { ConsequenceClass, Evidence, Tier } from '../finding.ts';
import { commonEffects } from './common-effects.ts';
import { admitsByAnyPolicy } from './exposure.ts';
import { fieldsOf, hitsAt, NO_FIELDS, stepsOf } from './fields.ts';
import type { ResourceChange } from './plan-json.ts';
import { manifestOf, ruleFor } from './resources/registry.ts';
import type { DestroyRow, Effect, ResourceRule, View } from './rule.ts';
import { unknownTypeRule } from './unknown-type.ts';
import type { World } from './world.ts';

/** A change with its verdict. Evidence is still raw: it is masked where the report is made. */
export interface Judgement {
  readonly change: ResourceChange;
  readonly view: View;
  /** Classes that destroying an object of this type would have: tells what the object is. */
  readonly nature: readonly ConsequenceClass[];
  readonly tier: Tier;
  readonly classes: readonly ConsequenceClass[];
  readonly why: string;
  readonly evidence: readonly Evidence[];
  readonly advice: string | null;
  /** What the change does to the object that lives on (update, create, new half of a replacement). */
  readonly effects: readonly Effect[];
  /** The object as it is now goes away, and not only from state. */
  readonly destroys: boolean;
  readonly isKnownType: boolean;
  /** Mark trees that belong beside the attribute trees of the view. */
  readonly marks: readonly unknown[];
}

/** Judges one change on its own, with a look at its surroundings. Null for what changes nothing. */
export function judge(change: ResourceChange, world: World): Judgement | null {
  if (change.mode === 'data' || change.action === 'no-op' || change.action === 'read') return null;
  const before = change.before ?? NO_FIELDS;
  const after = change.after ?? NO_FIELDS;
  const known = ruleFor(change.type, change.before ?? after);
  const rule = known ?? unknownTypeRule(change.type, before);
  const view = viewOf(change, world);
  const verdict = verdictOf(change, view, rule, known !== null);
  const words = change.actions.join(', ');
  // One literal, no spreads: ten thousand of these must share a shape to be quick to read.
  return {
    change,
    view,
    nature: rule.classes,
    tier: change.understood ? verdict.tier : 5,
    classes: verdict.classes,
    why: change.understood
      ? verdict.why
      : `the plan says "${words}", which this reader does not know, so a person must look; ${verdict.why}`,
    evidence: verdict.evidence,
    advice: verdict.advice,
    effects: verdict.effects,
    destroys: verdict.destroys,
    isKnownType: known !== null,
    marks: marksOf(change),
  };
}

type Verdict = Pick<Judgement, 'tier' | 'classes' | 'why' | 'evidence' | 'advice' | 'effects' | 'destroys'>;

function verdictOf(change: ResourceChange, view: View, rule: ResourceRule, isKnown: boolean): Verdict {
  switch (change.action) {
    case 'forget':
      return still('dropped from state only; the object lives on unmanaged', ['state_forget']);
    case 'delete':
      return destroyed(change, view, rule, []);
    case 'delete+create':
    case 'create+delete':
      return destroyed(change, view, rule, effectsOf(view, rule, isKnown));
    case 'create':
    case 'update':
      return living(view, effectsOf(view, rule, isKnown));
    case 'import':
      return still('an existing object comes under management; nothing else changes');
    case 'move':
      return still(
        `only its address changes${change.previousAddress === null ? '' : ` (was ${change.previousAddress})`}`,
      );
    case 'read':
    case 'no-op':
      return still('nothing changes');
  }
}

function still(why: string, classes: Verdict['classes'] = []): Verdict {
  return { tier: 1, classes, why, evidence: [], advice: null, effects: [], destroys: false };
}

function destroyed(
  change: ResourceChange,
  view: View,
  rule: ResourceRule,
  effects: readonly Effect[],
): Verdict {
  for (const row of rule.destroy) {
    const held = row.when(view);
    if (held === null) continue;
    const evidence = held.length === 0 ? lookedAt(rule.destroy, row, view) : held;
    const classes = row.classes ?? rule.classes;
    const leaves = classes.includes('state_forget');
    const parts = [change.action === 'delete' ? row.why : `replaced: ${row.why}`];
    if (change.deposed !== null) parts.push('a deposed object left by an earlier replacement');
    const worst = worstOf(effects);
    const tier = row.tier >= 3 ? row.tier : max(row.tier, worst);
    if (tier > row.tier) parts.push(...effects.filter((item) => item.tier === tier).map((item) => item.why));
    return {
      tier,
      classes:
        effects.length === 0 ? classes : unique([...classes, ...effects.flatMap((item) => item.class ?? [])]),
      why: parts.join('; '),
      evidence: effects.length === 0 ? evidence : [...evidence, ...effects.flatMap((item) => item.evidence)],
      advice: row.advice,
      effects,
      destroys: !leaves,
    };
  }
  return { ...still('no rule spoke for this delete'), tier: 5, classes: rule.classes, destroys: true };
}

/** Where no attribute spoke for a verdict, those speak that did not say better: what is set first, then what is not. */
function lookedAt(rows: readonly DestroyRow[], last: DestroyRow, view: View): readonly Evidence[] {
  const paths = readBefore(rows, last);
  const [isSaid, isNot]: [Evidence[], Evidence[]] = [[], []];
  for (const path of paths) {
    const hits = hitsAt(view.before, stepsOf(path));
    if (hits.length === 0) isNot.push({ path, value: null });
    else isSaid.push(...hits);
  }
  return [...isSaid, ...isNot].slice(0, MOST_LOOKED_AT);
}

const MOST_LOOKED_AT = 8;
const readByRow = new WeakMap<readonly DestroyRow[], Map<DestroyRow, ReadonlySet<string>>>();

/** The attributes that a row and those before it look at. */
function readBefore(rows: readonly DestroyRow[], last: DestroyRow): ReadonlySet<string> {
  const known = readByRow.get(rows) ?? new Map<DestroyRow, ReadonlySet<string>>();
  const before = known.get(last);
  if (before !== undefined) return before;
  const paths = new Set(rows.slice(0, rows.indexOf(last) + 1).flatMap((row) => row.when.reads ?? []));
  readByRow.set(rows, known.set(last, paths));
  return paths;
}

function living(view: View, effects: readonly Effect[]): Verdict {
  if (effects.length === 0)
    return still(view.action === 'create' ? 'a new object' : 'nothing that is lost by it');
  const tier = worstOf(effects);
  const ordered = [...effects].sort((a, b) => b.tier - a.tier);
  return {
    tier,
    classes: unique(ordered.flatMap((item) => item.class ?? [])),
    why: [...new Set(ordered.map((item) => item.why))].join('; '),
    evidence: ordered.flatMap((item) => item.evidence),
    advice: ordered.find((item) => item.advice !== null)?.advice ?? null,
    effects,
    destroys: false,
  };
}

/** The type's own watches, then the net of names; of two on the same class or attribute the own one speaks. */
function effectsOf(view: View, rule: ResourceRule, isKnown: boolean): readonly Effect[] {
  const own: Effect[] = [];
  for (let index = 0; index < rule.watch.length; index++) {
    const found = rule.watch[index]?.(view) ?? [];
    for (let at = 0; at < found.length; at++) {
      const effect = found[at];
      if (effect !== undefined) own.push(effect);
    }
  }
  const admitted = admitsByAnyPolicy(view);
  const named = commonEffects(view, isKnown ? 1 : 5);
  const common = admitted.length === 0 ? named : [...named, ...admitted];
  const net = own.length === 0 || common.length === 0 ? common : unsaid(common, own);
  if (own.length + net.length < 2) return own.length === 0 ? net : own;
  const all = net.length === 0 ? own : [...own, ...net];
  const seen = new Set<string>();
  return all.filter((item) => {
    const key = `${item.class} ${item.why}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** What the net of names adds to the type's own watches: another class, and another attribute. */
function unsaid(net: readonly Effect[], own: readonly Effect[]): readonly Effect[] {
  const classes = new Set(own.map((item) => item.class));
  const paths = new Set(own.flatMap((item) => item.evidence.map((found) => bare(found.path))));
  return net.filter(
    (item) => !classes.has(item.class) && !item.evidence.some((found) => paths.has(bare(found.path))),
  );
}

function viewOf(change: ResourceChange, world: World): View {
  const before = change.before ?? NO_FIELDS;
  const after = change.after ?? NO_FIELDS;
  const isRaw = manifestOf(change.type, before) !== null || manifestOf(change.type, after) !== null;
  return {
    address: change.address,
    type: change.type,
    action: change.action,
    before: isRaw ? (manifestOf(change.type, before) ?? NO_FIELDS) : before,
    after: isRaw ? (manifestOf(change.type, after) ?? NO_FIELDS) : after,
    afterUnknown:
      isRaw && change.type === 'kubernetes_manifest'
        ? fieldsOf(change.afterUnknown).manifest
        : change.afterUnknown,
    world,
  };
}

function marksOf(change: ResourceChange): readonly unknown[] {
  const trees = [change.beforeSensitive, change.afterSensitive];
  if (change.type !== 'kubernetes_manifest') return trees;
  return [...trees, ...trees.map((tree) => (tree === true ? true : fieldsOf(tree).manifest))];
}

/** Evidence attributes that `drift` shows to have changed outside Terraform (rule 10). */
export function driftedEvidence(judgement: Judgement, drift: ResourceChange): readonly string[] {
  const was = drift.before ?? NO_FIELDS;
  const now = drift.after ?? NO_FIELDS;
  const paths = new Set(judgement.evidence.map((item) => bare(item.path)));
  return [...paths].filter((path) => {
    const steps = path.split('.');
    return JSON.stringify(hitsAt(was, steps)) !== JSON.stringify(hitsAt(now, steps));
  });
}

/** An evidence path without list indexes and side. */
function bare(path: string): string {
  return path.replace(/^after\./, '').replace(/\[\d+\]/g, '');
}

function worstOf(effects: readonly Effect[]): Tier {
  return effects.reduce<Tier>((worst, item) => max(worst, item.tier), 1);
}

function max(a: Tier, b: Tier): Tier {
  return a > b ? a : b;
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
