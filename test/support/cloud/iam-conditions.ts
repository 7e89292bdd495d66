/**
 * The Condition element.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import type { Conditions, RequestContext } from './iam.ts';
import { type Filled, fill, matchesArn, matchesFilled } from './iam-patterns.ts';

/** All operators, all keys; one of the values is enough. `unsure` is the answer where one is not known. */
export function conditionsHold(conditions: Conditions, context: RequestContext, unsure: boolean): boolean {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const held = holds(operator, textsOf(values), context.get(key.toLowerCase()), context);
      return held ?? unsure;
    }),
  );
}

/** Null: not known. */
function holds(
  written: string,
  values: readonly string[] | null,
  found: readonly string[] | undefined,
  context: RequestContext,
): boolean | null {
  if (values === null) return null;
  const [, set, name, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(written) ?? [];
  if (name === undefined) return null;
  if (name === 'Null') {
    const asked = values.map((each) => each.toLowerCase());
    const known = asked.every((each) => ['true', 'false'].includes(each));
    return set || ifExists || !known ? null : asked.includes(String(found === undefined));
  }
  const operator = OPERATORS.get(name);
  if (operator === undefined) return null;
  const patterns: Filled[] = [];
  for (const value of values) {
    const filled = fill(value, context);
    if (filled === null) return null;
    patterns.push(filled);
  }
  if (
    name.startsWith('Numeric') &&
    [...values, ...(found ?? [])].some((each) => Number.isNaN(Number(each)))
  ) {
    return null;
  }
  const one = (text: string) => {
    const matches = patterns.some((pattern) => operator.matches(pattern, text));
    return operator.negated ? !matches : matches;
  };
  if (set === 'ForAllValues') return (found ?? []).every(one);
  if (set === 'ForAnyValue') return (found ?? []).some(one);
  if (found === undefined) return operator.negated || ifExists !== undefined;
  // A key with several values needs a set operator: without one, its meaning is not defined.
  const [text] = found;
  return found.length === 1 && text !== undefined ? one(text) : null;
}

interface Operator {
  readonly matches: (pattern: Filled, text: string) => boolean;
  readonly negated: boolean;
}

const equal = (pattern: Filled, text: string) => plain(pattern) === text;
const equalIgnoringCase = (pattern: Filled, text: string) =>
  plain(pattern).toLowerCase() === text.toLowerCase();
const number = (holds: (text: number, value: number) => boolean) => (pattern: Filled, text: string) =>
  holds(Number(text), Number(plain(pattern)));

const POSITIVE: readonly (readonly [string, string | null, Operator['matches']])[] = [
  ['StringEquals', 'StringNotEquals', equal],
  ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', equalIgnoringCase],
  ['StringLike', 'StringNotLike', matchesFilled],
  ['ArnEquals', 'ArnNotEquals', matchesArn],
  ['ArnLike', 'ArnNotLike', matchesArn],
  ['Bool', null, equalIgnoringCase],
  ['NumericEquals', 'NumericNotEquals', number((text, value) => text === value)],
  ['NumericLessThan', null, number((text, value) => text < value)],
  ['NumericLessThanEquals', null, number((text, value) => text <= value)],
  ['NumericGreaterThan', null, number((text, value) => text > value)],
  ['NumericGreaterThanEquals', null, number((text, value) => text >= value)],
];

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...POSITIVE.map(([name, , matches]) => [name, { matches, negated: false }] as const),
  ...POSITIVE.flatMap(([, opposite, matches]) =>
    opposite === null ? [] : [[opposite, { matches, negated: true }] as const],
  ),
]);

function plain(pattern: Filled): string {
  return pattern.map((part) => ('literal' in part ? part.literal : part.pattern)).join('');
}

function textsOf(values: unknown): readonly string[] | null {
  const several: unknown[] = Array.isArray(values) ? values : [values];
  const texts = several.flatMap((each) =>
    typeof each === 'string' || typeof each === 'boolean' || typeof each === 'number' ? [String(each)] : [],
  );
  return texts.length === several.length ? texts : null;
}
