import type { ConsequenceClass, Tier } from '../../../../lib/core/finding.ts';
import type { ChangeSketch } from '../plans.ts';

/**
 * Plans labelled from the reference and the providers' documentation before any rule was looked at. The label is
 * an opinion about the world; where the evaluator disagrees, one of the two is wrong.
 */
export interface UnseenCase {
  readonly name: string;
  readonly changes: readonly ChangeSketch[];
  readonly rest?: object;
  readonly labels: readonly Label[];
  /** Kind of combined risk that must be reported; `none` must have none. */
  readonly cross?: string;
}

export interface Label {
  /** The first change where it is left out. */
  readonly address?: string;
  readonly tier: Tier;
  /** Tiers that a careful expert could defend. */
  readonly accept?: readonly Tier[];
  /** Must be there. */
  readonly classes: readonly ConsequenceClass[];
  /** True: those and no other. */
  readonly only?: boolean;
}

interface More extends Omit<Partial<ChangeSketch>, 'type' | 'actions' | 'before' | 'after'> {
  readonly accept?: readonly Tier[];
  readonly only?: boolean;
  readonly rest?: object;
}

type Classes = readonly ConsequenceClass[];

function one(sketch: ChangeSketch, tier: Tier, classes: Classes, name: string, more: More): UnseenCase {
  const { accept, only, rest, ...parts } = more;
  return {
    name: `${sketch.type}: ${name}`,
    changes: [{ ...sketch, ...parts }],
    ...(rest === undefined ? {} : { rest }),
    labels: [{ tier, classes, ...(accept ? { accept } : {}), ...(only ? { only } : {}) }],
  };
}

/** One delete. */
export function gone(
  type: string,
  before: object,
  tier: Tier,
  classes: Classes,
  name: string,
  more: More = {},
): UnseenCase {
  return one({ type, actions: ['delete'], before }, tier, classes, `delete, ${name}`, more);
}

/** One replacement that keeps all but `to`. */
export function replaced(
  type: string,
  before: object,
  to: object,
  tier: Tier,
  classes: Classes,
  name: string,
  more: More = {},
): UnseenCase {
  return one(
    { type, actions: ['delete', 'create'], before, after: { ...before, ...to } },
    tier,
    classes,
    `replace, ${name}`,
    more,
  );
}

/** One replacement that makes the new one first. */
export function swapped(
  type: string,
  before: object,
  to: object,
  tier: Tier,
  classes: Classes,
  name: string,
  more: More = {},
): UnseenCase {
  return one(
    { type, actions: ['create', 'delete'], before, after: { ...before, ...to } },
    tier,
    classes,
    `create before destroy, ${name}`,
    more,
  );
}

/** One update in place of `to` within `before`. */
export function changed(
  type: string,
  before: object,
  to: object,
  tier: Tier,
  classes: Classes,
  name: string,
  more: More = {},
): UnseenCase {
  return one(
    { type, actions: ['update'], before, after: { ...before, ...to } },
    tier,
    classes,
    `update, ${name}`,
    more,
  );
}

export function made(
  type: string,
  after: object,
  tier: Tier,
  classes: Classes,
  name: string,
  more: More = {},
): UnseenCase {
  return one({ type, actions: ['create'], after }, tier, classes, `create, ${name}`, more);
}

/** Prior state with these resources: `[address, values]`. */
export function stateOf(...resources: readonly (readonly [string, object])[]): object {
  return {
    prior_state: {
      values: {
        root_module: {
          resources: resources.map(([address, values]) => ({
            address,
            mode: 'managed',
            type: address.split('.').at(-2),
            name: address.split('.').at(-1),
            values,
          })),
        },
      },
    },
  };
}

export const statement = (
  Effect: 'Allow' | 'Deny',
  Principal: unknown,
  Action: unknown,
  Resource: unknown,
  more: object = {},
): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect, ...(Principal === undefined ? {} : { Principal }), Action, Resource, ...more }],
  });
