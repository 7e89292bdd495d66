import type { ChangeAction, ConsequenceClass, Evidence, Tier } from '../finding.ts';
import type { Fields } from './fields.ts';
import type { World } from './world.ts';

/** A change as rules see it. `before` is the object now, `after` the planned one; empty where there is none. */
export interface View {
  readonly address: string;
  readonly type: string;
  readonly action: ChangeAction;
  readonly before: Fields;
  readonly after: Fields;
  readonly afterUnknown: unknown;
  readonly world: World;
}

/** A condition: the evidence that it holds, or null. An empty list means it holds without an attribute to show. */
export interface Check {
  (view: View): readonly Evidence[] | null;
  /** Attributes of the object that it looks at: what speaks where no condition held. */
  readonly reads?: readonly string[];
}

/** A condition that says which attributes it looks at. */
export function reading(paths: readonly string[], check: (view: View) => readonly Evidence[] | null): Check {
  return Object.assign(check, { reads: paths });
}

/** What destroying an object costs, where `when` is the first condition of its rule that holds. */
export interface DestroyRow {
  readonly when: Check;
  readonly tier: Tier;
  readonly why: string;
  readonly advice: string | null;
  /** Classes instead of the rule's own. */
  readonly classes: readonly ConsequenceClass[] | null;
}

/** Something that a change does to a living (or new) object. */
export interface Effect {
  readonly tier: Tier;
  readonly class: ConsequenceClass | null;
  readonly why: string;
  readonly evidence: readonly Evidence[];
  readonly advice: string | null;
}

/** Looks at before and after of an update, create or replace. */
export type Watch = (view: View) => readonly Effect[];

/** What is known about one resource type. */
export interface ResourceRule {
  /** Classes of destroying one. */
  readonly classes: readonly ConsequenceClass[];
  /** First match speaks; the last row always matches. */
  readonly destroy: readonly DestroyRow[];
  readonly watch: readonly Watch[];
}

export type RuleTable = Readonly<Record<string, ResourceRule>>;

interface RowOptions {
  readonly advice?: string;
  readonly classes?: readonly ConsequenceClass[];
}

const ALWAYS: Check = () => [];

/** One row of a destroy table: if `when` holds, then this tier. */
export function when(check: Check, tier: Tier, why: string, options: RowOptions = {}): DestroyRow {
  return { when: check, tier, why, advice: options.advice ?? null, classes: options.classes ?? null };
}

/** The last row of a destroy table. */
export function otherwise(tier: Tier, why: string, options: RowOptions = {}): DestroyRow {
  return when(ALWAYS, tier, why, options);
}

/** Protection is on: the provider refuses, the apply stops half-way, and the protection may be lifted before. */
export function blocked(check: Check, what = 'deletion protection'): DestroyRow {
  return when(check, 5, `${what} is on: the provider is expected to refuse and the apply to stop half-way`, {
    advice:
      'a person should confirm that this protected object is meant to go, and lift the protection separately',
  });
}

/** The provider only drops the object from state. */
export function leavesState(
  check: Check,
  why = 'only dropped from state; the object lives on unmanaged',
): DestroyRow {
  return when(check, 1, why, { classes: ['state_forget'] });
}

export function rule(
  classes: readonly ConsequenceClass[],
  destroy: readonly DestroyRow[],
  ...watch: readonly Watch[]
): ResourceRule {
  return { classes, destroy, watch };
}

/** Types that hold no data of their own: one verdict for all of them. */
export function plain(
  tier: 1 | 2,
  why: string,
  types: readonly string[],
  classes: readonly ConsequenceClass[] = [],
  ...watch: readonly Watch[]
): RuleTable {
  const shared = rule(classes, [otherwise(tier, why)], ...watch);
  return Object.fromEntries(types.map((type) => [type, shared]));
}

/** The same rule under several type names. */
export function alike(types: readonly string[], shared: ResourceRule): RuleTable {
  return Object.fromEntries(types.map((type) => [type, shared]));
}
