import type { PolicyDocument, Statement as Written } from './iam.ts';

/** Policy statements, with what IAM lets stand alone always in a list. */
export interface Statement {
  readonly sid: string | null;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** `NotAction`: every action but these. Empty where the statement lists actions. */
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  /** `*` or, for each kind (`AWS`, `Service`), who; null in identity policies. */
  readonly principals: '*' | Readonly<Record<string, readonly string[]>> | null;
  /** Operator → condition key → values. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** A policy twice: as it would be deployed, for what judges requests, and in rows, for tables. */
export interface PolicyRules {
  readonly document: PolicyDocument;
  readonly statements: readonly Statement[];
}

export function policyRules(document: unknown): PolicyRules {
  if (!isObject(document)) throw new TypeError(`not a policy: ${JSON.stringify(document)}`);
  const given = several(document.Statement);
  return {
    document: { Version: String(document.Version), Statement: given.map(asWritten) },
    statements: given.map(statement),
  };
}

function asWritten(given: unknown): Written {
  if (!isObject(given) || typeof given.Effect !== 'string')
    throw new TypeError('a statement without an effect');
  return { ...given, Effect: given.Effect };
}

const KNOWN = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'Principal', 'Condition'];

function statement(given: unknown): Statement {
  if (!isObject(given)) throw new TypeError(`not a statement: ${JSON.stringify(given)}`);
  // NotPrincipal and NotResource would be read as if they were not there.
  const unknown = Object.keys(given).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) throw new TypeError(`a statement with ${unknown} is not understood`);
  if (given.Effect !== 'Allow' && given.Effect !== 'Deny')
    throw new TypeError('a statement without an effect');
  return {
    sid: typeof given.Sid === 'string' ? given.Sid : null,
    effect: given.Effect,
    actions: texts(given.Action),
    notActions: texts(given.NotAction),
    resources: texts(given.Resource),
    principals: principals(given.Principal),
    conditions: conditions(given.Condition),
  };
}

function principals(given: unknown): Statement['principals'] {
  if (given === undefined) return null;
  if (given === '*') return '*';
  if (!isObject(given)) throw new TypeError(`not a principal: ${JSON.stringify(given)}`);
  const kinds = Object.fromEntries(Object.entries(given).map(([kind, who]) => [kind, texts(who)]));
  return kinds.AWS?.includes('*') ? '*' : kinds;
}

function conditions(given: unknown): Statement['conditions'] {
  if (given === undefined) return {};
  if (!isObject(given)) throw new TypeError(`not a condition: ${JSON.stringify(given)}`);
  return Object.fromEntries(
    Object.entries(given).map(([operator, keys]) => {
      if (!isObject(keys)) throw new TypeError(`not a condition: ${JSON.stringify(given)}`);
      return [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, texts(values)])),
      ];
    }),
  );
}

function several(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function texts(value: unknown): readonly string[] {
  return several(value).map((each) => {
    if (typeof each === 'boolean' || typeof each === 'number') return String(each);
    if (typeof each !== 'string') throw new TypeError(`not resolved: ${JSON.stringify(each)}`);
    return each;
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
